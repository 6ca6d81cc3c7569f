"""The policy that knows how to solve tasks, from the packages that bring them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from webagent.policies.protocol import Policy, sees
from webagent.types import Context, Decision


class ExpertPolicy:
    """Asks each task's own expert. `find` gives the expert of a task id."""

    def __init__(self, find: Callable[[str], Policy]) -> None:
        self._find = find

    def screenshots(self, task: str) -> bool:
        """Whether the task's expert looks at pictures."""
        return sees(self._find(task), task) if task else False

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self._find(context.task).act([context])[0] for context in contexts]
