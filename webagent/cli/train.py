"""`webagent train`: learn a model from demonstrations."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from webagent.evaluation.store import Run
    from webagent.training.train import Observer, Report

RecipeName = Annotated[
    str, typer.Argument(metavar="RECIPE", help="One that ships, or a file that ends in .toml.")
]
DataOption = Annotated[
    list[Path] | None, typer.Option("--data", "-d", help="Demonstrations; may repeat.")
]
OutOption = Annotated[Path, typer.Option("--out", help="The model folder to write.")]
Work = Annotated[
    Path | None,
    typer.Option(help="State, prepared data, log. Default: runs/training/<name of --out>."),
]
PreparedOption = Annotated[
    Path | None,
    typer.Option(
        "--prepared", help="Prepared data, which several runs may share. Default: as --work."
    ),
]
TokenizerOption = Annotated[
    Path | None, typer.Option(help="Folder of a tokenizer.json, or a model's folder or name.")
]
From = Annotated[
    Path | None, typer.Option("--from", help="A model's folder or name, to go on from.")
]
Balance = Annotated[
    Path | None,
    typer.Option(
        help="A run on validation seeds: draw more of tasks that fail there, and of steps that "
        "`webagent retrace` saw go wrong."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change the recipe: train.steps=1000 (none unsets); may repeat."),
]
Device = Annotated[str, typer.Option(help="cpu, cuda, or auto.")]
Minutes = Annotated[
    float | None, typer.Option(min=0, help="Stop after so long; the same command goes on.")
]


def train_command(
    recipe: RecipeName,
    out: OutOption,
    data: DataOption = None,
    tokenizer: TokenizerOption = None,
    start: From = None,
    work: Work = None,
    prepared: PreparedOption = None,
    balance: Balance = None,
    changes: Set = None,
    device: Device = "auto",
    minutes: Minutes = None,
) -> None:
    """Train a model by a recipe. A run that was stopped goes on with the same command.

    Several devices or processes train together when `accelerate launch` starts the command.
    """
    from webagent.evaluation.feedback import success_by_task
    from webagent.evaluation.retrace import faults
    from webagent.evaluation.store import read_run
    from webagent.training.learn import Job, learn
    from webagent.training.recipe import changed, load_recipe
    from webagent.training.team import assemble

    chosen = changed(load_recipe(recipe), changes or ())
    place = work or Path("runs") / "training" / out.name
    team = assemble(device)
    console = Console(quiet=team.rank > 0)
    console.print(f"Work folder: {place}", soft_wrap=True, highlight=False)
    checked = read_run(balance) if balance else None
    job = Job(
        recipe=chosen,
        data=data or (),
        out=out,
        work=place,
        prepared=prepared,
        tokenizer=tokenizer,
        start=start,
        success=success_by_task(checked) if checked else {},
        faults=faults(checked) if checked else {},
        balance=_command(checked) if checked else (),
        retrace=_retrace(checked) if checked else (),
        team=team,
        stop_after=minutes and minutes * 60,
        command=("webagent", *sys.argv[1:]),
    )
    with _progress(console) as observe, _interruptible() as stopping:
        done = learn(job, observers=[observe], stopping=stopping)
    console.print(
        f"Model: {out}" if done else f"Stopped early; the model so far is in {out}.",
        soft_wrap=True,
        highlight=False,
    )


def _command(run: Run) -> list[str]:
    """What played a run, as far as it says so."""
    words = run.config.about.get("command")
    return [str(word) for word in cast("list[object]", words)] if isinstance(words, list) else []


def _retrace(run: Run) -> list[str]:
    """What said where its failed episodes first went wrong, if anything did."""
    from webagent.evaluation.retrace import LIMIT, read_retrace

    found = read_retrace(run)
    if found is None:
        return []
    beside = [] if found.policy == "expert" else ["--policy", found.policy]
    most = [] if found.limit == LIMIT else ["--limit", str(found.limit)]
    return ["webagent", "retrace", str(run.folder), *beside, *most]


@contextmanager
def _interruptible() -> Generator[Callable[[], bool]]:
    """Whether a signal asks to stop; the step that is being taken is finished first. A second
    signal stops at once.
    """
    asked = Event()

    def ask(number: int, frame: FrameType | None) -> None:
        for one in before:
            signal.signal(one, before[one])
        asked.set()

    before = {one: signal.signal(one, ask) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for one in before:
            signal.signal(one, before[one])


@contextmanager
def _progress(console: Console) -> Generator[Observer]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, refresh_per_second=2) as bar:
        row = bar.add_task("training", total=None, state="preparing data")
        mean = 0.0

        def observe(report: Report) -> None:
            nonlocal mean
            mean = mean * 0.98 + report.loss * 0.02 if mean else report.loss
            state = (
                f"loss {mean:.3f}  right {report.accuracy:.0%}  "
                f"{report.examples / report.seconds:.0f} examples/s"
            )
            bar.update(row, completed=report.step, total=report.steps, state=state)

        yield observe
