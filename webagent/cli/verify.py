"""`webagent verify`: replay a run's actions and confirm its verdicts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from webagent.browser.protocol import Mode
from webagent.browser.session import open_browser
from webagent.cli import options
from webagent.errors import RunError
from webagent.evaluation.store import Run, read_run
from webagent.evaluation.verify import (
    VERIFY,
    Loader,
    Verification,
    load_tasks,
    summary,
    to_verify,
    verify,
    write_verification,
)
from webagent.tasks.official import official_task
from webagent.tasks.protocol import Task, Variant
from webagent.tasks.suites import load_task

SHOWN = 20

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder.")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="At most so many episodes, spread over the run.")
]


def verify_command(
    run_folder: RunArgument,
    limit: Limit = None,
    pages: options.Pages = None,
    slots: options.Slots = options.CORES,
    backend: options.Backend = "cdp",
    browser: options.BrowserPath = None,
    timeout: options.Timeout = 15,
) -> None:
    """Play the recorded actions of a run again and confirm every verdict.

    Writes verify.json into the run folder. Exit codes: 0 all agree, 1 some do not, 2 some
    or all could not be played again.
    """
    run = read_run(run_folder)
    records = to_verify(run, limit)
    if not records:
        raise RunError(f"{run_folder} holds no episode that could be verified.")
    tasks = load_tasks(run, records, loader(run, pages))
    console = Console(stderr=True)
    with open_browser(slots, mode_of(run), backend, browser, timeout) as opened:
        stream = verify(run, records, tasks, opened)
        checks = list(
            track(stream, description=f"verify {run_folder}", total=len(records), console=console)
        )
        result = summary(run, checks, opened)
    write_verification(run, result)
    _tell(result, run_folder, Console())
    if result.mismatches:
        raise typer.Exit(1)
    if result.broken:
        raise RunError(
            f"{len(result.broken)} episodes could not be played again, first: "
            f"{result.broken[0].broken}. Run the command again; see {run_folder / VERIFY}."
        )


def mode_of(run: Run) -> Mode:
    """The mode that a run was played in. Raises `RunError` for one that is not known."""
    try:
        return Mode(run.config.mode)
    except ValueError as error:
        raise RunError(f"{run.folder} was played in an unknown mode: {error}.") from error


def loader(run: Run, pages: Path | None) -> Loader:
    """What loads tasks as the run posed them, official pages from the folder `pages`."""
    config = run.config
    # The run folder may come from anyone; a wrong variant gives tasks with other labels.
    text = cast(Literal["clean", "official"], config.text)
    layout = cast(Literal["official", "open"], config.layout)
    variant = Variant(text, layout, episode_timer=config.clock_ms is None)

    def load(task_id: str) -> Task:
        labels = config.tasks.get(task_id, {})
        if labels.get("pages") is None:
            said = labels.get("until") == "said"
            return load_task(task_id, replace(variant, until="said") if said else variant)
        if pages is None:
            raise RunError(
                f"{run.folder} played official pages. Say where they are: --pages FOLDER."
            )
        return official_task(task_id, pages)

    return load


def _tell(result: Verification, folder: Path, console: Console) -> None:
    console.print(
        f"{result.agreed} of {result.replayed} replayed episodes agree with their record, "
        f"{len(result.mismatches)} differ.",
        highlight=False,
    )
    if result.skipped:
        console.print(
            f"{result.skipped} ended in an infrastructure error and were skipped.",
            highlight=False,
        )
    then, now = result.versions
    changed = [
        f"{name} {then.get(name)} -> {now[name]}" for name in now if now[name] != then.get(name)
    ]
    if result.backend[0] != result.backend[1]:
        changed.append(f"browser {result.backend[0]} -> {result.backend[1]}")
    if changed:
        console.print(f"[yellow]Not as recorded:[/] {escape('; '.join(changed))}", highlight=False)
    for one in result.mismatches[:SHOWN]:
        console.print(f"  {one.task}, seed {one.seed}: {'; '.join(one.differences)}", markup=False)
    if len(result.mismatches) > SHOWN:
        console.print(f"  and {len(result.mismatches) - SHOWN} more in {folder / VERIFY}")
