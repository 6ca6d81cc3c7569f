"""`webagent prove`: show that tasks can be solved, only by doing them, and that they repeat."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from webagent.browser.protocol import Mode
from webagent.browser.session import open_browser
from webagent.cli import options
from webagent.errors import RunError
from webagent.evaluation.config import span
from webagent.evaluation.proof_store import ProofFile, open_proof
from webagent.evaluation.proof_table import document
from webagent.evaluation.prove import prove_controls, prove_pages, tally
from webagent.evaluation.store import write_file
from webagent.tasks.suites import load_expert, load_task, suite

PACKAGES = ("webagent", "miniwob", "playwright", "selenium")
SHOWN = 20

Backends = Annotated[str, typer.Option(help="What drives the browsers, such as cdp,selenium.")]
Modes = Annotated[str, typer.Option(help="The action modes: element, pointer, or both.")]
PageSeeds = Annotated[str, typer.Option(help="Seeds played on every backend, fresh and used.")]
Out = Annotated[Path, typer.Option(help="The file of results; one that is there is gone on with.")]
Table = Annotated[Path | None, typer.Option(help="Write the results as a Markdown document.")]


@dataclass(frozen=True, slots=True)
class Cell:
    """One way to play. `controls`: negative controls are played there too."""

    backend: str
    mode: Mode
    controls: bool

    @property
    def name(self) -> str:
        return f"{self.backend}/{self.mode}"


def prove_command(
    suites: options.Suites = None,
    tasks: options.Tasks = None,
    seeds: options.Seeds = "0-2",
    page_seeds: PageSeeds = "0",
    backends: Backends = "cdp",
    modes: Modes = "element,pointer",
    out: Out = Path("proof.json"),
    table: Table = None,
    browser: options.BrowserPath = None,
    timeout: options.Timeout = 15,
) -> None:
    """Prove tasks: the expert solves each, generated negative controls fail, pages repeat.

    Controls are played on the first backend, with `--seeds`. Exit codes: 0 proved,
    1 with exceptions, 2 an error.
    """
    named = {name: suite(name) for name in suites or ()}
    named |= {"tasks": list(tasks)} if tasks else {}
    if not named:
        raise RunError("Say what to prove: --suite compwob, or --task miniwob.click-link.")
    chosen = options.parse_seeds(seeds), options.parse_seeds(page_seeds)
    file = open_proof(out, _setup(*chosen), _about())
    names = list(dict.fromkeys(task for found in named.values() for task in found))
    console = Console()
    for cell in _cells(backends, modes):
        missing = [name for name in names if not file.has(name, cell.name)]
        if missing:
            played = _play(cell, missing, chosen, file, browser, timeout)
            for _ in track(played, f"prove {cell.name}", len(missing), console=console):
                pass
    if table:
        text = document(named, file.proofs, _told(file))
        write_file(table, text.encode())
    _tell(file, names, console)


def _cells(backends: str, modes: str) -> list[Cell]:
    drivers = [one.strip() for one in backends.split(",")]
    try:
        ways = [Mode(one.strip()) for one in modes.split(",")]
    except ValueError as error:
        raise RunError(f"--modes are element and pointer, not {modes!r}.") from error
    return [Cell(one, mode, one == drivers[0]) for one, mode in product(drivers, ways)]


def _play(
    cell: Cell,
    names: Sequence[str],
    seeds: tuple[Sequence[int], Sequence[int]],
    file: ProofFile,
    executable: str | None,
    timeout: float,
) -> Iterator[str]:
    """Play tasks in one slot, so that all episodes of a task use it."""
    variant = options.variant("clean", "auto", cell.mode, episode_timer=False)
    with open_browser(1, cell.mode, cell.backend, executable, timeout) as opened:
        file.about["browsers"] = {**file.about.get("browsers", {}), cell.backend: opened.version}
        for name in names:
            task, expert = load_task(name, variant), load_expert(name)
            pages = prove_pages(task, seeds[1], expert, opened)
            more, controls = (
                prove_controls(task, seeds[0], expert, opened) if cell.controls else ([], [])
            )
            file.add(name, cell.name, [*pages, *more], controls)
            yield name


def _setup(seeds: Sequence[int], page_seeds: Sequence[int]) -> dict[str, Any]:
    return {
        "seeds": list(seeds),
        "page_seeds": list(page_seeds),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def _about() -> dict[str, Any]:
    return {
        "command": " ".join(["webagent", *sys.argv[1:]]),
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _told(file: ProofFile) -> Mapping[str, object]:
    about, setup = file.about, file.setup
    cells = sorted({cell for proof in file.proofs.values() for cell in proof.pages})
    controls = sorted({cell for proof in file.proofs.values() for cell in proof.controls})
    browsers = about.get("browsers", {})
    return {
        "command": f"`{about['command']}`",
        "date": about["date"],
        "seeds of the controls": span(setup["seeds"]),
        "seeds on every backend": span(setup["page_seeds"]),
        "backend/mode": ", ".join(cells),
        "controls played in": ", ".join(controls),
        "versions": ", ".join(f"{name} {one}" for name, one in setup["versions"].items()),
        "browsers": ", ".join(sorted(set(browsers.values()))),
        "Python, platform": f"{about['python']}, {about['platform']}",
        "variant": "clean text; official layout in element mode, open layout in pointer mode",
    }


def _tell(file: ProofFile, names: Sequence[str], console: Console) -> None:
    tallies = [tally(name, file.proofs[name]) for name in names]
    found = [f"{one.task}, {text}" for one in tallies for text in one.exceptions]
    played = sum(count.played for one in tallies for count in one.counts.values())
    console.print(
        f"{len(names)} tasks, {sum(one.expert for one in tallies)} episodes of experts, "
        f"{played} negative controls, {len(found)} exceptions. Results: {file.path}",
        highlight=False,
    )
    for text in found[:SHOWN]:
        console.print(f"  {text}", markup=False, highlight=False)
    if found:
        raise typer.Exit(1)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
