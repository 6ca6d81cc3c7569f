"""`webagent browser`: find or install the browser."""

from __future__ import annotations

import typer

from webagent.browser.install import find_browser, install_browser
from webagent.cli import options

app = typer.Typer(no_args_is_help=True, help="Find or install the browser.")


@app.command("install")
def install_command(browser: options.BrowserPath = None) -> None:
    """Use the browser that is there, or install one, and check that it starts."""
    found = install_browser(browser, typer.echo)
    typer.echo(f"Ready: {found.version()} at {found.path} ({found.source})")


@app.command("show")
def show_command(browser: options.BrowserPath = None) -> None:
    """Say which browser would be used."""
    found = find_browser(browser)
    typer.echo(f"{found.version()} at {found.path} ({found.source})")
