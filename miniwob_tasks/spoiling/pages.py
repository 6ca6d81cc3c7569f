"""Controls for single pages whose expert searches: leaving out a step of a search, or taking
another one, is not wrong by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from miniwob_tasks.experts.form import button, find, first, inputs, moments, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from miniwob_tasks.experts.pages.figures import figures, fitting
from miniwob_tasks.experts.pages.folds import OPEN, click_collapsible_2
from miniwob_tasks.experts.pages.games import COLUMNS, DIAGONALS, ROWS
from miniwob_tasks.experts.single import Expert, PageExpert
from webagent import actions
from webagent.actions import Action
from webagent.tasks.controls import Control, Kind
from webagent.types import Context, Decision

TOO_HIGH = "12"  # guess-number asks for 0 to 9

Way: TypeAlias = tuple[Kind, str, str, Expert]


def page_controls(name: str) -> list[Control] | None:
    """The controls of a page; None if it needs none of its own."""
    ways = PAGES.get(name)
    if ways is None:
        return None
    return [Control(kind, part, how, PageExpert(way)) for kind, part, how, way in ways]


@dataclass(frozen=True, slots=True)
class Once:
    """One step, chosen on the first page, and then no more."""

    choose: Callable[[Context, Page], Action | None]

    def __call__(self, context: Context) -> Decision:
        if context.history:
            return first()
        return first(self.choose(context, read(context.observation.html)))


def nothing(context: Context) -> Decision:
    return first()


def open_only(context: Context) -> Decision:
    """Open the sections up to the link, but leave the link."""
    action = click_collapsible_2(context).action
    at = read(context.observation.html).at(action.ref)
    return first(None if at and "alink" in at.classes else action)


def other_link(context: Context) -> Decision:
    """Open the sections in turn and click the first link that is another one."""
    word = find(r'link "(.*)"\.', context.instruction)[1]
    past = moments(context)
    if any(_is_link(one.clicked) for one in past):
        return first()
    page = read(context.observation.html)
    links = [one for one in page.elements if _is_link(one) and one.text != word]
    opened = [one.action.ref for one in past if one.action]
    closed = page.where(lambda one: one.tag == "h3" and OPEN not in one.classes)
    left = [one for one in closed if one.ref not in opened]
    return first(*(press(one) for one in [*links[:1], *left[:1]]))


def other_shape(context: Context, page: Page) -> Action | None:
    """A figure that is not what is asked for."""
    words = find(r"Click on a (.+)", context.instruction)[1].split()
    right = fitting(page, words)
    return press(next((one for one in figures(page) if one not in right), None))


def too_high(context: Context) -> Decision:
    """Guess a number outside of the range."""
    page = read(context.observation.html)
    if any(one.hit(button(one.page, "Submit")) for one in moments(context)):
        return first()
    field = next(iter(inputs(page, "number")), None)
    if field is None or field.ref is None or field.value == TOO_HIGH:
        return first(press(button(page, "Submit")))
    return first(actions.type(field.ref, TOO_HIGH))


def submit_only(context: Context, page: Page) -> Action | None:
    return press(button(page, "Submit"))


def avoid(context: Context) -> Decision:
    """Take the first free field that does not complete a line of one's own."""
    return first(press(next(iter(_losing(read(context.observation.html))), None)))


def one_move(context: Context, page: Page) -> Action | None:
    return press(named(page, "ttt-4"))


def _is_link(element: Element | None) -> bool:
    return element is not None and "alink" in element.classes


def _losing(page: Page) -> list[Element]:
    cells = [named(page, f"ttt-{field}") for field in range(9)]
    mine = {field for field, cell in enumerate(cells) if cell and "mark-x" in cell.classes}
    free = [f for f, cell in enumerate(cells) if cell and not _marked(cell)]
    safe = [field for field in free if not _completes(field, mine)]
    return [cell for field in safe if (cell := cells[field])]


def _marked(cell: Element) -> bool:
    return not cell.classes.isdisjoint(("mark-x", "mark-o"))


def _completes(field: int, mine: set[int]) -> bool:
    lines = [set(line) for line in (*ROWS, *COLUMNS, *DIAGONALS)]
    return any(field in line and line <= mine | {field} for line in lines)


PAGES: Mapping[str, tuple[Way, ...]] = MappingProxyType(
    {
        "click-collapsible-2": (
            ("skip", "1 find the link", "left out", nothing),
            ("skip", "1 find the link", "sections opened, no link clicked", open_only),
            ("wrong", "1 find the link", "another link", other_link),
        ),
        "click-shape": (
            ("skip", "1 click", "left out", nothing),
            ("wrong", "1 click", "another figure", Once(other_shape)),
        ),
        "guess-number": (
            ("skip", "1 guess", "left out", nothing),
            ("skip", "1 guess", "its button alone", Once(submit_only)),
            ("wrong", "1 guess", "a number that is too high", too_high),
        ),
        "tic-tac-toe": (
            ("skip", "1 win", "left out", nothing),
            ("skip", "1 win", "one move alone", Once(one_move)),
            ("wrong", "1 win", "no line completed", avoid),
        ),
    }
)
