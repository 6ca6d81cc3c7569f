"""Tasks and suites by name, from every installed task package."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from typing import cast

from webagent.errors import TaskError
from webagent.policies.protocol import Policy
from webagent.tasks.protocol import Task, TaskPackage, Variant

GROUP = "webagent.tasks"


@cache
def packages() -> dict[str, TaskPackage]:
    """The task packages of this environment, found by entry point."""
    found = {one.name: cast(TaskPackage, one.load()) for one in entry_points(group=GROUP)}
    if not found:
        raise TaskError(
            "No task package is installed. Install this one: pip install . in a checkout."
        )
    return found


def suite_names() -> list[str]:
    return [name for package in packages().values() for name in package.suites()]


def suite(name: str) -> list[str]:
    """The task ids of a suite, in report order. Raises `TaskError` for an unknown name."""
    for package in packages().values():
        if name in (suites := package.suites()):
            return list(suites[name])
    raise TaskError(f"No suite is called {name!r}; there are {', '.join(suite_names())}.")


def load_task(task_id: str, variant: Variant | None = None) -> Task:
    """Make a task from its id. Raises `TaskError` for an unknown one."""
    for package in packages().values():
        if task := package.task(task_id, variant or Variant()):
            return task
    known = {one for name in suite_names() for one in suite(name)}
    close = ", ".join(get_close_matches(task_id, sorted(known), 3))
    raise TaskError(f"No task is called {task_id!r}.{f' Did you mean {close}?' if close else ''}")


def load_expert(task_id: str) -> Policy:
    """The expert of a task. Raises `TaskError` if no package has one."""
    for package in packages().values():
        if expert := package.expert(task_id):
            return expert
    raise TaskError(f"No installed package has an expert for {task_id}.")
