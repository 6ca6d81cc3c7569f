"""Scores of a run: pure functions from records and task labels to a `Summary`.

A rate of one task has a Wilson 95 % interval. A mean over tasks has a bootstrap 95 %
interval clustered by task: tasks are drawn again, then episodes within each, because
episodes of one task are not independent evidence about a suite.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from webagent.evaluation.record import Record
from webagent.evaluation.store import latest
from webagent.types import Ending

Labels: TypeAlias = Mapping[str, Mapping[str, object]]
Counts: TypeAlias = Sequence[tuple[int, int]]

K = TypeVar("K", bound=Hashable)

RESAMPLES = 4000
SEED = 20231118


@dataclass(frozen=True, slots=True)
class Rate:
    """Successes of some episodes of one task, with a Wilson 95 % interval."""

    successes: int
    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over tasks with its 95 % interval clustered by task."""

    value: float
    low: float
    high: float
    tasks: int
    episodes: int


@dataclass(frozen=True, slots=True)
class TaskScore:
    """One task. `rate` counts every episode, `valid` leaves infrastructure errors out.

    `steps` and `reward` (raw, -1 to 1) are means over all episodes.
    """

    task: str
    rate: Rate
    valid: Rate | None
    strict: Rate
    steps: float
    reward: float
    infrastructure: int


@dataclass(frozen=True, slots=True)
class Slice:
    """The score of a part of the run, such as all compositions of three parts."""

    name: str
    mean: Mean


@dataclass(frozen=True, slots=True)
class Paired:
    """Two conditions on the same (task, seed): first minus second.

    `only_first` and `only_second` count the pairs in which just one succeeded.
    """

    difference: Mean
    first: float
    second: float
    only_first: int
    only_second: int


@dataclass(frozen=True, slots=True)
class GapPoint:
    """A composition: the product of its base tasks' rates, and its own rate."""

    task: str
    product: float
    composed: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Base to composed. `correlation` is Pearson's, None where it is not defined."""

    points: tuple[GapPoint, ...]
    product: float
    composed: float
    correlation: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """All scores of a run.

    `success` counts every episode, infrastructure errors as failures; `valid` leaves
    those out. `strict` also asks for the instructed order, None where no task tells it.
    `by` maps a label (group, parts, order, parts and order, part done right, instruction
    length in words, page depth) to its slices, in report order. `track` is that of the policy,
    if it was trained in one: scores on CompWoB are comparable within a track.
    """

    episodes: int
    tasks: tuple[TaskScore, ...]
    success: Mean | None
    valid: Mean | None
    strict: Mean | None
    steps: float
    reward: float
    endings: Mapping[str, int]
    infrastructure: int
    by: Mapping[str, tuple[Slice, ...]] = field(default_factory=dict[str, tuple[Slice, ...]])
    order: Paired | None = None
    gap: Gap | None = None
    track: str | None = None


def summarize(records: Iterable[Record], labels: Labels, track: str | None = None) -> Summary:
    """Compute all scores. Records may come in any order; a later duplicate wins."""
    kept = latest(records)
    by_task = grouped(kept, lambda record: record.task)
    scores = tuple(score(task, group) for task, group in by_task.items())
    told = any("ordered" in record.facts for record in kept)
    endings = Counter(record.ending for record in kept)
    return Summary(
        episodes=len(kept),
        tasks=scores,
        success=task_mean([(s.rate.successes, s.rate.n) for s in scores]),
        valid=task_mean([(s.valid.successes, s.valid.n) for s in scores if s.valid]),
        strict=task_mean([(s.strict.successes, s.strict.n) for s in scores]) if told else None,
        steps=_average([s.steps for s in scores]),
        reward=_average([s.reward for s in scores]),
        endings={ending.value: endings[ending] for ending in Ending if endings[ending]},
        infrastructure=sum(s.infrastructure for s in scores),
        by=breakdowns(kept, labels),
        order=forward_reverse(kept, labels),
        gap=composition_gap({s.task: s.rate.value for s in scores}, labels),
        track=track,
    )


def score(task: str, records: Sequence[Record]) -> TaskScore:
    """The scores of one task's records (at least one)."""
    valid = [record for record in records if not record.ending.infrastructure]
    wins = sum(record.success for record in records)
    return TaskScore(
        task=task,
        rate=wilson(wins, len(records)),
        valid=wilson(sum(r.success for r in valid), len(valid)) if valid else None,
        strict=wilson(sum(r.strict for r in records), len(records)),
        steps=_average([len(record.steps) for record in records]),
        reward=_average([record.raw_reward for record in records]),
        infrastructure=len(records) - len(valid),
    )


def wilson(successes: int, n: int) -> Rate:
    """A rate with Wilson's 95 % interval; `n` is at least one."""
    # Imported here: scipy.stats takes longer to load than the rest of the command line.
    from scipy.stats import binomtest  # pyright: ignore[reportUnknownVariableType]

    test = binomtest(successes, n)
    low, high = map(float, cast(tuple[float, float], test.proportion_ci(method="wilson")))
    rate = successes / n
    return Rate(successes, n, rate, min(low, rate), max(high, rate))


