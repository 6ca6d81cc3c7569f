"""Lists to choose from: drop-down lists, scroll lists, check boxes."""

from __future__ import annotations

from collections.abc import Mapping

from miniwob_tasks.experts.form import button, find, first, inputs
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import read
from miniwob_tasks.experts.single import Expert
from webagent.actions import select
from webagent.types import Context, Decision


def choose_list(context: Context) -> Decision:
    wanted = find(r"Select (.+) from the list and click Submit\.", context.instruction)[1]
    page = read(context.observation.html)
    chosen = page.first(lambda one: one.tag == "option" and "selected" in one.attrs)
    field = page.first(lambda one: one.tag == "select")
    if field is None or field.ref is None or (chosen and chosen.text == wanted):
        return first(press(button(page, "Submit")))
    return first(select(field.ref, wanted))


def click_scroll_list(context: Context) -> Decision:
    """Clicks toggle options, so only the wrong ones are clicked."""
    items = find(r"Select (.+) from the scroll list and click Submit\.", context.instruction)[1]
    wanted = items.split(", ")
    page = read(context.observation.html)
    options = page.where(lambda one: one.tag == "option")
    wrong = [one for one in options if ("selected" in one.attrs) != (one.text in wanted)]
    return first(press(next(iter(wrong), None)), press(button(page, "Submit")))


def click_checkboxes(context: Context) -> Decision:
    """Ticks in the order of the instruction, as the expert of smaller lists does."""
    items = find(r"Select (.+) and click Submit\.", context.instruction)[1]
    wanted = items.split(", ")
    page = read(context.observation.html)
    boxes = inputs(page, "checkbox")
    named = [(one.parent.text, one) for one in boxes if one.parent]
    extra = [one for text, one in named if one.checked and text not in wanted]
    missing = [one for item in wanted for text, one in named if text == item and not one.checked]
    return first(press(next(iter([*extra, *missing]), None)), press(button(page, "Submit")))


PAGES: Mapping[str, Expert] = {
    "choose-list": choose_list,
    "click-checkboxes-large": click_checkboxes,
    "click-scroll-list": click_scroll_list,
}
