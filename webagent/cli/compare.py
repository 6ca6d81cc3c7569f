"""`webagent compare`: two runs, paired by task and seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from webagent.evaluation.compare import Comparison, Difference, compare, write_comparison
from webagent.evaluation.store import read_run
from webagent.evaluation.templating import percent, points

MOST_TASKS = 15

RunA = Annotated[Path, typer.Argument(help="The run to compare with.")]
RunB = Annotated[Path, typer.Argument(help="The run that is compared; differences are B minus A.")]
Out = Annotated[Path | None, typer.Option(help="Also write the comparison as an HTML page.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")]
Force = Annotated[
    bool, typer.Option("--force", help="Compare even if the tasks were posed differently.")
]


def compare_command(
    run_a: RunA, run_b: RunB, as_json: AsJson = False, out: Out = None, force: Force = False
) -> None:
    """Compare two runs on the tasks and seeds that both have played.

    The difference is B minus A, in percentage points of success, with a 95 % interval
    clustered by task. Runs whose tasks were posed differently are refused without --force.
    """
    result = compare(read_run(run_a), read_run(run_b), force=force)
    if out:
        write_comparison(result, out)
    if as_json:
        print(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())  # noqa: T201
        return
    console = Console()
    _tell(result, console)
    if out:
        console.print(f"Report: {out.resolve()}", soft_wrap=True, highlight=False)


def _tell(result: Comparison, console: Console) -> None:
    for one in result.obstacles:
        console.print(f"[bold yellow]Not the same tasks:[/] {escape(one)}", highlight=False)
    for one in result.remarks:
        console.print(f"[yellow]Differs too:[/] {escape(one)}", highlight=False)
    console.print(f"A: {escape(result.a.title)}\nB: {escape(result.b.title)}", highlight=False)
    if result.a.alone or result.b.alone:
        console.print(
            f"Not compared, because the other run lacks them: {result.a.alone} episodes of A, "
            f"{result.b.alone} of B.",
            highlight=False,
        )
    console.print(_suite_table(result))
    changed = [one for one in result.tasks if one.only_a or one.only_b]
    if changed:
        console.print()
        console.print(_task_table(changed[:MOST_TASKS]))
    left, same = len(changed[MOST_TASKS:]), len(result.tasks) - len(changed)
    more = f"{left} more tasks differ, see --out or --json; " if left else ""
    console.print(f"[dim]{more}{same} tasks do not differ in any pair.[/]", highlight=False)


def _suite_table(result: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("success, %")
    for heading in ("A", "B", "B - A", "95 % interval", "only A", "only B", "pairs"):
        table.add_column(heading, justify="right", no_wrap=True)
    _row(table, result.all)
    if result.strict:
        _row(table, result.strict)
    if result.valid and result.valid.pairs < result.all.pairs:
        _row(table, result.valid)
    for name, slices in result.by.items():
        table.add_row(f"[dim]by {name}[/]")
        for one in slices:
            _row(table, one, "  ")
    return table


def _row(table: Table, one: Difference, indent: str = "") -> None:
    table.add_row(
        indent + escape(one.name),
        percent(one.a),
        percent(one.b),
        f"[bold]{points(one.difference)}[/]",
        f"[dim]{points(one.low)} to {points(one.high)}[/]",
        str(one.only_a),
        str(one.only_b),
        str(one.pairs),
    )


def _task_table(tasks: Sequence[Difference]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("tasks that differ, worst first", overflow="fold")
    for heading in ("A", "B", "B - A", "only A", "only B"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in tasks:
        difference = f"[bold]{points(one.difference)}[/]"
        counts = (str(one.only_a), str(one.only_b))
        table.add_row(escape(one.name), percent(one.a), percent(one.b), difference, *counts)
    return table
