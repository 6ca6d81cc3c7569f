"""A progress bar that observes the stream of episodes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from webagent.evaluation.record import Record
from webagent.evaluation.run import Observer


@contextmanager
def progress(console: Console, title: str) -> Generator[Observer]:
    """An observer that shows how many episodes are done, their rate, and the time left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[success]}"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, refresh_per_second=4) as bar:
        row = bar.add_task(title, total=None, success="", rate="")
        successes, played = 0, 0

        def observe(record: Record, done: int, total: int) -> None:
            nonlocal successes, played
            successes, played = successes + record.success, played + 1
            seconds = bar.tasks[row].elapsed or 0
            bar.update(
                row,
                completed=done,
                total=total,
                success=f"{successes / played:.0%} success",
                rate=f"{played / seconds:.1f}/s" if seconds > 1 else "",
            )

        yield observe
