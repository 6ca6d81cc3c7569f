"""The ways to do a part of a task wrongly. Each is wrong by the page's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol, TypeAlias

from miniwob_tasks.experts.boxes import Ticks
from miniwob_tasks.experts.clicks import LastClick, in_tab
from miniwob_tasks.experts.email import Forward
from miniwob_tasks.experts.fields import Item, Texts, tag_field
from miniwob_tasks.experts.fill import Fill, Look
from miniwob_tasks.experts.goal import Goal
from miniwob_tasks.experts.page import Element, Page
from miniwob_tasks.experts.search import Result
from miniwob_tasks.experts.sequence import Sequence as OneTwo
from miniwob_tasks.experts.tabs import TabLink
from miniwob_tasks.experts.tree import NODE, Find
from miniwob_tasks.spoiling.goals import (
    OTHER_TEXT,
    ChangedMail,
    Escape,
    OneBoxOff,
    OtherOption,
    Presses,
    Untouched,
)

RESULTS = 9  # of search-engine
DAYS = 28  # that every month has

Pages: TypeAlias = Sequence[Page]
"""The pages of an episode that the expert solved."""


class Spoil(Protocol):
    """Makes a goal that is done wrongly, or says why these pages offer none."""

    def __call__(self, goal: Goal, pages: Pages) -> Goal | str: ...


def other_click(goal: Goal, pages: Pages) -> Goal | str:
    """Another element of the kind, with another name."""
    assert isinstance(goal, LastClick)
    seen = ([one for part in goal.kind(page) for one in part] for page in pages)
    names = next((found for found in seen if found), list[Element]())
    others = [goal.name(one) for one in names if goal.name(one) not in ("", goal.wanted)]
    return replace(goal, wanted=others[0], final=False) if others else "no other one on the page"


def escape(goal: Goal, pages: Pages) -> Goal | str:
    return Escape()


def other_text(field: int) -> Spoil:
    """Another text in one of the fields: not the asked one, nor one with its beginning."""

    def spoil(goal: Goal, pages: Pages) -> Goal | str:
        assert isinstance(goal, Fill) and isinstance(goal.fields, Texts)
        values = goal.fields.values
        texts = (*values[:field], _unlike(values[field]), *values[field + 1 :])
        return replace(goal, fields=replace(goal.fields, values=texts))

    return spoil


def other_item(goal: Goal, pages: Pages) -> Goal | str:
    assert isinstance(goal, Fill) and isinstance(goal.fields, Item)
    return replace(goal, fields=Texts(tag_field, (_unlike(goal.fields.start),)))


def other_option(goal: Goal, pages: Pages) -> Goal | str:
    assert isinstance(goal, Fill) and isinstance(goal.fields, Ticks)
    fields = OtherOption(goal.fields.items[0])
    shown = any(fields.look(page, 0) for page in pages)
    return replace(goal, fields=fields) if shown else "one option on the page"


def one_box(wanted: bool) -> Spoil:
    def spoil(goal: Goal, pages: Pages) -> Goal | str:
        assert isinstance(goal, Fill)
        fields = OneBoxOff(goal.fields, wanted)
        look = _first_look(goal, pages)
        if look is None or fields.box(look) is None:
            return "no box is asked for" if wanted else "all boxes are asked for"
        return replace(goal, fields=fields)

    return spoil


def untouched(goal: Goal, pages: Pages) -> Goal | str:
    """The part's own button alone."""
    assert isinstance(goal, Fill)
    if vacuous(goal, pages):
        return "nothing has to be filled in"
    return replace(goal, fields=Untouched(goal.fields))


def unsent(goal: Goal, pages: Pages) -> Goal | str:
    """The fields without the part's own button."""
    assert isinstance(goal, Fill)
    return replace(goal, sends=False)


def other_node(goal: Goal, pages: Pages) -> Goal | str:
    """Another name at the top of the tree: inside of the asked folder, a click would count
    for that folder.
    """
    assert isinstance(goal, Find)
    shown = (page.where(lambda one: bool(one.classes & NODE)) for page in pages)
    nodes = next((found for found in shown if found), list[Element]())
    others = [one.text for one in nodes if one.text != goal.name]
    return replace(goal, name=others[0]) if others else "no other node can be seen"


def other_tab_link(goal: Goal, pages: Pages) -> Goal | str:
    assert isinstance(goal, TabLink)
    links = (one for page in pages for one in page.where(lambda one: "alink" in one.classes))
    words = [one.text for one in links if in_tab(one) and one.text != goal.word]
    return replace(goal, word=words[0]) if words else "no other link can be seen"


