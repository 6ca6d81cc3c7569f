"""The command `python -m benchmarks.speed`, from the root of the repository."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from webagent.errors import WebAgentError

from .contenders import OURS, chosen
from .growth import by_size, by_slots
from .machine import SetupError, check, facts, find_setup
from .profiles import by_profile
from .rounds import play_rounds
from .table import render
from .whole import by_processes
from .workers.scripts import TASKS

CACHE = Path.home() / ".cache" / "webagent" / "speed"
RESULTS = Path(__file__).parent / "results"
REPEATS = 5  # of each measure of a page's size


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Times that all take a turn.")] = 5,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes of a task in a turn.")] = 20,
    only: Annotated[str, typer.Option(help="Contenders or groups, such as ours,bare.")] = "",
    tasks: Annotated[str, typer.Option(help="Tasks, such as login-user.")] = ",".join(TASKS),
    growth: Annotated[bool, typer.Option(help="Also measure slots, page sizes.")] = True,
    profiles: Annotated[bool, typer.Option(help="Also weigh each trick of the backend.")] = True,
    whole: Annotated[bool, typer.Option(help="Also measure several processes at once.")] = True,
    smoke: Annotated[bool, typer.Option(help="Mark the results as a smoke run's.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = RESULTS,
    cache: Annotated[Path, typer.Option(help="Folder of the peers' environments.")] = CACHE,
    python: Annotated[str, typer.Option(help="Python that makes the peers' environments.")] = "",
    browser: Annotated[str, typer.Option(help="Full Chromium or Chrome for the peers.")] = "",
    chromedriver: Annotated[str, typer.Option(help="Driver of that browser.")] = "",
) -> None:
    """Compare the speed of this environment and its peers, and write the results."""
    console = Console(stderr=True)

    def report(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    try:
        contenders = chosen(only)
        setup = find_setup(cache, python, browser, chromedriver)
        check(setup, contenders)
        began, machine, names = datetime.now(UTC), facts(), tasks.split(",")
        about, blocks = play_rounds(setup, contenders, names, rounds, episodes, report)
        measured = growth and any(one.group == OURS for one in contenders)
        run = {
            "date": began.isoformat(timespec="seconds"),
            "command": " ".join(["python -m benchmarks.speed", *sys.argv[1:]]),
            "smoke": smoke,
            "machine": machine,
            "tasks": names,
            "rounds": rounds,
            "episodes": episodes,
            "contenders": [{**asdict(one), "about": about[one.name]} for one in contenders],
            "blocks": blocks,
            "slots": by_slots(names, rounds * episodes, report) if measured else [],
            "processes": by_processes(setup, contenders, names, episodes, report) if whole else [],
            "profiles": by_profile(names, rounds, episodes, report) if profiles else [],
            "sizes": by_size(REPEATS, report) if measured else [],
        }
    except (SetupError, ValueError, WebAgentError) as error:
        report(str(error))
        raise typer.Exit(2) from error
    out.mkdir(parents=True, exist_ok=True)
    name = f"{began:%Y-%m-%d}{'-smoke' if smoke else ''}.json"
    (out / name).write_bytes(orjson.dumps(run, option=orjson.OPT_INDENT_2))
    (out / "README.md").write_text(render(run, name), "utf-8")
    report(f"wrote {out / name} and {out / 'README.md'}")
    if any("error" in block or not all(block["success"]) for block in blocks):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
