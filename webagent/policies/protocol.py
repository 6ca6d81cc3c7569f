"""What a policy is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from webagent.actions import read
from webagent.types import Context, Decision


class Policy(Protocol):
    """Decides the next action of each episode of a batch.

    A policy keeps no memory between calls: all it may use is in the contexts. So it can
    be batched, sharded, resumed, and asked about states that it did not reach itself. One
    with an attribute `screenshots` that is true sees: it finds pictures in its contexts. Where
    that is a function, it says so of each task's id.
    """

    def act(self, contexts: Sequence[Context]) -> Sequence[Decision]:
        """One decision per context, in order.

        Raise `PolicyStop` for what no later call can mend (quota, credentials); any
        other exception ends only the episodes it came from.
        """
        ...


def sees(policy: Policy, task: str = "") -> bool:
    """Whether a policy wants screenshots in the contexts of a task: its attribute `screenshots`
    says so, or is a function of the task's id that does.
    """
    wish: object = getattr(policy, "screenshots", False)
    return bool(wish(task) if callable(wish) else wish)


def decide(text: str, note: str = "", program: str = "") -> Decision:
    """The decision to do what `text` says, such as "click(3)".

    Text that is no action is an invalid action: it costs a step, and the next observation
    says what was wrong with it.
    """
    return Decision(read(text), note, program)
