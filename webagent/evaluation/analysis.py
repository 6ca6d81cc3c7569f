"""Where the episodes of runs fail: by group, by habit, with examples, and what to collect next.

Episodes that the infrastructure broke say nothing about the policy and are left out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from webagent.errors import RunError
from webagent.evaluation.changes import Changes, changes
from webagent.evaluation.failures import (
    Example,
    examples,
    last_action,
    loop,
    reached,
    refusals,
    wrong_part,
)
from webagent.evaluation.metrics import Labels, Rate, base_tasks, grouped, part_count, wilson
from webagent.evaluation.record import Record
from webagent.evaluation.report import join, joinable
from webagent.evaluation.retrace import read_retrace
from webagent.evaluation.store import REPORT, Run, write_file, write_json
from webagent.evaluation.templating import environment_of, percent, points
from webagent.planner.clauses import clause_count

PAGE = "analysis.md"
DATA = "analysis.json"
EXAMPLES = 8
MOST_TASKS = 30

Key: TypeAlias = Callable[[Record], str | int | None]


@dataclass(frozen=True, slots=True)
class Group:
    """Some episodes: how many failed, their success, and their share of all failures.

    `positions` divides the group of a kind of part by its place in the instructed order.
    """

    name: str
    failures: int
    rate: Rate
    share: float
    positions: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """In how many failed episodes something is seen, and their share of all failures."""

    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Source:
    """A run that was analysed."""

    folder: str
    suite: str
    policy: str
    episodes: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is told of the failures of one or more runs.

    `by` maps "first wrong part", "order", "number of parts", "number of clauses" (of the
    instruction), "page depth" and "task" to groups. The first holds each kind of part where all
    parts before it were right; its failures are the episodes in which it was the first that was
    not. `habits` maps "ending", "last action", "loop" and "refused" to what failed episodes share.
    `snippets` says, of failed episodes of the modular agent that were retraced and left the other
    policy's way, what the programmer could know there of the element to act on
    (`webagent.evaluation.snippets`); empty if nothing is known. `collect` are the base tasks that
    failed, alone or as such a part. `infrastructure` episodes are left out; `depthless` ones don't
    tell the depth of their page.
    """

    runs: tuple[Source, ...]
    all: Group
    infrastructure: int
    depthless: int
    by: Mapping[str, tuple[Group, ...]]
    habits: Mapping[str, tuple[Tally, ...]]
    snippets: tuple[Tally, ...]
    examples: tuple[Example, ...]
    collect: tuple[Tally, ...]
    changes: Changes | None


def analyse(runs: Sequence[Run], against: Sequence[Run] = ()) -> Analysis:
    """Analyse runs as one, and what differs from others, such as those of an earlier model.

    Raises `RunError` if two runs hold the same episode, or none holds one that tells anything.
    """
    run = _judged(runs)
    labels = run.config.tasks
    failed = [record for record in run.records if not record.success]
    return Analysis(
        runs=tuple(_source(one) for one in runs),
        all=_group("all", [record.success for record in run.records], len(failed)),
        infrastructure=sum(len(one.records) for one in runs) - len(run.records),
        depthless=sum(record.depth is None for record in run.records),
        by=_by(run.records, labels, len(failed)),
        habits=_habits(failed),
        snippets=_snippets(runs, failed),
        examples=examples(failed, EXAMPLES),
        collect=_tallies((_base_task(one, labels) for one in failed), len(failed)),
        changes=changes(_judged(against), run) if against else None,
    )


