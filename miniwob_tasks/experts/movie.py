"""The movie form of multi-layouts: five layouts, shuffled rows, no ids."""

from __future__ import annotations

import re
from itertools import pairwise

from miniwob_tasks.experts.goal import in_dialog, in_widget
from miniwob_tasks.experts.page import Element, Page

ROWS = {"genre": "genre", "director": "director", "year": "year", "released": "year"}
LABEL = re.compile(r"(?:Movie )?(Genre|Director|Year|Released)(?: Name| Date)?:?")
BUTTONS = ("Submit", "Search", "Go!")


def movie_fields(page: Page) -> list[tuple[Element, ...]]:
    """The fields for genre, director and year, in this order, of each movie form."""
    rows = [one for one in page.elements if _is_field(one) or _row(one)]
    named: list[tuple[str, Element]] = []
    for first, second in pairwise(rows):
        # One layout has its labels below the fields, all others above.
        below = "ui-label" in second.classes
        if "ui-label" not in first.classes or below:
            field, label = (first, second) if below else (second, first)
            if _is_field(field) and (row := _row(label)):
                named.append((row, field))
    forms = [dict(named[start : start + 3]) for start in range(0, len(named), 3)]
    return [(one["genre"], one["director"], one["year"]) for one in forms if len(one) == 3]


def movie_buttons(page: Page) -> list[Element]:
    """The buttons or boxes that send the forms."""
    found = [_button(page, form[-1].position) for form in movie_fields(page)]
    return [one for one in found if one]


def _button(page: Page, position: int) -> Element | None:
    below = page.where(lambda one: one.position > position and one.text in BUTTONS)
    return next((one for one in below if one.ref and not (one.id or in_dialog(one))), None)


def _is_field(element: Element) -> bool:
    return (
        element.tag == "input" and element.type == "text" and not (element.id or in_widget(element))
    )


def _row(element: Element) -> str:
    found = LABEL.fullmatch(element.text) if element.ref is not None else None
    return ROWS[found[1].lower()] if found else ""
