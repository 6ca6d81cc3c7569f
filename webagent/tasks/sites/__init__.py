"""Real websites as tasks: a shop, a forum and a wiki that nobody here wrote.

`webagent sites install` installs them; see docs/sites.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from webagent.policies.protocol import Policy
    from webagent.tasks.protocol import Task, Variant
    from webagent.tasks.sites.page import SitePage
    from webagent.tasks.sites.plan import Plan
    from webagent.tasks.sites.template import Template

PREFIX = "sites."

__all__ = ["begin", "expert", "suites", "task"]


def suites() -> Mapping[str, Sequence[str]]:
    """All tasks, those for training and those held out, of all sites and of each; beside them
    the chains of two for training.
    """
    from webagent.tasks.sites.chain import THEN
    from webagent.tasks.sites.registry import sites

    found: dict[str, list[str]] = {"sites": [], "sites-train": [], "sites-heldout": []}
    for site in sites().values():
        for one in site.templates:
            task_id = f"{PREFIX}{site.name}-{one.name}"
            for suite in ("sites", f"sites-{site.name}"):
                for name in (suite, f"{suite}-{one.split}"):
                    found.setdefault(name, []).append(task_id)
        chained = [f"{PREFIX}{site.name}-{name}" for name in _templates(site.name) if THEN in name]
        found.setdefault("sites-chains", []).extend(chained)
        found[f"sites-{site.name}-chains"] = chained
    return found


def task(task_id: str, variant: Variant | None = None) -> Task | None:
    """Make "sites.SITE-NAME"; None for ids of other packages. Raises `TaskError`."""
    if not task_id.startswith(PREFIX):
        return None
    from webagent.errors import TaskError
    from webagent.tasks.sites.registry import sites
    from webagent.tasks.sites.site_task import SiteTask

    name, _, rest = task_id.removeprefix(PREFIX).partition("-")
    site = sites().get(name)
    found = _templates(name).get(rest) if site else None
    if site is None or found is None:
        raise TaskError(f"No site has a task {task_id!r}: `webagent tasks` lists the suites.")
    until: Literal["goal", "said"] = variant.until if variant else "goal"
    return SiteTask(site, found, until)


def expert(task_id: str) -> Policy | None:
    """The scripted policy that solves a task through the site's pages."""
    if not task_id.startswith(PREFIX):
        return None
    from webagent.tasks.sites.plan import PlanExpert

    return PlanExpert(begin)


def begin(task_id: str, instruction: str, page: SitePage) -> Plan:
    """The plan of a task's template for an instruction, from a page on. Raises `TaskError` for a
    task that has none, and for an instruction that is not of the template.
    """
    from webagent.errors import TaskError
    from webagent.tasks.sites.site_task import SiteTask

    found = task(task_id)
    if not isinstance(found, SiteTask):
        raise TaskError(
            f"{task_id} has no template whose plan could be followed: only the tasks of the demo "
            "sites do, such as those of the suite sites-train."
        )
    return found.template.plan(found.template.read(instruction), page)


@cache
def _templates(site: str) -> Mapping[str, Template]:
    """By name, the templates of a site and the chains that are made of them."""
    from webagent.tasks.sites.chain import chains
    from webagent.tasks.sites.registry import sites

    own = sites()[site].templates
    return {one.name: one for one in (*own, *chains(own))}
