"""What a goal is: one clause of an instruction, and how far it has been carried out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

from miniwob_tasks.experts.page import Element, Page
from webagent.actions import Action, click

KEYS_THAT_CLICK = ("Enter", "Space", " ")


@dataclass(frozen=True, slots=True)
class Status:
    """How far a goal is. `mark` is what else the goal has to remember of the past."""

    done: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """One past step: the page it was taken on, and the action if it had an effect."""

    page: Page
    action: Action | None

    @property
    def clicked(self) -> Element | None:
        """The element clicked, with the mouse or with a key on the focused element."""
        if self.action is None:
            return None
        if self.action.name == "click":
            return self.page.at(self.action.ref)
        if self.action.name == "press" and self.action.args[0] in KEYS_THAT_CLICK:
            controls = ("a", "button")
            return self.page.first(lambda one: "focused" in one.attrs and one.tag in controls)
        return None

    def hit(self, target: Element | None) -> bool:
        """Whether the click was on `target` or on something inside it."""
        clicked = self.clicked
        return bool(target and clicked and clicked.inside(lambda node: node is target))


class Goal(Protocol):
    """One frozen dataclass a kind of goal.

    Goals keep no state: `Status` is folded over the steps of an episode, whoever took them,
    so that the expert can go on from any page that another policy left behind. `number`
    counts the goals of the same kind before this one, for pages that have a part twice.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def number(self) -> int: ...

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        """The status after a step. `earlier`: all goals before this one were done then."""
        ...

    def done(self, status: Status, page: Page) -> bool:
        """Whether nothing is left to do for this goal now."""
        ...

    def next(self, page: Page, status: Status) -> Action | None:
        """The next action towards the goal, or None if this page offers none."""
        ...


Reader: TypeAlias = Callable[[str, int], "tuple[Goal, int] | None"]
"""Reads a clause at a position of an instruction: the goal and where the clause ends."""


def clause(pattern: str, build: Callable[[re.Match[str]], Goal]) -> Reader:
    """A reader for clauses of one fixed form; letter case is ignored."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def reader(text: str, start: int) -> tuple[Goal, int] | None:
        found = compiled.match(text, start)
        return (build(found), found.end()) if found else None

    return reader


def press(element: Element | None) -> Action | None:
    """Click an element, if there is one and it can be clicked."""
    return None if element is None or element.ref is None else click(element.ref)


def pick(found: Sequence[Element], number: int) -> Element | None:
    """Number `number` of `found`, or the last one if there are fewer."""
    return found[min(number, len(found) - 1)] if found else None


def suffix(number: int) -> str:
    """What ends the ids of a part that is on a page again: "", "2", "3"."""
    return str(number + 1) if number else ""


def in_dialog(element: Element) -> bool:
    return element.inside(lambda node: node.attrs.get("role") == "dialog")


def in_popup(element: Element) -> bool:
    return element.inside(lambda node: node.id.startswith("popup"))


def in_widget(element: Element) -> bool:
    """Whether it belongs to click-widget, whose boxes hold controls of every type."""
    return element.inside(lambda node: "widget" in node.classes)
