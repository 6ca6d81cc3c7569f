"""Menus: nested ones that open when the mouse is over them, and one shaped like a pie."""

from __future__ import annotations

from collections.abc import Mapping

from numpy.lib.stride_tricks import sliding_window_view

from miniwob_tasks.experts.form import BAR, button, find, first
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from miniwob_tasks.experts.single import Expert
from webagent.actions import Action, hover
from webagent.errors import PolicyError
from webagent.types import Context, Decision

MENU_2 = r'Click the "Menu" button, .* the item (?:labeled "(?P<label>.*)"|with the icon)\.'
SUBMENU, IN_SUBMENU = "Playback", "Prev"
ICON = 16  # pixels: an icon's side
DARK = 150  # red levels below are what is drawn, on the menu's grey and on the bar's yellow
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
    label = find(MENU_2, context.instruction)["label"]
    page = read(context.observation.html)
    if not page.first(lambda one: "ui-menu-item" in one.classes):
        return first(press(button(page, "Menu")))
    if label is None and _entry(page, IN_SUBMENU):
        return first(press(_shown(page, context)))
    return first(press(_entry(page, label or IN_SUBMENU)), _open(page, SUBMENU))


def _shown(page: Page, context: Context) -> Element | None:
    """The entry whose icon is in the instruction, as the picture shows both.

    Raises `PolicyError` if there is no picture.
    """
    if context.observation.screenshot is None:
        raise PolicyError("The sentence shows an icon: the expert needs screenshots.")
    dark = context.observation.screenshot[:, :, 0] < DARK
    places = sliding_window_view(dark[:BAR], (ICON, ICON))
    differing: dict[Element, int] = {}
    for icon in page.where(lambda one: one.tag == "span" and "ui-icon" in one.classes):
        box = context.observation.boxes.get(icon.ref or 0)
        usable = "ui-menu-icon" not in icon.classes and not icon.inside(_disabled)
        if box is None or not usable or icon.parent is None:
            continue
        row, column = int(box.y + 0.5), int(box.x + 0.5)  # as they are painted
        drawn = dark[row : row + ICON, column : column + ICON]
        differing[icon.parent] = int((places != drawn).sum((2, 3)).min())
    return min(differing, key=lambda entry: differing[entry], default=None)


def click_pie(context: Context) -> Decision:
    label = find(r'labeled "(.)"', context.instruction)[1]
    texts = read(context.observation.html).where(lambda one: one.tag == "text")
    item = next((one for one in texts if one.text == label), None)
    closed = item and item.ref and context.observation.boxes[item.ref].width < FOLDED
    spreader = next((one for one in texts if SPREADER in one.id), None)
    chosen = spreader if closed else item
    return first(press(chosen.children[0] if chosen and chosen.children else chosen))


def _disabled(one: Element) -> bool:
    return "ui-state-disabled" in one.classes


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
