"""Two runs on the same (task, seed): what differs in their results, and in how they were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import orjson

from webagent.errors import RunError
from webagent.evaluation.config import RunConfig, span
from webagent.evaluation.metrics import paired, part_count
from webagent.evaluation.record import Key, Record
from webagent.evaluation.store import Run, write_file
from webagent.evaluation.templating import render

POSED = ("mode", "text", "layout", "clock_ms")
DESCRIBING = ("group", "human", "papers56")  # labels that do not change a task
LIMITS = ("invalid_limit", "attempts", "backend")

Records: TypeAlias = Mapping[Key, Record]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs. `alone` is how many of its episodes the other run lacks, `track` that
    of a policy that was trained in one.
    """

    name: str
    folder: str
    suite: str
    policy: str
    hash: str
    episodes: int
    alone: int
    track: str | None = None

    @property
    def title(self) -> str:
        """The name, with the track that its score is printed with."""
        return f"{self.name}, track {self.track}" if self.track else self.name


@dataclass(frozen=True, slots=True)
class Difference:
    """B minus A on some pairs, all as shares of success, with a 95 % interval by task.

    `a` and `b` are the rates over all these pairs, while `difference` is the mean of the
    tasks' differences. `only_a` and `only_b` count the pairs in which just one succeeded.
    """

    name: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    only_a: int
    only_b: int
    pairs: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """B minus A: over all pairs, by part of the suite, and by task from B's worst to its best.

    `valid` leaves out the pairs in which the infrastructure broke an episode. `strict` also
    asks for the instructed order, None where no task tells it. `by` maps
    "parts", "order" and "parts and order" to their slices. `obstacles` are differences in
    how tasks were posed, `remarks` those that only have to be known.
    """

    a: Side
    b: Side
    all: Difference
    valid: Difference | None
    strict: Difference | None
    tasks: tuple[Difference, ...]
    by: Mapping[str, tuple[Difference, ...]]
    obstacles: tuple[str, ...]
    remarks: tuple[str, ...]


def compare(a: Run, b: Run, *, force: bool = False) -> Comparison:
    """Compare B with A on the (task, seed) that both have played.

    Raises `RunError` if they share none, and, unless `force`, if their tasks were posed
    differently (mode, text, layout, clock, pages): then the difference would not tell
    about the policies alone.
    """
    before, after = ({one.key: one for one in run.records} for run in (a, b))
    result = _difference("all pairs", before, after)
    if result is None:
        raise RunError(
            f"{a.folder} and {b.folder} share no episode: they have no task with the same seed "
            "in common. Compare runs of the same suite and seeds."
        )
    obstacles = posed_differently(a.config, b.config)
    if obstacles and not force:
        raise RunError(
            f"{a.folder} and {b.folder} did not play the same tasks: {'; '.join(obstacles)}. "
            "To compare them all the same, add --force."
        )
    names = _names(a, b)
    return Comparison(
        a=_side(a, names[0], len(before.keys() - after.keys())),
        b=_side(b, names[1], len(after.keys() - before.keys())),
        all=result,
        valid=_valid(before, after),
        strict=_strict(before, after),
        tasks=_tasks(before, after),
        by=_breakdowns(before, after, a.config.tasks),
        obstacles=tuple(obstacles),
        remarks=tuple(remarks(a.config, b.config)),
    )


def posed_differently(a: RunConfig, b: RunConfig) -> list[str]:
    """What was not the same in the tasks themselves, each as "name: A's, B's"."""
    found = [_differs(name, getattr(a, name), getattr(b, name)) for name in POSED]
    shared = sorted(a.tasks.keys() & b.tasks.keys())
    apart = [task for task in shared if posing(a.tasks[task]) != posing(b.tasks[task])]
    pages = f"the pages or rules of {len(apart)} tasks, such as {apart[0]}" if apart else None
    return [one for one in (*found, pages) if one]


def posing(labels: Mapping[str, object]) -> dict[str, object]:
    """The labels that say how a task is posed, as JSON has them."""
    plain: dict[str, object] = orjson.loads(orjson.dumps(dict(labels)))
    return {name: value for name, value in plain.items() if name not in DESCRIBING}


