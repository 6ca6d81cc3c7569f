"""`webagent retrace`: where failed episodes leave the way of another policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from webagent.browser.session import open_browser
from webagent.cli import options
from webagent.cli.verify import loader, mode_of
from webagent.errors import RunError
from webagent.evaluation.retrace import LIMIT, RETRACE, Parting, by_task, retrace, write_retrace
from webagent.evaluation.store import read_run
from webagent.evaluation.verify import load_tasks, to_verify
from webagent.policies.load import load_policy

MOST_TASKS = 20

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder.")]
Beside = Annotated[str, typer.Option("--policy", help="The other policy, such as expert.")]
Limit = Annotated[
    int, typer.Option(min=1, help="At most so many failed episodes, spread over the run.")
]
Examples = Annotated[int, typer.Option(min=0, help="Of partings to show, of different tasks.")]


def retrace_command(
    run_folder: RunArgument,
    policy: Beside = "expert",
    limit: Limit = LIMIT,
    examples: Examples = 5,
    pages: options.Pages = None,
    slots: options.Slots = options.CORES,
    backend: options.Backend = "cdp",
    browser: options.BrowserPath = None,
    timeout: options.Timeout = 15,
) -> None:
    """Say where failed episodes of a run first leave the way that another policy would take.

    Plays them again, asks the other policy at each step, and writes retrace.json into the run
    folder. What the expert does is one right way; others may be right too.
    """
    run = read_run(run_folder)
    failed = replace(run, records=tuple(one for one in run.records if not one.success))
    records = to_verify(failed, limit)
    if not records:
        raise RunError(f"{run_folder} holds no failed episode that could be played again.")
    tasks = load_tasks(run, records, loader(run, pages))
    other = load_policy(policy)
    with open_browser(slots, mode_of(run), backend, browser, timeout) as opened:
        stream = retrace(run, records, tasks, other, opened)
        console = Console(stderr=True)
        found = list(
            track(stream, description=f"retrace {run_folder}", total=len(records), console=console)
        )
    write_retrace(run, policy, found, limit)
    _tell(found, policy, examples, Console(highlight=False))
    typer.echo(f"All, with their pages: {run_folder / RETRACE}")


def _tell(found: Sequence[Parting], policy: str, examples: int, console: Console) -> None:
    parted = [one for one in found if one.step is not None]
    broken = [one for one in found if one.broken]
    console.print(f"{len(parted)} of {len(found)} failed episodes leave the way of {policy}.")
    if broken:
        console.print(f"{len(broken)} could not be played again, first: {broken[0].broken}")
    table = Table("episodes", "what went otherwise", "task", box=None, pad_edge=False)
    for task, kinds in list(by_task(parted).items())[:MOST_TASKS]:
        told = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(3))
        table.add_row(str(kinds.total()), told, task)
    if parted:
        console.print(table)
    for one in _of_different_tasks(parted, examples):
        console.print(
            f"{one.task}, seed {one.seed}, step {one.step}: {one.instruction}\n"
            f"  did   {one.did}\n  would {one.would or 'see no way on'}",
            markup=False,
            soft_wrap=True,
        )


def _of_different_tasks(parted: Sequence[Parting], most: int) -> list[Parting]:
    """One of each task, from the one with the most on."""
    first = {one.task: one for one in sorted(parted, key=lambda one: one.seed, reverse=True)}
    return [first[task] for task in list(by_task(parted))[:most]]
