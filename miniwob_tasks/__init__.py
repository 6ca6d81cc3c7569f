"""MiniWoB++ tasks for `webagent`, with experts for most pages and for compositions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webagent.policies.protocol import Policy
    from webagent.tasks.controls import Control
    from webagent.tasks.protocol import Task, Variant
    from webagent.types import Episode

COMPOSITIONS = ("compwob.", "compwob-reverse.", "compose.", "compose-reverse.")

__all__ = ["controls", "expert", "suites", "task"]


def suites() -> Mapping[str, Sequence[str]]:
    """All tasks; those with an expert, which are all that can be solved; the 56 of the papers; the
    22 that CompWoB composes; and those whose text does not say what their picture shows.
    """
    from miniwob_tasks.catalog import catalog
    from miniwob_tasks.pages import PREFIX

    entries = catalog().items()
    return {
        "miniwob-125": [PREFIX + name for name, _ in entries],
        "miniwob-expert": [PREFIX + name for name, entry in entries if entry.expert],
        "miniwob-56": [PREFIX + name for name, entry in entries if entry.papers56],
        "miniwob-22": [PREFIX + name for name, entry in entries if entry.base22],
        "miniwob-picture": [PREFIX + name for name, entry in entries if entry.unsaid],
    }


def task(task_id: str, variant: Variant) -> Task | None:
    """The task called "miniwob.NAME", None for ids of other packages.

    Raises `TaskError` for a page that is no task.
    """
    from miniwob_tasks.pages import find_task

    return find_task(task_id, variant)


def expert(task_id: str) -> Policy | None:
    """The expert of a task; that of base tasks also carries out their compositions."""
    from miniwob_tasks.catalog import catalog
    from miniwob_tasks.experts import ComposedExpert
    from miniwob_tasks.experts.single import PageExpert, page_experts
    from miniwob_tasks.pages import PREFIX

    if task_id.startswith(COMPOSITIONS):
        return ComposedExpert()
    name = task_id.removeprefix(PREFIX)
    entry = catalog().get(name) if task_id.startswith(PREFIX) else None
    if entry is None or not entry.expert:
        return None
    if name not in page_experts():
        return ComposedExpert()
    return PageExpert(page_experts()[name], screenshots=entry.picture)


def controls(task: Task, episode: Episode) -> Sequence[Control] | None:
    """Ways to carry out an episode wrongly: see `webagent.tasks.controls`."""
    from miniwob_tasks.pages import PREFIX
    from miniwob_tasks.spoiling.clauses import clause_controls
    from miniwob_tasks.spoiling.pages import page_controls
    from miniwob_tasks.spoiling.ways import WRONG

    if task.id.startswith(COMPOSITIONS):
        return clause_controls([str(kind) for kind in _kinds(task)], episode)
    name = task.id.removeprefix(PREFIX)
    if not task.id.startswith(PREFIX):
        return None
    return clause_controls([name], episode) if name in WRONG else page_controls(name)


def _kinds(task: Task) -> Sequence[object]:
    kinds = task.labels["parts"]
    return kinds if isinstance(kinds, Sequence) else ()
