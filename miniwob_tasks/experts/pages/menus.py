"""Menus: nested ones that open when the mouse is over them, and one shaped like a pie."""

from __future__ import annotations

from collections.abc import Mapping

from miniwob_tasks.experts.form import button, find, first
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from miniwob_tasks.experts.single import Expert
from webagent.actions import Action, hover
from webagent.types import Context, Decision

MENU_2 = r'Click the "Menu" button, .* the item (?:labeled "(?P<label>.*)"|with the icon)\.'
SUBMENU = "Playback"
SPREADER = "spreadertitle"
FOLDED = 2  # pixels: narrower items of a pie menu wait in its middle


def click_menu(context: Context) -> Decision:
    """The mouse makes an item active and opens its submenu; a click chooses what is active."""
    path = find(r"Select (.+)", context.instruction)[1].split(">")
    page = read(context.observation.html)
    leaf = _entry(page, path[-1])
    if leaf and "ui-state-active" in leaf.classes:
        return first(press(leaf))
    return first(*(_open(page, one) for one in reversed(path)))


def click_menu_2(context: Context) -> Decision:
    """Where the sentence shows an icon its words do not tell which: then it guesses."""
    label = find(MENU_2, context.instruction)["label"] or "Save"
    page = read(context.observation.html)
    if not page.first(lambda one: "ui-menu-item" in one.classes):
        return first(press(button(page, "Menu")))
    return first(press(_entry(page, label)), _open(page, SUBMENU))


def click_pie(context: Context) -> Decision:
    label = find(r'labeled "(.)"', context.instruction)[1]
    texts = read(context.observation.html).where(lambda one: one.tag == "text")
    item = next((one for one in texts if one.text == label), None)
    closed = item and item.ref and context.observation.boxes[item.ref].width < FOLDED
    spreader = next((one for one in texts if SPREADER in one.id), None)
    return first(press(spreader if closed else item))


def _entry(page: Page, label: str) -> Element | None:
    return page.first(lambda one: one.tag == "div" and one.ref is not None and one.text == label)


def _open(page: Page, label: str) -> Action | None:
    entry = _entry(page, label)
    return hover(entry.ref) if entry and entry.ref is not None else None


PAGES: Mapping[str, Expert] = {
    "click-menu": click_menu,
    "click-menu-2": click_menu_2,
    "click-pie": click_pie,
    "click-pie-nodelay": click_pie,
}
