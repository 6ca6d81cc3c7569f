"""The `webagent` command."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from webagent import __version__
from webagent.cli import (
    analyse,
    browser,
    collect,
    compare,
    compwob,
    demo,
    evaluate,
    exemplars,
    export,
    models,
    prove,
    report,
    retrace,
    run,
    sites,
    tasks,
    tokenizer,
    train,
    verify,
    view,
)
from webagent.errors import WebAgentError, WebAgentWarning

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Evaluate web agents on MiniWoB++ and CompWoB.",
)
app.command("run")(run.run_command)
app.command("eval")(evaluate.evaluate_command)
app.command("collect")(collect.collect_command)
app.command("demo")(demo.demo_command)
app.command("tasks")(tasks.tasks_command)
app.command("exemplars")(exemplars.exemplars_command)
app.command("export")(export.export_command)
app.command("report")(report.report_command)
app.command("analyse")(analyse.analyse_command)
app.command("retrace")(retrace.retrace_command)
app.command("compare")(compare.compare_command)
app.command("prove")(prove.prove_command)
app.command("train")(train.train_command)
app.command("verify")(verify.verify_command)
app.command("view")(view.view_command)
app.add_typer(models.app, name="models")
app.add_typer(tokenizer.app, name="tokenizer")
app.add_typer(browser.app, name="browser")
app.add_typer(compwob.app, name="compwob")
app.add_typer(sites.app, name="sites")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"webagent {__version__}")
        raise typer.Exit


@contextmanager
def _warnings_told() -> Generator[None]:
    """Let this package's warnings read like the command's own words, without a line of code."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(*given: Any) -> None:
            message, kind = given[:2]
            if not issubclass(kind, WebAgentWarning):
                usual(*given)
                return
            console = Console(stderr=True)
            with console.capture() as told:
                console.print(f"[yellow]Warning:[/] {escape(str(message))}", highlight=False)
            sys.stderr.write(told.get())  # above a bar that is being shown

        warnings.showwarning = show
        yield


@app.callback()
def options(
    context: typer.Context,
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Take the options that come before a command."""
    context.with_resource(_warnings_told())


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 with infrastructure errors, 2 an error."""
    try:
        app()
    except WebAgentError as error:
        Console(stderr=True).print(f"[bold red]Error:[/] {escape(str(error))}", highlight=False)
        raise SystemExit(2) from None
