"""Goals that type into the fields of a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

import orjson

from miniwob_tasks.experts.fill import Fill, Look
from miniwob_tasks.experts.goal import clause
from miniwob_tasks.experts.movie import movie_fields
from miniwob_tasks.experts.page import Element, Page
from webagent import actions
from webagent.actions import Action
from webagent.assets import miniwob_html


@dataclass(frozen=True, slots=True)
class Texts:
    """Fields that `find` finds, one tuple for each form of the kind, and their values."""

    find: Callable[[Page], list[tuple[Element, ...]]]
    values: tuple[str, ...]

    def look(self, page: Page, number: int) -> Look | None:
        forms = self.find(page)
        if not forms:
            return None
        fields = forms[min(number, len(forms) - 1)]
        todo = [
            actions.type(field.ref, value)
            for field, value in zip_longest(fields, self.values, fillvalue=self.values[-1])
            if isinstance(field, Element) and field.ref is not None and field.value != value
        ]
        return Look(fields, tuple(todo))


@dataclass(frozen=True, slots=True)
class Item:
    """The field of use-autocomplete: its start is typed, then the item with these ends chosen
    from what the page suggests. Nobody has to know all items.
    """

    start: str
    end: str

    def look(self, page: Page, number: int) -> Look | None:
        fields = tag_field(page)
        if not fields:
            return None
        (field,) = fields[min(number, len(fields) - 1)]
        return Look((field,), () if self._fits(field.value) else (self._next(page, field),))

    def _next(self, page: Page, field: Element) -> Action:
        offered = page.where(
            lambda one: "ui-menu-item-wrapper" in one.classes and self._fits(one.text)
        )
        if chosen := next((one.ref for one in offered if one.ref is not None), None):
            return actions.click(chosen)
        tried = field.value == self.start  # and nothing that fits was suggested
        return actions.type(field.ref or 0, self._known()[0] if tried else self.start)

    def _fits(self, item: str) -> bool:
        return item in self._known()

    def _known(self) -> list[str]:
        ends = [one for one in countries() if one.startswith(self.start)]
        return [one for one in ends if one.endswith(self.end)] or [self.start + self.end]


def text_field(page: Page) -> list[tuple[Element, ...]]:
    return [(one,) for one in _inputs(page, "tt") if one.type == "text"]


def date_field(page: Page) -> list[tuple[Element, ...]]:
    return [(one,) for one in page.where(lambda one: one.type == "date")]


def tag_field(page: Page) -> list[tuple[Element, ...]]:
    return [(one,) for one in _inputs(page, "tags") if one.ref is not None]


def login_fields(page: Page) -> list[tuple[Element, ...]]:
    """Each user name with the password field below it."""
    passwords = _inputs(page, "password")
    forms: list[tuple[Element, ...]] = []
    for name in _inputs(page, "username"):
        below = [one for one in passwords if one.position > name.position]
        if below:
            forms.append((name, below[0]))
    return forms


def password_fields(page: Page) -> list[tuple[Element, ...]]:
    """Each field to verify a password with the password field above it."""
    passwords = _inputs(page, "password")
    forms: list[tuple[Element, ...]] = []
    for again in _inputs(page, "verify"):
        above = [one for one in passwords if one.position < again.position]
        if above:
            forms.append((above[-1], again))
    return forms


@cache
def countries() -> tuple[str, ...]:
    """The items of use-autocomplete, from the MiniWoB++ pages."""
    source = (miniwob_html() / "common" / "ui_utils.js").read_text("utf-8")
    found = re.search(r"ui_utils\.COUNTRIES = (\[.*?\])", source, re.DOTALL)
    return tuple(orjson.loads(found[1])) if found else ()


def _inputs(page: Page, prefix: str) -> list[Element]:
    return page.where(lambda one: one.tag == "input" and one.id.startswith(prefix))


def _fill(
    find: Callable[[Page], list[tuple[Element, ...]]], *values: str, buttons: str, sends: object
) -> Fill:
    return Fill(Texts(find, values), frozenset(buttons.split()), bool(sends))


CLAUSES = (
    clause(
        r'enter(?:ing)? "(?P<text>[^"]*)" into the text field(?P<sends> and press(?:ing)? submit)?',
        lambda found: _fill(text_field, found["text"], buttons="submit", sends=found["sends"]),
    ),
    clause(
        r'enter(?:ing)? the password "(?P<password>[^"]*)" into both text fields'
        r"(?P<sends> and press(?:ing)? (?:submit|login))?",
        lambda found: _fill(
            password_fields, found["password"], found["password"],
            buttons="submit login", sends=found["sends"],
        ),
    ),
    clause(
        r'enter(?:ing)? the username "(?P<name>[^"]*)" and the password "(?P<password>[^"]*)"'
        r" into the text fields(?P<sends> and press(?:ing)? login)?",
        lambda found: _fill(
            login_fields, found["name"], found["password"],
            buttons="login ok", sends=found["sends"],
        ),
    ),
    clause(
        r"enter(?:ing)? (?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4}) as the date"
        r"(?P<sends> and hit(?:ting)? submit)?",
        lambda found: _fill(
            date_field, f"{found['year']}-{found['month']}-{found['day']}",
            buttons="submit", sends=found["sends"],
        ),
    ),
    # The press of Submit is needed though no instruction mentions it.
    clause(
        r'enter(?:ing)? an item that starts with "(?P<start>[^"]*)"'
        r'(?: and ends with "(?P<end>[^"]*)")?',
        lambda found: Fill(
            Item(found["start"], found["end"] or ""), frozenset({"submit"}), sends=True
        ),
    ),
    clause(
        r"search(?:ing)? for (?P<genre>\w+) movies directed by (?P<director>.+?)"
        r" from year (?P<year>\d+)",
        lambda found: Fill(
            Texts(movie_fields, (found["genre"], found["director"], found["year"])),
            frozenset({"submit", "search", "go!"}),
            sends=True,
            button_has_id=False,
        ),
    ),
)  # fmt: skip
