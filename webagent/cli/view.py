"""`webagent view`: look at runs in a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from webagent.errors import RunError
from webagent.evaluation.viewer import Viewer
from webagent.evaluation.viewer_server import ViewerServer

Folder = Annotated[Path, typer.Argument(help="The folder that holds the run folders.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]
Open = Annotated[bool, typer.Option("--open", help="Open the address in the web browser.")]


def view_command(folder: Folder = Path("runs"), port: Port = 0, open_it: Open = False) -> None:
    """Show all runs below a folder, with their reports and every episode, on this machine.

    Prints an address that only this machine can reach, and serves it until Ctrl-C.
    """
    if not folder.is_dir():
        raise RunError(f"There is no folder {folder}. Name the one that holds your runs.")
    with ViewerServer(Viewer(folder), port) as server:
        typer.echo(f"Runs in {folder.resolve()}: {server.url}\nStop with Ctrl-C.")
        if open_it:
            webbrowser.open(server.url)
        try:
            server.serve()
        except KeyboardInterrupt:
            typer.echo("")
