"""The proof of the tasks as a Markdown document, from saved results alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template

from webagent.evaluation.prove import KINDS, Count, Proof, Tally, missing_parts, tally
from webagent.tasks.controls import Kind

HEAD = "| task | expert | left out | wrong | order broken | same pages |\n|---|---|---|---|---|---|"
TITLES = {"compwob": "CompWoB", "compwob-reverse": "CompWoB, reversed", "miniwob-56": "Base tasks"}


def document(
    suites: Mapping[str, Sequence[str]], proofs: Mapping[str, Proof], about: Mapping[str, object]
) -> str:
    """All suites, each with its sums, exceptions and table. `about` says what was run."""
    judged = {name: [tally(task, proofs[task]) for task in tasks] for name, tasks in suites.items()}
    every = [one for tallies in judged.values() for one in tallies]
    sections = [_section(name, tallies, proofs) for name, tallies in judged.items()]
    return Template(_template()).substitute(
        about="\n".join(f"| {key} | {value} |" for key, value in about.items()),
        summary=_summary(every),
        exceptions=_exceptions(every),
        sections="\n\n".join(sections),
    )


def _summary(tallies: Sequence[Tally]) -> str:
    rows = [
        f"| tasks | {len(tallies)} |",
        f"| expert's episodes that succeeded | {_of(tallies, 'solved', 'expert')} |",
        f"| episodes with the same pages and verdict | {_of(tallies, 'same', 'compared')} |",
        *(_kind_row(kind, tallies) for kind in KINDS),
        f"| exceptions | {sum(len(one.exceptions) for one in tallies)} |",
    ]
    return "\n".join(["| | |", "|---|---|", *rows])


def _of(tallies: Sequence[Tally], part: str, whole: str) -> str:
    return f"{sum(getattr(one, part) for one in tallies):,} of " + (
        f"{sum(getattr(one, whole) for one in tallies):,}"
    )


def _kind_row(kind: Kind, tallies: Sequence[Tally]) -> str:
    names = {"skip": "left out", "wrong": "wrong", "order": "order broken"}
    counts = [one.counts[kind] for one in tallies]
    total = Count(
        sum(one.played for one in counts),
        sum(one.failed for one in counts),
        sum(one.unordered for one in counts),
        sum(one.impossible for one in counts),
    )
    text = f"{total.failed:,} of {total.played:,} failed"
    if kind == "order":
        text += f", {total.unordered:,} more succeeded and were judged out of order"
    return f"| controls: {names[kind]} | {text}; {total.impossible:,} impossible |"


def _exceptions(tallies: Sequence[Tally]) -> str:
    found = [f"- {one.task}: {text}" for one in tallies for text in one.exceptions]
    return "\n".join(found) or "None."


def _section(name: str, tallies: Sequence[Tally], proofs: Mapping[str, Proof]) -> str:
    rows = "\n".join(_row(one) for one in tallies)
    title = f"## {TITLES.get(name, name)} ({len(tallies)} tasks)"
    return "\n\n".join([title, f"{HEAD}\n{rows}", *_without(tallies, proofs)])


def _row(one: Tally) -> str:
    marks = (_kind(one.counts[kind]) for kind in KINDS)
    name = one.task.partition(".")[2].replace("_", " ") + (" **!**" if one.exceptions else "")
    cells = (name, f"{one.solved}/{one.expert}", *marks, f"{one.same}/{one.compared}")
    return f"| {' | '.join(cells)} |"


def _kind(count: Count) -> str:
    """Such as 9/9, with the successes out of order apart: 4+5/9."""
    unordered = f"+{count.unordered}" if count.unordered else ""
    return f"{count.failed}{unordered}/{count.played}" if count.played else "\N{EN DASH}"


def _without(tallies: Sequence[Tally], proofs: Mapping[str, Proof]) -> Iterator[str]:
    """The parts that some kind of control was impossible for on all seeds."""
    found = [
        f"- {one.task.partition('.')[2]}, {part}: {reason}"
        for one in tallies
        for part, reason in missing_parts(proofs[one.task])
    ]
    if found:
        yield "Controls that no page offers:\n\n" + "\n".join(found)


@cache
def _template() -> str:
    return (Path(__file__).parent / "templates" / "proof.md").read_text("utf-8")
