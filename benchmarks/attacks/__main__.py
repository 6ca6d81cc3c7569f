"""The command `python -m benchmarks.attacks`, from the root of the repository."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from webagent.browser.protocol import Mode
from webagent.browser.session import open_browser

from .attack import Attack, Row, carry_out
from .pages import page_attacks
from .programs import program_attacks
from .sites import open_sites
from .table import RESULTS, save, write_section

SECURITY = Path("SECURITY.md")

Only = Annotated[str, typer.Option(help="Only attacks whose names begin so.")]
Backend = Annotated[str, typer.Option(help="What drives the browser: cdp or playwright.")]
Keep = Annotated[bool, typer.Option(help="Write results and the table of SECURITY.md.")]

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def main(only: Only = "", backend: Backend = "cdp", keep: Keep = True) -> None:
    """Carry out all attacks. Ends with exit code 1 if one was not stopped."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    rows: list[Row] = []
    with _attacks(backend) as (attacks, version):
        for attack in attacks:
            if not attack.name.startswith(only):
                continue
            row = carry_out(attack)
            rows.append(row)
            told = "stopped" if row.stopped else "NOT STOPPED"
            text = f"{told}: {row.kind} {row.name} ({row.seconds:.1f} s): {row.seen}"
            console.print(text, markup=False)
    stopped = sum(row.stopped for row in rows)
    console.print(f"{stopped} of {len(rows)} attacks stopped.")
    if keep and not only:
        command = shlex.join(["python", "-m", "benchmarks.attacks", *sys.argv[1:]])
        save(RESULTS / f"{backend}.json", rows, command, datetime.now(UTC), version)
        write_section(SECURITY, RESULTS)
    if stopped < len(rows):
        raise typer.Exit(1)


@contextlib.contextmanager
def _attacks(backend: str) -> Iterator[tuple[list[Attack], str]]:
    """All attacks of all kinds, and the browser's version. A new kind is added here."""
    with (
        open_sites() as sites,
        open_browser(1, Mode.POINTER, backend, timeout=8) as browser,
    ):
        # What programs do has nothing to do with the backend.
        programs = list(program_attacks()) if backend == "cdp" else []
        yield [*page_attacks(sites, browser), *programs], browser.version


if __name__ == "__main__":
    app()
