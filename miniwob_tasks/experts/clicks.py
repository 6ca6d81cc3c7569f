"""Goals of one click among elements of a kind: buttons, links, widgets, dialog buttons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from miniwob_tasks.experts.goal import (
    Moment,
    Status,
    clause,
    in_dialog,
    in_popup,
    in_widget,
    pick,
    press,
)
from miniwob_tasks.experts.movie import movie_buttons
from miniwob_tasks.experts.page import Element, Page
from webagent.actions import Action

WIDGETS = 5
CONTROLS = ("input", "textarea", "button")


Kind: TypeAlias = Callable[[Page], list[list[Element]]]
"""Finds the elements of a kind, one list for each part of the page, if that can be told."""


@dataclass(frozen=True, slots=True)
class LastClick:
    """Click the element called `wanted`. A later click on another of its kind undoes it.

    `final`: the click makes the element go away, so it counts even if earlier goals were
    open, unless it may have been meant for one of them.
    `rivals`: what other goals of the instruction want of this kind. Then each goal keeps to
    a part of its own; where parts can't be told apart, clicks on rivals' names undo nothing.
    """

    kind: Kind
    name: Callable[[Element], str]
    wanted: str
    final: bool = False
    rivals: tuple[str, ...] = ()
    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        own, apart = self._own(moment.page)
        hit = next((one for one in own if moment.hit(one)), None)
        if hit is None or (self.final and status.done):
            return status
        right = self.name(hit) == self.wanted
        if not apart and self.name(hit) in self.rivals and hit is not self._target(moment.page):
            return status
        return Status(right and (earlier or (self.final and not self.rivals)))

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        target = self._target(page)
        return press(_handle(target)) if target else None

    def _target(self, page: Page) -> Element | None:
        own, apart = self._own(page)
        found = [one for one in own if self.name(one) == self.wanted]
        return pick(found, self.number if self.wanted in self.rivals and not apart else 0)

    def _own(self, page: Page) -> tuple[list[Element], bool]:
        """The elements among which this goal chooses; whether rivals choose among others."""
        parts = self.kind(page)
        if self.rivals and len(parts) > 1:
            return parts[min(self.number, len(parts) - 1)], True
        return [one for part in parts for one in part], not self.rivals


def buttons(page: Page) -> list[list[Element]]:
    """The buttons of click-button: unlike those of forms and sequences, they have no id."""
    others = movie_buttons(page)
    found = page.where(lambda one: one.tag == "button" and not one.id and one not in others)
    return [[one for one in found if not (in_dialog(one) or in_popup(one) or in_widget(one))]]


def links(page: Page) -> list[list[Element]]:
    """The links of click-link, by the paragraph they stand in."""
    found = page.where(lambda one: "alink" in one.classes and not in_tab(one))
    return [list(part) for _, part in groupby(found, lambda one: id(one.parent))]


def widgets(page: Page) -> list[list[Element]]:
    """The boxes of click-widget, which come in fives."""
    found = page.where(lambda one: "widget" in one.classes)
    return [found[start : start + WIDGETS] for start in range(0, len(found), WIDGETS)]


def plain_dialogs(page: Page) -> list[list[Element]]:
    """The buttons of each dialog that has only an x."""
    return [part for part in _dialogs(page) if len(part) == 1]


def asking_dialogs(page: Page) -> list[list[Element]]:
    """The buttons of each dialog that has labelled buttons next to its x."""
    return [part for part in _dialogs(page) if len(part) > 1]


def in_tab(element: Element) -> bool:
    return element.inside(is_tab)


def is_tab(element: Element) -> bool:
    """Whether it is the content of a tab."""
    return re.fullmatch(r"tabs\d*-\d+", element.id) is not None


def text_of(element: Element) -> str:
    return element.text


def widget_type(element: Element) -> str:
    control = _handle(element)
    return control.type if control.tag == "input" else control.tag


def dialog_label(element: Element) -> str:
    return "x" if "ui-dialog-titlebar-close" in element.classes else element.text


def _dialogs(page: Page) -> list[list[Element]]:
    dialogs = page.where(lambda one: one.attrs.get("role") == "dialog")
    return [[one for one in frame.descendants() if one.tag == "button"] for frame in dialogs]


def _handle(element: Element) -> Element:
    """What to click of it: the control inside the box of a widget, else the element."""
    return next((one for one in element.descendants() if one.tag in CONTROLS), element)


CLAUSES = (
    clause(
        r'click(?:ing)? on the "(?P<label>[^"]*)" button',
        lambda found: LastClick(buttons, text_of, found["label"]),
    ),
    clause(
        r'click(?:ing)? on the link "(?P<word>[^"]*)"',
        lambda found: LastClick(links, text_of, found["word"]),
    ),
    clause(
        r'click(?:ing)? on an? "(?P<type>[^"]*)" widget',
        lambda found: LastClick(widgets, widget_type, found["type"]),
    ),
    clause(
        r'clos(?:e|ing) the dialog box by clicking the "x"',
        lambda _: LastClick(plain_dialogs, dialog_label, "x", final=True),
    ),
    clause(
        r'click(?:ing)? the button in the dialog box labeled "(?P<label>[^"]*)"',
        lambda found: LastClick(
            asking_dialogs, dialog_label, found["label"], final=found["label"] == "x"
        ),
    ),
)