def write_analysis(analysis: Analysis, out: Path) -> Path:
    """Write a Markdown page and a JSON file into the folder `out`; returns the page."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"Cannot write to the folder {out}: {error}") from error
    reports = [_report(Path(run.folder), out) for run in analysis.runs]
    page = _page(analysis, "Error analysis", reports)
    write_json(out / DATA, analysis)
    write_file(out / PAGE, page.encode("utf-8", "replace"))
    return out / PAGE


def write_failures(runs: Sequence[Run], out: Path) -> Path:
    """Write into `out` one page that stands without the run folders; returns it. Runs of one
    policy on different tasks are analysed as one, others one after another.
    """
    groups: list[list[Run]] = []
    for run in runs:
        fit = next((one for one in groups if all(joinable(two, run) for two in one)), None)
        if fit is None:
            groups.append([run])
        else:
            fit.append(run)
    pages = [
        _page(
            analyse([replace(run, folder=Path(run.folder.name)) for run in group]),
            f"Where {_code(group[0].config.policy)} fails",
        )
        for group in groups
    ]
    write_file(out / PAGE, "\n".join(pages).encode("utf-8", "replace"))
    return out / PAGE


def _page(analysis: Analysis, title: str, reports: Sequence[str | None] | None = None) -> str:
    """The analysis as Markdown. `reports` are links to those of the runs; a page without any is
    read where the runs are not at hand, by people who don't train the policy.
    """
    # Markdown, not HTML: what is foreign goes into code, where nothing is markup.
    environment = environment_of(Path(__file__).parent / "templates").overlay(autoescape=False)
    environment.filters.update(cell=_cell, code=_code, percent=percent, points=points)
    template = environment.get_template("analysis.md.jinja")
    return template.render(a=analysis, title=title, reports=reports, most_tasks=MOST_TASKS)


def _judged(runs: Sequence[Run]) -> Run:
    """The runs as one, with the episodes that tell about the policy."""
    counts = Counter(record.key for run in runs for record in run.records)
    if twice := next((key for key, count in counts.items() if count > 1), None):
        raise RunError(
            f"{twice[0]}, seed {twice[1]}, is in two of these runs. Runs that are analysed "
            "together hold different episodes; name an earlier run with --against."
        )
    if apart := [one for one in runs[1:] if not joinable(runs[0], one)]:
        raise RunError(
            f"{apart[0].folder} and {runs[0].folder} are no runs of one policy on different tasks: "
            "analyse them one by one, or name an earlier run with --against."
        )
    run = join(runs)
    records = list(run.valid)
    if not records:
        folders = ", ".join(str(one.folder) for one in runs)
        raise RunError(f"No finished episode in {folders}; `webagent eval` plays some.")
    return replace(run, records=tuple(sorted(records, key=lambda record: record.key)))


def _source(run: Run) -> Source:
    return Source(str(run.folder), run.config.suite, run.config.policy, len(run.records))


def _by(records: Sequence[Record], labels: Labels, failures: int) -> dict[str, tuple[Group, ...]]:
    def order(record: Record) -> str | None:
        value = labels.get(record.task, {}).get("order")
        return str(value) if value else None

    by = {
        "first wrong part": _most_failed(_parts(records, failures)),
        "order": _groups(records, order, failures),
        "number of parts": _groups(
            records, lambda record: _count(record, labels) or None, failures
        ),
        "number of clauses": _groups(
            records, lambda record: clause_count(record.instruction), failures
        ),
        "page depth": _groups(records, lambda record: record.depth, failures),
        "task": _most_failed(_groups(records, lambda record: record.task, failures)),
    }
    return {name: tuple(groups) for name, groups in by.items() if groups}


def _count(record: Record, labels: Labels) -> int:
    return part_count(labels.get(record.task, {}))


def _groups(records: Sequence[Record], key: Key, failures: int) -> list[Group]:
    found = {value: group for value, group in grouped(records, key).items() if value is not None}
    return [
        _group(str(value), [record.success for record in found[value]], failures)
        for value in sorted(found, key=lambda value: (str(type(value)), value))
    ]


def _parts(records: Sequence[Record], failures: int) -> list[Group]:
    kinds: dict[str, dict[int, list[bool]]] = {}
    for record in records:
        for position, (kind, right) in enumerate(reached(record), start=1):
            kinds.setdefault(kind, {}).setdefault(position, []).append(right)
    groups: list[Group] = []
    for kind, places in kinds.items():
        positions = [_group(str(place), places[place], failures) for place in sorted(places)]
        everywhere = _group(kind, [right for place in places.values() for right in place], failures)
        groups.append(replace(everywhere, positions=tuple(positions)))
    return groups


def _group(name: str, outcomes: Sequence[bool], failures: int) -> Group:
    failed = outcomes.count(False)
    rate = wilson(len(outcomes) - failed, len(outcomes))
    return Group(name, failed, rate, failed / max(failures, 1))


def _most_failed(groups: Sequence[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.failures, group.name))


def _habits(failed: Sequence[Record]) -> dict[str, tuple[Tally, ...]]:
    habits: Mapping[str, Iterable[str | None]] = {
        "ending": (record.ending.value for record in failed),
        "last action": map(last_action, failed),
        "loop": map(loop, failed),
        "refused": (message for record in failed for message in refusals(record)),
    }
    return {name: _tallies(seen, len(failed)) for name, seen in habits.items()}


def _snippets(runs: Sequence[Run], failed: Sequence[Record]) -> tuple[Tally, ...]:
    """Shares are of the episodes of which this is known."""
    keys = {record.key for record in failed}
    retraced = (found for run in runs if (found := read_retrace(run)))
    known = [
        str(one.shown)
        for found in retraced
        for one in found.episodes
        if one.shown and (one.task, one.seed) in keys
    ]
    return _tallies(known, len(known))


def _tallies(names: Iterable[str | None], failures: int) -> tuple[Tally, ...]:
    counts = Counter(name for name in names if name)
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    return tuple(Tally(name, counts[name], counts[name] / failures) for name in ranked)


def _base_task(record: Record, labels: Labels) -> str | None:
    """The base task that an episode failed at, as far as its record tells."""
    if kind := wrong_part(record):
        return base_tasks({"parts": [kind]})[0]
    return None if _count(record, labels) > 1 else record.task


def _report(folder: Path, out: Path) -> str | None:
    """A link from `out` to the run's report, if it has one."""
    path = folder / REPORT
    return quote(os.path.relpath(path, out)) if path.exists() else None


def _code(text: object) -> str:
    return "`" + str(text).replace("`", "'").replace("\n", " ") + "`"


def _cell(text: object) -> str:
    return _code(text).replace("|", "\\|")
