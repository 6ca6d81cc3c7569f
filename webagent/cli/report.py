"""`webagent report`: render the report of stored runs again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from webagent.evaluation.report import write_report


def report_command(
    folders: Annotated[list[Path], typer.Argument(help="Run folders; several make one report.")],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("report.html"),
) -> None:
    """Write one HTML report of one or more runs, from what their folders hold."""
    typer.echo(f"Report: {write_report(folders, out).resolve()}")
