"""The command `python -m benchmarks.robustness`, from the root of the repository."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console

from benchmarks.speed.machine import facts

from .chaos import chaos
from .fuzz import fuzz
from .results import About, Outcome, save
from .soak import soak

RESULTS = Path(__file__).parent / "results"
Report: TypeAlias = Callable[[str], None]

Seed = Annotated[int, typer.Option(help="Of everything that is drawn at random.")]
Slots = Annotated[int, typer.Option(min=1, help="Pages played at a time.")]
Quick = Annotated[bool, typer.Option("--quick", help="A few seconds; kept only with --out.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the results.")]

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("soak")
def soak_command(
    episodes: Annotated[int, typer.Option(min=1, help="How many.")] = 20_000,
    seed: Seed = 0,
    slots: Slots = 2,
    quick: Quick = False,
    out: Out = None,
) -> None:
    """Play very many episodes in one browser and watch its memory."""
    size = 150 if quick else episodes
    _run("soak", seed, quick, out, lambda report: soak(size, seed, slots, report))


@app.command("chaos")
def chaos_command(
    episodes: Annotated[int, typer.Option(min=4, help="How many; a multiple of 4.")] = 500,
    kills: Annotated[int, typer.Option(min=1, help="How many.")] = 36,
    seed: Seed = 0,
    slots: Slots = 2,
    quick: Quick = False,
    out: Out = None,
) -> None:
    """Kill browsers, renderers and runs, resume, and compare with an undisturbed run."""
    size, count = (24, 4) if quick else (episodes, kills)
    _run("chaos", seed, quick, out, lambda report: chaos(size, count, seed, slots, report))


@app.command("fuzz")
def fuzz_command(
    actions: Annotated[int, typer.Option(min=1, help="How many.")] = 20_000,
    seed: Seed = 0,
    slots: Slots = 2,
    quick: Quick = False,
    out: Out = None,
) -> None:
    """Send random and malformed actions to the pages of all tasks."""
    size = 300 if quick else actions
    _run("fuzz", seed, quick, out, lambda report: fuzz(size, seed, slots, report))


def _run(
    kind: str, seed: int, quick: bool, out: Path | None, run: Callable[[Report], Outcome]
) -> None:
    console = Console(stderr=True)

    def report(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    date, began, machine = datetime.now(UTC), time.monotonic(), facts()
    outcome = run(report)
    for bar in outcome.bars:
        report(f"{'met' if bar.met else 'NOT MET'}: {bar.text}: {bar.measured}")
    command = shlex.join(["python", "-m", "benchmarks.robustness", *sys.argv[1:]])
    seconds = round(time.monotonic() - began, 1)
    if folder := out or (None if quick else RESULTS):
        about = About(kind, command, seed, date.isoformat(timespec="seconds"), seconds, machine)
        save(folder, about, outcome)
        report(f"wrote {folder / kind}.json and {folder / 'README.md'}")
    if not outcome.met:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
