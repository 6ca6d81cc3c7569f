"""`webagent analyse`: where the failed episodes of runs fail, and what to collect next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from webagent.evaluation.analysis import Analysis, Group, analyse, write_analysis
from webagent.evaluation.changes import Changes
from webagent.evaluation.store import read_run
from webagent.evaluation.templating import percent, points

MOST_ROWS = 10

Runs = Annotated[
    list[Path],
    typer.Argument(metavar="RUN", help="Run folders of one policy; several count as one."),
]
Out = Annotated[
    Path | None,
    typer.Option(help="The folder to write analysis.md and analysis.json to; else the first run."),
]
Against = Annotated[
    list[Path] | None,
    typer.Option(metavar="RUN", help="An earlier run to tell changes from; may repeat."),
]


def analyse_command(runs: Runs, out: Out = None, against: Against = None) -> None:
    """Analyse the failed episodes of one or more runs of a policy.

    Failures by part, order, number of parts and of clauses, page depth and task, what failed
    episodes share, examples, and as `--task` lines which base tasks to collect next.
    """
    result = analyse(
        [read_run(folder) for folder in runs], [read_run(folder) for folder in against or ()]
    )
    page = write_analysis(result, out or runs[0])
    console = Console(highlight=False)
    _tell(result, console)
    console.print(f"Analysis: {page.resolve()}", soft_wrap=True)


def _tell(result: Analysis, console: Console) -> None:
    rate, broken = result.all.rate, result.infrastructure
    console.print(
        f"{result.all.failures:,} of {rate.n:,} episodes failed; {percent(rate.value)} % succeeded."
        + (f" Infrastructure errors, left out: {broken:,}." if broken else ""),
        soft_wrap=True,
    )
    if result.changes:
        _tell_changes(result.changes, console)
    if not result.all.failures:
        return
    console.print(_table(result))
    for name, tallies in {**result.habits, "element to act on": result.snippets}.items():
        shown = (f"{escape(one.name)} {percent(one.share)} %" for one in tallies[:3])
        if tallies:
            console.print(f"[bold]{name}[/]: {'; '.join(shown)}", soft_wrap=True)
    if result.collect:
        console.print("[bold]what to collect next[/]")
    for one in result.collect[:MOST_ROWS]:
        console.print(f"--task {escape(one.name)}", soft_wrap=True)


def _tell_changes(changes: Changes, console: Console) -> None:
    for obstacle in changes.obstacles:
        console.print(f"[bold yellow]Not the same tasks:[/] {escape(obstacle)}")
    console.print(
        f"{points(changes.all.difference)} points since the earlier run "
        f"({points(changes.all.low)} to {points(changes.all.high)}). Tasks gained beyond noise: "
        f"{len(changes.gained)}, lost: {len(changes.lost)}.",
        soft_wrap=True,
    )
    for word, tasks in (("gained", changes.gained), ("lost", changes.lost)):
        for one in tasks[:MOST_ROWS]:
            console.print(f"  {word} {points(one.difference)} {escape(one.name)}", soft_wrap=True)


def _table(result: Analysis) -> Table:
    """The groups with the most failures; names come last, where long ones have room."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("failures", "of all, %", "episodes", "success, %", "95 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for name, groups in result.by.items():
        failing = [group for group in groups if group.failures]
        if failing:
            table.add_row(*[""] * 5, f"[dim]by {name}[/]")
        for group in failing[:MOST_ROWS]:
            table.add_row(*_row(group))
    return table


def _row(group: Group) -> tuple[str, ...]:
    rate = group.rate
    return (
        f"{group.failures:,}",
        percent(group.share),
        f"{rate.n:,}",
        f"[bold]{percent(rate.value)}[/]",
        f"[dim]{percent(rate.low)} to {percent(rate.high)}[/]",
        escape(group.name),
    )
