"""Balance as training goes: what the model gets wrong now is drawn more often.

Between trainings, `webagent.training.balance` moves draws from mastered tasks to failing ones, by
success on validation seeds. Within one, the same rule goes by how often the next action of each
task is right, in teacher forcing, on the examples that are drawn anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from webagent.training.balance import UNKNOWN

MEMORY = 32  # examples of a task that its mean goes back to

Weigh = Callable[[Mapping[str, float]], Mapping[str, float]]


class Followed:
    """What is known of each task, and how often to draw its examples accordingly.

    Draws change every `group` steps: those of a group follow from what was known in the middle of
    the one before, so that batches may be made ahead. `weigh` makes weights of success by task,
    which begins as `success` says.
    """

    def __init__(
        self, tasks: Iterable[str], weigh: Weigh, group: int, success: Mapping[str, float]
    ) -> None:
        self._places = {task: place for place, task in enumerate(sorted(set(tasks)))}
        self._weigh, self._group = weigh, group
        self._right = torch.tensor([success.get(task, UNKNOWN) for task in self._places])
        self._seen = torch.ones(len(self._places))
        self._drawn = {0: self._right.clone()}  # by group

    def weights(self, group: int) -> Mapping[str, float]:
        """How often to draw each example of a task in this group of steps."""
        return self._weigh(dict(zip(self._places, self._drawn[group].tolist(), strict=True)))

    def note(self, step: int, tasks: Sequence[str], right: Sequence[bool]) -> None:
        """Tell of which tasks a step's examples were, and whose next action was right."""
        for task, fine in zip(tasks, right, strict=True):
            if (place := self._places.get(task)) is not None:
                self._seen[place] += 1
                share = 1 / min(MEMORY, float(self._seen[place]))
                self._right[place] += share * (float(fine) - self._right[place])
        group, place = divmod(step, self._group)
        if place == self._group // 2:
            kept = {one: known for one, known in self._drawn.items() if one >= group}
            self._drawn = {**kept, group + 1: self._right.clone()}

    def state(self) -> dict[str, Tensor]:
        """All that is needed to go on later, as tensors by name."""
        drawn = {f"follow.{group}": known for group, known in self._drawn.items()}
        return {"follow.right": self._right, "follow.seen": self._seen, **drawn}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`. Raises `KeyError` if it has none of this, `ValueError` if it is of
        other tasks.
        """
        kept = {
            name.removeprefix("follow."): one for name, one in state.items() if "follow." in name
        }
        right, seen = kept.pop("right"), kept.pop("seen")
        if right.shape != self._right.shape:
            raise ValueError("The saved state is of other tasks.")
        self._right, self._seen = right.clone(), seen.clone()
        self._drawn = {int(group): known for group, known in kept.items()}