def task_mean(counts: Counts) -> Mean | None:
    """The mean of task rates; `counts` are (successes, episodes) of each task."""
    return _clustered(counts, lambda wins, n: (wins / n).mean(axis=-1))


def pooled_mean(counts: Counts) -> Mean | None:
    """The rate over all episodes together, still with an interval clustered by task.

    For slices that cut through tasks, where some tasks leave only a handful of episodes.
    """
    return _clustered(counts, lambda wins, n: wins.sum(axis=-1) / n.sum(axis=-1))


Statistic: TypeAlias = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def _clustered(counts: Counts, statistic: Statistic) -> Mean | None:
    if not counts:
        return None
    table = np.array(sorted(counts), dtype=np.int64)
    wins, n = table[:, 0], table[:, 1]
    value = float(statistic(wins.astype(np.float64), n.astype(np.float64)))
    random = np.random.default_rng(SEED)
    drawn = random.integers(len(table), size=(RESAMPLES, len(table)))
    # Drawing n episodes of a task again, with replacement, is a binomial draw.
    again = random.binomial(n[drawn], (wins / n)[drawn]).astype(np.float64)
    low, high = np.quantile(statistic(again, n[drawn].astype(np.float64)), [0.025, 0.975])
    if value in (0.0, 1.0):  # without any variation the bootstrap knows no doubt; Wilson does
        extreme = wilson(int(wins.sum()), int(n.sum()))
        low, high = extreme.low, extreme.high
    return Mean(value, min(float(low), value), max(float(high), value), len(table), int(n.sum()))


def breakdowns(records: Sequence[Record], labels: Labels) -> dict[str, tuple[Slice, ...]]:
    """The score by everything that tasks are labelled with and episodes tell."""

    def label(record: Record) -> Mapping[str, object]:
        return labels.get(record.task, {})

    by: dict[str, tuple[Slice, ...]] = {
        "group": _slices(records, lambda r: _text(label(r).get("group"))),
        "parts": _slices(records, lambda r: part_count(label(r)) or None, _parts_name),
        "order": _slices(records, lambda r: _text(label(r).get("order"))),
        "parts and order": _slices(records, lambda r: _parts_and_order(label(r)), _cell_name),
        "part done right": part_slices(records),
        "instruction length": _quartiles(records, lambda r: len(r.instruction.split()), "words"),
        "page depth": _quartiles(records, lambda r: r.depth, "levels"),
    }
    return {name: slices for name, slices in by.items() if slices}


def part_slices(records: Iterable[Record]) -> tuple[Slice, ...]:
    """How often each kind of part was right at the end, whether or not the others were.

    From the fact `parts`, a list of {"kind": ..., "right": ...}; alphabetical.
    """
    counts: dict[str, dict[str, list[int]]] = {}
    for record in records:
        for kind, right in told_parts(record):
            tally = counts.setdefault(kind, {}).setdefault(record.task, [0, 0])
            tally[0] += right
            tally[1] += 1
    means = {kind: pooled_mean([(k, n) for k, n in counts[kind].values()]) for kind in counts}
    return tuple(Slice(kind, mean) for kind, mean in sorted(means.items()) if mean)


def told_parts(record: Record) -> Iterator[tuple[str, bool]]:
    """The parts that a record tells of, in instructed order: kind, and whether it was right."""
    parts = record.facts.get("parts")
    for part in cast(Sequence[object], parts) if isinstance(parts, (list, tuple)) else ():
        if isinstance(part, Mapping):
            fields = cast(Mapping[str, object], part)
            yield str(fields.get("kind")), fields.get("right") is True


def part_count(labels: Mapping[str, object]) -> int:
    """How many parts a task has; 0 where its labels do not say."""
    parts = labels.get("parts")
    if isinstance(parts, (list, tuple)):
        return len(cast(Sequence[object], parts))
    return parts if isinstance(parts, int) else 0


def forward_reverse(records: Sequence[Record], labels: Labels) -> Paired | None:
    """Forward minus reverse, paired by task name and seed where both were played."""
    sides: dict[str, dict[tuple[str, int], Record]] = {"forward": {}, "reverse": {}}
    for record in records:
        order = labels.get(record.task, {}).get("order")
        if isinstance(order, str) and order in sides:
            sides[order][record.task.partition(".")[2], record.seed] = record
    return paired(sides["forward"], sides["reverse"])


def paired(
    first: Mapping[tuple[str, int], Record], second: Mapping[tuple[str, int], Record]
) -> Paired | None:
    """Compare two sets of episodes on the (name, seed) that both have, clustered by name."""
    cells: dict[str, list[int]] = {}
    sums = [0, 0]
    for key in sorted(first.keys() & second.keys()):
        one, two = first[key].success, second[key].success
        sums[0] += one
        sums[1] += two
        cells.setdefault(key[0], [0, 0, 0])[0 if one > two else 1 if two > one else 2] += 1
    if not cells:
        return None
    counts = np.array([cells[name] for name in sorted(cells)], dtype=np.int64)
    pairs = int(counts.sum())
    only_first, only_second = int(counts[:, 0].sum()), int(counts[:, 1].sum())
    return Paired(_difference(counts), sums[0] / pairs, sums[1] / pairs, only_first, only_second)


