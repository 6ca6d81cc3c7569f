"""Which examples each step of training sees.

A batch is a function of the seed and the number of the step alone, so that a run which was
stopped goes on exactly where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from math import inf
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from webagent.training.follow import Followed
from webagent.training.pictures import PictureDropout
from webagent.training.prepared import About, Example

GROUP = 32  # batches that are drawn and sorted by length together
SHORT = 128  # tokens of the longest page at first, where the length grows

Numbers = NDArray[np.int64]


class Examples(Protocol):
    """What batches are drawn from, such as `Prepared`."""

    @property
    def about(self) -> About: ...

    @property
    def tasks(self) -> Numbers:
        """The number of each example's task in `about.tasks`."""
        ...

    @property
    def steps(self) -> Numbers:
        """How many actions came before each example."""
        ...

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """At which examples an episode that failed first left its teacher's way."""
        ...

    @property
    def lengths(self) -> Numbers:
        """Tokens of each source."""
        ...

    @property
    def costs(self) -> Numbers:
        """What it costs to learn from each example, in tokens of a source."""
        ...

    def __len__(self) -> int: ...

    def example(self, number: int, draw: float = 0.0) -> Example: ...


class Batches:
    """Batches of `size` examples in the mean, all of one batch of about the same length.

    Long examples come in smaller batches and short ones in larger, so that every batch costs
    about as much. `weights` says how often a task is drawn for each example that it
    has; a task that is not in it counts 1. Within a task, `steps` says how many times as often
    as others a step is drawn, and `wrong` steps 1 + `faults` times. With `renumber`, the
    elements of each page are numbered from a random start; some pictures are left out
    (`dropout`). Over the first `grow` steps the longest example allowed grows from `SHORT`
    tokens: what all pages have in common is learnt soonest on short ones. `followed`, if given,
    says the weights anew for each `GROUP` of batches.
    """

    def __init__(
        self,
        data: Sequence[Examples],
        size: int,
        seed: int = 0,
        weights: Mapping[str, float] | None = None,
        steps: Mapping[str, Mapping[int, float]] | None = None,
        *,
        faults: float = 0.0,
        dropout: PictureDropout | None = None,
        renumber: bool = True,
        grow: int = 0,
        followed: Followed | None = None,
    ) -> None:
        self._data, self._size, self._seed = data, size, seed
        self._renumber, self._dropout = renumber, dropout
        self._firsts = np.cumsum([0, *(len(one) for one in data)])
        self._lengths = np.concatenate([one.lengths for one in data])
        self._costs = np.concatenate([one.costs for one in data])
        self._steps, self._faults = steps or {}, faults
        self._chances = self._chances_by(weights or {})
        self._grow, self._followed = grow, followed
        self._group: tuple[int, list[Numbers]] = (-1, [])

    def __getitem__(self, step: int) -> list[Example]:
        """The batch of a step, from 0 up."""
        group, place = divmod(step, GROUP)
        if self._group[0] != group:
            self._group = group, self._draw(group)
        numbers = self._group[1][place]
        rng = np.random.default_rng((self._seed, step, 1))
        draws = rng.random(len(numbers)) if self._renumber else np.zeros(len(numbers))
        found = [
            self._example(int(number), float(draw))
            for number, draw in zip(numbers, draws, strict=True)
        ]
        if not self._dropout:
            return found
        keep = self._dropout.keep
        chances = np.random.default_rng((self._seed, step, 2)).random(len(found))
        return [
            replace(one, frames=keep(one.frames, float(chance)))
            for one, chance in zip(found, chances, strict=True)
        ]

    def _draw(self, group: int) -> list[Numbers]:
        """The examples of `GROUP` batches: drawn together, sorted by length, cut, mixed."""
        rng = np.random.default_rng((self._seed, group, 0))
        draws = rng.random(self._size * GROUP)
        drawn = np.searchsorted(self._cumulated(group), draws, side="right")
        drawn = np.minimum(drawn, len(self._chances) - 1)
        drawn = drawn[np.argsort(self._lengths[drawn], kind="stable")]
        costs: Numbers = np.cumsum(self._costs[drawn])
        ends = [int(costs[-1]) * number / GROUP for number in range(1, GROUP)]
        cuts = [int(cut) for cut in np.searchsorted(costs, ends)]
        # An example longer than a batch's share leaves its neighbours without any.
        parts = [part if len(part) else drawn[-1:] for part in np.split(drawn, cuts)]
        return [parts[int(place)] for place in rng.permutation(GROUP)]

    def _chances_by(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        found = [_chances(one, weights, self._steps, self._faults) for one in self._data]
        return np.concatenate(found)

    def _cumulated(self, group: int) -> NDArray[np.float64]:
        """Up to each example, the share of draws; those too long for this group have none."""
        if self._followed:
            self._chances = self._chances_by(self._followed.weights(group))
        drawn = self._lengths[self._chances > 0]
        shortest, longest = int(drawn.min()), int(drawn.max())
        done = group * GROUP / self._grow if self._grow else 1.0
        limit = SHORT * (longest / SHORT) ** done if done < 1 and longest > SHORT else longest
        allowed = self._chances * (self._lengths <= max(limit, shortest))
        return np.cumsum(allowed) / allowed.sum()

    def _example(self, number: int, draw: float) -> Example:
        part = int(np.searchsorted(self._firsts, number, side="right")) - 1
        return self._data[part].example(number - int(self._firsts[part]), draw)


class Ahead:
    """Batches that a thread makes one step ahead, so that decoding pictures takes no time of
    the steps. It begins anew wherever it is asked to; the batches are the same.
    """

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._thread = ThreadPoolExecutor(1, "batches")
        self._next: tuple[int, Future[list[Example]]] | None = None

    def __getitem__(self, step: int) -> list[Example]:
        made = self._next if self._next and self._next[0] == step else self._ask(step)
        found = made[1].result()
        self._next = self._ask(step + 1)
        return found

    def _ask(self, step: int) -> tuple[int, Future[list[Example]]]:
        return step, self._thread.submit(self._batches.__getitem__, step)


def portions(batch: Sequence[Example], limit: int | None) -> list[list[Example]]:
    """The batch in order, cut where more would cost over `limit` tokens of sources. An example
    that alone costs more is a portion of its own.
    """
    found: list[list[Example]] = []
    left = 0.0
    for one in batch:
        if not found or one.cost > left:
            found.append([])
            left = limit or inf
        found[-1].append(one)
        left -= one.cost
    return found


def _chances(
    data: Examples,
    weights: Mapping[str, float],
    steps: Mapping[str, Mapping[int, float]],
    faults: float,
) -> NDArray[np.float64]:
    """How often to draw each example. `weights` count a wrong one 1 + `faults` times; `steps`
    change nothing about a task's share.
    """
    wrong = 1.0 + faults * data.wrong.astype(np.float64)
    chances = np.array([weights.get(task, 1.0) for task in data.about.tasks])[data.tasks] * wrong
    for number, task in enumerate(data.about.tasks):
        if task in steps:
            of_task = np.flatnonzero(data.tasks == number)
            times = np.array([steps[task].get(int(step), 1.0) for step in data.steps[of_task]])
            times = np.maximum(times, wrong[of_task]) / wrong[of_task]  # not both: they meet
            chances[of_task] *= times * (wrong[of_task].sum() / (times @ wrong[of_task]))
    return chances
