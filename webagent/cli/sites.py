"""`webagent sites`: install the real websites that agents are tried on, and look at them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from webagent.errors import TaskError

app = typer.Typer(no_args_is_help=True, help="Install and show the real websites.")

Names = Annotated[
    list[str] | None, typer.Argument(help="shop, forum, wiki; without any, all three.")
]
Folder = Annotated[
    Path | None,
    typer.Option(help="Where they are; else WEBAGENT_SITES, or the user's cache folder."),
]


@app.command("install")
def install_command(names: Names = None, folder: Folder = None) -> None:
    """Install the applications from their packages and fill them with content.

    What is installed already is kept. This needs pip's package index; playing needs none.
    """
    from webagent.tasks.sites.folder import VARIABLE, SiteFolder, sites_folder
    from webagent.tasks.sites.install import install
    from webagent.tasks.sites.registry import sites

    where = sites_folder(folder)
    for name in _chosen(names, list(sites())):
        install(sites()[name], SiteFolder(where / name), typer.echo)
    if folder:
        typer.echo(f"Set {VARIABLE}={where} for the commands that play on them.")


@app.command("start")
def start_command(names: Names = None, folder: Folder = None) -> None:
    """Serve the sites on this machine for a person to look at, until Control+C."""
    from webagent.tasks.sites.folder import ready
    from webagent.tasks.sites.registry import sites
    from webagent.tasks.sites.server import SiteServer

    console = Console()
    with ExitStack() as stack:
        for name in _chosen(names, list(sites())):
            site = sites()[name]
            place = ready(name, site.content_json(), folder)
            server = stack.enter_context(closing(SiteServer(name, place)))
            host = f"{name}.localhost:{server.port}"
            url = server.begin_url(host, site.templates[0].member, "/")
            console.print(f"{name} ({site.product}): {url}", soft_wrap=True, highlight=False)
        console.print("What you change is gone when this ends: press Control+C.")
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            console.print("Ended.")


def _chosen(names: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    if unknown := [one for one in names or () if one not in known]:
        raise TaskError(f"No site is called {unknown[0]!r}; there are {', '.join(known)}.")
    return names or known