def _difference(counts: NDArray[np.int64]) -> Mean:
    """Mean over tasks of (only first - only second) / pairs; one row of counts a task."""
    n = counts.sum(axis=1)
    value = float(((counts[:, 0] - counts[:, 1]) / n).mean())
    random = np.random.default_rng(SEED)
    drawn = random.integers(len(counts), size=(RESAMPLES, len(counts)))
    again = random.multinomial(n[drawn], (counts / n[:, None])[drawn])
    means = ((again[..., 0] - again[..., 1]) / n[drawn]).mean(axis=1)
    low, high = (float(edge) for edge in np.quantile(means, [0.025, 0.975]))
    # Where all pairs agree, resampling them says nothing: how sure that is depends on their number.
    pairs, (wins, losses) = int(n.sum()), counts[:, :2].sum(axis=0)
    if not wins + losses:
        high = wilson(0, pairs).high
        low = -high
    elif wins == pairs:
        low = wilson(pairs, pairs).low
    elif losses == pairs:
        high = -wilson(pairs, pairs).low
    return Mean(value, min(low, value), max(high, value), len(counts), int(n.sum()))


def composition_gap(rates: Mapping[str, float], labels: Labels) -> Gap | None:
    """Compare compositions with the product of their base tasks' rates in the same run."""
    points: list[GapPoint] = []
    for task, composed in rates.items():
        bases = base_tasks(labels.get(task, {}))
        if bases and task not in bases and all(base in rates for base in bases):
            product = float(np.prod([rates[base] for base in bases]))
            points.append(GapPoint(task, product, composed))
    if not points:
        return None
    x = np.array([point.product for point in points])
    y = np.array([point.composed for point in points])
    defined = len(points) > 2 and np.ptp(x) > 0 and np.ptp(y) > 0
    correlation = float(np.corrcoef(x, y)[0, 1]) if defined else None
    return Gap(tuple(points), float(x.mean()), float(y.mean()), correlation)


def base_tasks(labels: Mapping[str, object]) -> tuple[str, ...]:
    """The ids of the base tasks that a composition is made of, from `base` or `parts`."""
    base = labels.get("base", labels.get("parts"))
    if not isinstance(base, (list, tuple)):
        return ()
    names = [str(name) for name in cast(Sequence[object], base)]
    return tuple(name if "." in name else f"miniwob.{name}" for name in names)


def grouped(records: Iterable[Record], key: Callable[[Record], K]) -> dict[K, list[Record]]:
    """Records by key, in the order in which keys first occur."""
    groups: dict[K, list[Record]] = defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return dict(groups)


def _slices(
    records: Sequence[Record],
    key: Callable[[Record], str | int | tuple[int, str] | None],
    name: Callable[..., str] = str,
) -> tuple[Slice, ...]:
    groups = grouped(records, key)
    found: list[Slice] = []
    for value in sorted((k for k in groups if k is not None), key=lambda k: (str(type(k)), k)):
        mean = task_mean(_counts(groups[value]))
        if mean:
            found.append(Slice(name(value), mean))
    return tuple(found)


def _quartiles(
    records: Sequence[Record], value: Callable[[Record], float | None], unit: str
) -> tuple[Slice, ...]:
    """Four bins of about equally many episodes; fewer where values repeat."""
    pairs = [(v, record) for record in records if (v := value(record)) is not None]
    values = np.array([v for v, _ in pairs])
    if len(pairs) < 4 or np.ptp(values) == 0:
        return ()
    edges = np.unique(np.quantile(values, [0.25, 0.5, 0.75], method="higher"))
    places = np.searchsorted(edges, values, side="left")
    found: list[Slice] = []
    for place in range(len(edges) + 1):
        inside = [record for (_, record), p in zip(pairs, places, strict=True) if p == place]
        mean = pooled_mean(_counts(inside))
        if mean:
            here = values[places == place]
            low, high = here.min(), here.max()
            name = f"{low:g}" if low == high else f"{low:g}-{high:g}"
            found.append(Slice(f"{name} {unit}", mean))
    return tuple(found)


def _counts(records: Iterable[Record]) -> Counts:
    by_task = grouped(records, lambda record: record.task)
    return [(sum(r.success for r in group), len(group)) for group in by_task.values()]


def _parts_and_order(labels: Mapping[str, object]) -> tuple[int, str] | None:
    count, order = part_count(labels), _text(labels.get("order"))
    return (count, order) if count and order else None


def _parts_name(count: int) -> str:
    return "1 part" if count == 1 else f"{count} parts"


def _cell_name(cell: tuple[int, str]) -> str:
    return f"{_parts_name(cell[0])}, {cell[1]}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _average(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
