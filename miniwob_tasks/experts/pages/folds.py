"""click-collapsible: sections of which one at a time is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from miniwob_tasks.experts.form import button, find, first
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import read
from miniwob_tasks.experts.single import Expert
from webagent.types import Context, Decision

CONTENT = "ui-accordion-content"
OPEN = "ui-accordion-header-active"


def click_collapsible(context: Context) -> Decision:
    page = read(context.observation.html)
    if page.first(lambda one: CONTENT in one.classes):
        return first(press(button(page, "Submit")))
    return first(press(page.first(lambda one: one.tag == "h3")))


def click_collapsible_2(context: Context) -> Decision:
    """Looks into each section in turn, first into those it has not opened yet."""
    word = find(r'Expand .* click on the link "(.*)"\.', context.instruction)[1]
    page = read(context.observation.html)
    link = page.first(lambda one: "alink" in one.classes and one.text == word)
    opened = Counter(step.decision.action.ref for step in context.history)
    closed = page.where(lambda one: one.tag == "h3" and OPEN not in one.classes)
    return first(press(link), press(min(closed, key=lambda one: opened[one.ref], default=None)))


PAGES: Mapping[str, Expert] = {
    "click-collapsible": click_collapsible,
    "click-collapsible-nodelay": click_collapsible,
    "click-collapsible-2": click_collapsible_2,
    "click-collapsible-2-nodelay": click_collapsible_2,
}
