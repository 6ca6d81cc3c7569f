"""Which tasks a later run gained and lost beyond noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from webagent.evaluation.compare import Difference, compare
from webagent.evaluation.store import Run

FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True, slots=True)
class Changes:
    """What a later run gained and lost, on the (task, seed) that both have.

    `gained` and `lost` hold the tasks that differ beyond noise, from the greatest difference
    on; `unsettled` is how many other tasks differ. `obstacles` say how tasks were posed
    differently, and so what the differences may be owed to.
    """

    all: Difference
    gained: tuple[Difference, ...]
    lost: tuple[Difference, ...]
    unsettled: int
    obstacles: tuple[str, ...]


def changes(before: Run, after: Run) -> Changes:
    """Compare two runs task by task. Raises `RunError` if they share no episode."""
    result = compare(before, after, force=True)
    beyond = _beyond_noise(result.tasks)
    return Changes(
        all=result.all,
        gained=tuple(one for one in reversed(beyond) if one.difference > 0),
        lost=tuple(one for one in beyond if one.difference < 0),
        unsettled=sum(bool(one.only_a or one.only_b) for one in result.tasks) - len(beyond),
        obstacles=result.obstacles,
    )


def _beyond_noise(tasks: Sequence[Difference]) -> list[Difference]:
    """The tasks whose pairs pass a sign test, at a false discovery rate of 5 % over all tasks
    (Benjamini and Hochberg's procedure).
    """
    # Imported here: scipy.stats takes longer to load than the rest of the command line.
    from scipy.stats import (
        binomtest,  # pyright: ignore[reportUnknownVariableType]
        false_discovery_control,  # pyright: ignore[reportUnknownVariableType]
    )

    pairs = [(one.only_a, one.only_a + one.only_b) for one in tasks]
    chances = [float(binomtest(only_a, n).pvalue) if n else 1.0 for only_a, n in pairs]
    adjusted = cast(Sequence[float], false_discovery_control(chances))
    return [one for one, p in zip(tasks, adjusted, strict=True) if p <= FALSE_DISCOVERIES]
