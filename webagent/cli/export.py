"""`webagent export`: turn runs and classic demonstrations into Parquet files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from webagent.browser.session import open_browser
from webagent.cli import options
from webagent.cli.collect import Out, tell
from webagent.cli.progress import progress
from webagent.cli.verify import loader, mode_of
from webagent.demonstrations.classic import SKIPPED, classic_manifest, import_classic
from webagent.demonstrations.export import export_replayed, export_stored, keeps_pages
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import RunError
from webagent.evaluation.store import read_run
from webagent.evaluation.verify import load_tasks, to_verify

Source = Annotated[
    Path, typer.Argument(metavar="SOURCE", help="A run folder, or with --classic recordings.")
]
Classic = Annotated[
    bool, typer.Option("--classic", help="SOURCE holds classic MiniWoB recordings, as JSON.")
]
Screenshots = Annotated[
    bool, typer.Option("--screenshots", help="Keep a lossless picture of every step.")
]
Replay = Annotated[
    bool,
    typer.Option("--replay", help="Play the run again, to have boxes, even if it kept its pages."),
]


def export_command(
    source: Source,
    out: Out,
    classic: Classic = False,
    screenshots: Screenshots = False,
    replay: Replay = False,
    pages: options.Pages = None,
    slots: options.Slots = options.CORES,
    backend: options.Backend = "cdp",
    browser: options.BrowserPath = None,
    timeout: options.Timeout = 15,
) -> None:
    """Write the episodes of a run folder as demonstrations, successes and failures apart.

    A run that did not keep its pages is played again from its recorded actions.
    """
    console = Console()
    if classic:
        done = _classic(source, out, console)
        tell(done, out, console)
        if done.left_out:
            console.print(f"The files are named in {out / SKIPPED}.", markup=False, soft_wrap=True)
        return
    run = read_run(source)
    if not run.records:
        raise RunError(f"{source} holds no episodes yet.")
    manifest = Manifest(name=run.config.suite, source=run.config.policy, config=run.config)
    if keeps_pages(run) and not (screenshots or replay):
        with DemonstrationWriter(out, manifest) as writer:
            done = export_stored(run, writer)
    else:
        tasks = load_tasks(run, to_verify(run), loader(run, pages))
        with (
            open_browser(slots, mode_of(run), backend, browser, timeout) as opened,
            DemonstrationWriter(out, manifest) as writer,
            progress(console, f"export {source}") as observe,
        ):
            done = export_replayed(
                run, writer, tasks, opened, screenshots=screenshots, observers=(observe,)
            )
    tell(done, out, console)


def _classic(source: Path, out: Path, console: Console) -> Manifest:
    manifest = classic_manifest(source, ("webagent", *sys.argv[1:]))
    with DemonstrationWriter(out, manifest) as writer, Progress(console=console) as bar:
        row = bar.add_task(f"import {source}", total=None)
        return import_classic(
            source,
            writer,
            out,
            observe=lambda done, total: bar.update(row, completed=done, total=total),
        )
