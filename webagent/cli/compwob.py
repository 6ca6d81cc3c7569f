"""`webagent compwob`: the published pages of CompWoB."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from webagent.tasks.fetch import fetch, read_pin
from webagent.tasks.official import HASHES, page_names

app = typer.Typer(no_args_is_help=True, help="The published pages of CompWoB.")

Folder = Annotated[Path, typer.Argument(help="Where to put the pages.")]
PinFile = Annotated[
    Path | None, typer.Option("--pin", help="Another pin file: commit, base address, hashes.")
]


@app.command("fetch")
def fetch_command(folder: Folder, pin: PinFile = None) -> None:
    """Download the hundred published pages of CompWoB, at one commit of their repository.

    Files that are there and right are kept, so a fetch that was stopped goes on. The
    SHA-256 of each file is recorded at the first fetch and checked at every later use.
    """
    names = page_names()
    stream = track(
        fetch(folder, read_pin(pin), names),
        description="pages",
        total=len(names),
        console=Console(stderr=True),
    )
    got = sum(downloaded for _, downloaded in stream)
    typer.echo(
        f"{len(names)} pages in {folder}, {got} downloaded now. Their hashes are in "
        f"{folder / HASHES}.\nPlay them with: webagent eval --suite compwob --pages {folder}"
    )