def other_result(goal: Goal, pages: Pages) -> Goal | str:
    assert isinstance(goal, Result)
    return replace(goal, place=goal.place % RESULTS + 1)


def other_query(goal: Goal, pages: Pages) -> Goal | str:
    assert isinstance(goal, Result)
    return replace(goal, query=_unlike(goal.query))


def other_receiver(goal: Goal, pages: Pages) -> Goal | str:
    assert isinstance(goal, Forward)
    return replace(goal, receiver=_unlike(goal.receiver))


def other_mail(goal: Goal, pages: Pages) -> Goal | str:
    assert isinstance(goal, Forward)
    lines = (one for page in pages for one in page.where(lambda one: "email-sender" in one.classes))
    senders = [one.text for one in lines if one.text != goal.sender]
    return replace(goal, sender=senders[0]) if senders else "all mail is from one person"


def changed_mail(goal: Goal, pages: Pages) -> Goal | str:
    assert isinstance(goal, Forward)
    return ChangedMail(goal)


def presses(*labels: str) -> Spoil:
    def spoil(goal: Goal, pages: Pages) -> Goal | str:
        assert isinstance(goal, OneTwo)
        return Presses(labels)

    return spoil


LOGIN = (("another user name", other_text(0)), ("another password", other_text(1)))
CLICK = (("another one", other_click),)
BOXES = (("a box too few", one_box(True)), ("a box too many", one_box(False)))
MAIL = (
    ("another receiver", other_receiver),
    ("another mail", other_mail),
    ("another text", changed_mail),
)
MOVIE = tuple(
    (f"another {name}", other_text(field))
    for field, name in enumerate(("genre", "director", "year"))
)

WRONG: Mapping[str, tuple[tuple[str, Spoil], ...]] = MappingProxyType(
    {
        "click-button": CLICK,
        "click-button-sequence": (("ONE twice", presses("ONE", "ONE", "TWO")),),
        "click-checkboxes": BOXES,
        "click-checkboxes-large": BOXES,
        "click-checkboxes-soft": BOXES,
        "click-checkboxes-transfer": BOXES,
        "click-dialog": (("Escape in place of the x", escape),),
        "click-dialog-2": (("another button", other_click),),
        "click-link": CLICK,
        "click-option": (("another option", other_option),),
        "click-tab-2": (("another link", other_tab_link),),
        "click-tab-2-hard": (("another link", other_tab_link),),
        "click-widget": (("another type", other_click),),
        "email-inbox-forward-nl": MAIL,
        "email-inbox-forward-nl-turk": MAIL,
        "enter-date": (("another day", other_text(0)),),
        "enter-password": (("another password", other_text(0)), ("unequal", other_text(1))),
        "enter-text": (("another text", other_text(0)),),
        "enter-text-dynamic": (("another text", other_text(0)),),
        "login-user": LOGIN,
        "login-user-popup": LOGIN,
        "multi-layouts": MOVIE,
        "multi-orderings": MOVIE,
        "navigate-tree": (("another node", other_node),),
        "search-engine": (("another result", other_result), ("another name", other_query)),
        "use-autocomplete": (("another item", other_item),),
    }
)  # fmt: skip
"""Kind of part -> ways to do it wrong."""


def left_out(goal: Goal) -> Iterable[tuple[str, Spoil]]:
    """Ways to do only a piece of a part."""
    if isinstance(goal, Fill) and goal.sends:
        yield "its button alone", untouched
        yield "all but its button", unsent
    if isinstance(goal, OneTwo):
        yield "without ONE", presses("TWO")
        yield "without TWO", presses("ONE")


def vacuous(goal: Goal, pages: Pages) -> bool:
    """Whether the fields are right from the start, such as boxes when none is asked for."""
    look = _first_look(goal, pages) if isinstance(goal, Fill) else None
    return look is not None and not look.todo


def _first_look(goal: Fill, pages: Pages) -> Look | None:
    looks = (goal.fields.look(page, goal.number) for page in pages)
    return next((look for look in looks if look), None)


def _unlike(text: str) -> str:
    """Another text, that begins with another letter; of a date, another day of its month."""
    year, _, rest = text.partition("-")
    month, _, day = rest.partition("-")
    if year.isdecimal() and month.isdecimal() and day.isdecimal():
        return f"{year}-{month}-{int(day) % DAYS + 1:02}"
    return f"{OTHER_TEXT}{text}"
