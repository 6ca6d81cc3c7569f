"""`webagent models`: which there are, and their cards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from webagent.training.scores import Scores

SUITES = ("miniwob-56", "compwob", "compwob-reverse")

app = typer.Typer(no_args_is_help=True, help="Trained models: which there are, and their cards.")


@app.command("list")
def list_command() -> None:
    """List the models that ship and those in the folder `models`: track, success in %."""
    from webagent.assets import shipped_models
    from webagent.nn.files import WEIGHTS
    from webagent.policies.models import read_card
    from webagent.training.scores import read_scores

    here = {file.parent.name: file.parent for file in Path("models").glob("*/config.json")}
    table = Table("model", "MB", "track", *SUITES, box=None)
    for name, folder in sorted({**shipped_models(), **here}.items()):
        megabytes = f"{(folder / WEIGHTS).stat().st_size / 1e6:.1f}"
        track = str(read_card(folder).get("track", ""))
        table.add_row(name, megabytes, track, *_means(read_scores(folder)))
    if table.rows:
        Console().print(table)
    else:
        typer.echo("No model ships with this version, and there is none in models/.")


@app.command("card")
def card_command(
    folder: Annotated[Path, typer.Argument(help="A model's folder.")],
    runs: Annotated[
        list[Path] | None, typer.Option("--run", help="A run folder of it; may repeat.")
    ] = None,
) -> None:
    """Write a model's README.md from its training.json, scores.json and about.md.

    With runs, their scores are written to scores.json and their error analysis to analysis.md
    first, in place of what is there.
    """
    from webagent.training.card import write_card

    typer.echo(f"Card: {write_card(folder, runs or ())}")


def _means(scores: Scores | None) -> list[str]:
    from webagent.evaluation.templating import percent

    found = {one.suite: one.success.value for one in scores.suites} if scores else {}
    return [percent(found[suite]) if suite in found else "" for suite in SUITES]
