"""Pages on which one thing has to be clicked: buttons, tabs, a coloured box."""

from __future__ import annotations

from collections.abc import Mapping

from miniwob_tasks.experts.form import button, find, first
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import read
from miniwob_tasks.experts.single import Expert
from webagent.types import Context, Decision


def click_test(context: Context) -> Decision:
    page = read(context.observation.html)
    return first(press(page.first(lambda one: one.tag == "button")))


def click_test_2(context: Context) -> Decision:
    label = find(r"Click button (\w+)\.", context.instruction)[1]
    return first(press(button(read(context.observation.html), label)))


def click_tab(context: Context) -> Decision:
    label = find(r"Click on (Tab #\d)\.", context.instruction)[1]
    page = read(context.observation.html)
    return first(press(page.first(lambda one: one.tag == "a" and one.text == label)))


def click_color(context: Context) -> Decision:
    colour = find(r"Click on the (\w+) colored box\.", context.instruction)[1]
    page = read(context.observation.html)
    style = f"background-color: {colour}"
    return first(press(page.first(lambda one: one.attrs.get("style") == style)))


PAGES: Mapping[str, Expert] = {
    "click-color": click_color,
    "click-tab": click_tab,
    "click-test": click_test,
    "click-test-2": click_test_2,
    "click-test-transfer": click_test_2,
}
