"""`webagent tasks`: what there is to play."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from webagent.tasks.suites import load_task, suite, suite_names


def tasks_command(
    name: Annotated[str | None, typer.Argument(help="A suite; without it, all suites.")] = None,
) -> None:
    """List the suites, or the tasks of one suite."""
    table = Table(box=None)
    if name is None:
        table.add_column("suite")
        table.add_column("tasks", justify="right")
        for one in suite_names():
            table.add_row(one, str(len(suite(one))))
    else:
        for heading in ("task", "group", "step limit"):
            table.add_column(heading)
        for task in (load_task(task_id) for task_id in suite(name)):
            table.add_row(task.id, str(task.labels.get("group", "")), str(task.step_limit))
    Console().print(table)