def remarks(a: RunConfig, b: RunConfig) -> list[str]:
    """What else differs and can explain a small difference."""
    names = sorted(a.versions.keys() | b.versions.keys())
    found = [
        *(_differs(name, getattr(a, name), getattr(b, name)) for name in LIMITS),
        *(_differs(name, a.versions.get(name), b.versions.get(name)) for name in names),
        _differs("seeds", span(a.seeds), span(b.seeds)),
        _differs("number of tasks", len(a.tasks), len(b.tasks)),
    ]
    return [one for one in found if one]


def write_comparison(comparison: Comparison, out: Path) -> Path:
    """Write the comparison as one HTML page without scripts, atomically; returns `out`."""
    page = render("compare.html.jinja", c=comparison)
    write_file(out, page.encode("utf-8", "replace"))
    return out


def _differs(name: str, one: object, other: object) -> str | None:
    return None if one == other else f"{name}: {_shown(one)}, {_shown(other)}"


def _shown(value: object) -> str:
    return "none" if value is None else str(value)


def _names(a: Run, b: Run) -> tuple[str, str]:
    """The policies' names, with the folders where those are the same."""
    if a.config.policy != b.config.policy:
        return a.config.policy, b.config.policy
    folders = [run.folder.resolve().name for run in (a, b)]
    if folders[0] == folders[1]:
        folders = [str(run.folder) for run in (a, b)]
    return f"{a.config.policy} ({folders[0]})", f"{b.config.policy} ({folders[1]})"


def _side(run: Run, name: str, alone: int) -> Side:
    config = run.config
    return Side(
        name=name,
        folder=str(run.folder),
        suite=config.suite,
        policy=config.policy,
        hash=config.hash,
        episodes=len(run.records),
        alone=alone,
        track=config.track,
    )


def _valid(before: Records, after: Records) -> Difference | None:
    broken = {
        key
        for side in (before, after)
        for key, record in side.items()
        if record.ending.infrastructure
    }
    kept = [{key: side[key] for key in side.keys() - broken} for side in (before, after)]
    return _difference("without infrastructure errors", *kept)


def _strict(before: Records, after: Records) -> Difference | None:
    sides = (before, after)
    if not any("ordered" in record.facts for side in sides for record in side.values()):
        return None
    strict = (
        {key: replace(record, success=record.strict) for key, record in side.items()}
        for side in sides
    )
    return _difference("in the instructed order", *strict)


def _tasks(before: Records, after: Records) -> tuple[Difference, ...]:
    found = _slices(before, after, lambda task: task)
    return tuple(sorted(found, key=lambda one: (one.difference, one.name)))


def _breakdowns(
    before: Records, after: Records, labels: Mapping[str, Mapping[str, object]]
) -> dict[str, tuple[Difference, ...]]:
    def count(task: str) -> str | None:
        number = part_count(labels.get(task, {}))
        return f"{number} part{'' if number == 1 else 's'}" if number else None

    def order(task: str) -> str | None:
        value = labels.get(task, {}).get("order")
        return str(value) if value else None

    def both(task: str) -> str | None:
        number, direction = count(task), order(task)
        return f"{number}, {direction}" if number and direction else None

    by = {"parts": count, "order": order, "parts and order": both}
    found = {name: tuple(_slices(before, after, label)) for name, label in by.items()}
    return {name: slices for name, slices in found.items() if len(slices) > 1}


def _slices(
    before: Records, after: Records, label: Callable[[str], str | None]
) -> list[Difference]:
    """The difference in each group of tasks, by the name that `label` gives a task."""
    groups: dict[str, tuple[dict[Key, Record], dict[Key, Record]]] = {}
    for key in sorted(before.keys() & after.keys()):
        if name := label(key[0]):
            group = groups.setdefault(name, ({}, {}))
            group[0][key], group[1][key] = before[key], after[key]
    found = (_difference(name, *groups[name]) for name in sorted(groups))
    return [one for one in found if one]


def _difference(name: str, before: Records, after: Records) -> Difference | None:
    pair = paired(after, before)
    if pair is None:
        return None
    mean = pair.difference
    return Difference(
        name=name,
        a=pair.second,
        b=pair.first,
        difference=mean.value,
        low=mean.low,
        high=mean.high,
        only_a=pair.only_second,
        only_b=pair.only_first,
        pairs=mean.episodes,
        tasks=mean.tasks,
    )
