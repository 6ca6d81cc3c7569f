"""What a policy is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from webagent.types import Context, Decision


class Policy(Protocol):
    """Decides the next action of each episode of a batch.

    A policy keeps no memory between calls: all it may use is in the contexts. So it can
    be batched, sharded, resumed, and asked about states that it did not reach itself.
    """

    def act(self, contexts: Sequence[Context]) -> Sequence[Decision]:
        """One decision per context, in order.

        Raise `PolicyStop` for what no later call can mend (quota, credentials); any
        other exception ends only the episodes it came from.
        """
        ...
