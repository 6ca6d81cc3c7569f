"""What the elements of a page say or are called, and where in its tree they stand."""

from __future__ import annotations

import html
import re
from calendar import month_name
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

Phrase: TypeAlias = tuple[str, ...]
Way: TypeAlias = Sequence[int]  # from the top of a page: which child, which child of that, ...

LONGEST = 12  # words of a phrase
WIDEST = 120  # characters of a text that is looked up

WORD = re.compile(r"(?<!\w)-\d+|[^\W_]+")
_DATE = re.compile(
    r"(?<![\w/])(\d{1,2})/\d{1,2}/\d{4}(?![\w/])|(?<![\w-])\d{4}-(\d\d)-\d\d(?![\w-])"
)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)(?:⟨(\d+)⟩)?([^>]*)>([^<]*)")
_ALONE = frozenset(("br", "hr", "img", "input", "wbr"))  # have no end
_KINDS = frozenset(("circle", "textarea"))  # tags that people call by name
_CALLED = re.compile(
    r" (?:id|name|value|title|alt|placeholder|aria-label|fill|(class)|(style)|(type))="
    r'"([^"]{1,120})"'
)
_COLOUR = re.compile(r"(?:color|background): ([a-z]+)")
_DIALOG = re.compile(r' role="(?:alert)?dialog"')
TYPED = frozenset(("input", "textarea"))  # what is typed into
_FIELDS = TYPED | {"select"}  # a text beside them is their label
_NAMED = re.compile(
    r' (?:id|name|placeholder|aria-label)="| type="?(?:button|checkbox|radio|submit)\b'
)
_BOX = re.compile(r' type="?(?:checkbox|radio)\b')  # the text behind one is its label
_OWN_TEXT = frozenset(("a", "button", "option", "select", "textarea"))  # labels nothing else


@dataclass(slots=True)
class Elements:
    """The numbered elements of a page.

    `named` tells which elements a phrase may mean, each with whether it says more than their
    type; `said` what each says; `ways` how each is reached from the top; `tags` what it is.
    """

    named: dict[Phrase, dict[str, bool]] = field(default_factory=dict[Phrase, dict[str, bool]])
    said: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    ways: dict[str, Way] = field(default_factory=dict[str, Way])
    tags: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class _Open:
    """An element whose end is still to come; `number` is its own or that of one around it.

    `since` is how many labels the page had before it; `fields` are those inside that have none
    yet, each with how many labels stood before it.
    """

    name: str
    number: str
    way: Way
    since: int = 0
    children: int = 0
    fields: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])


def elements(page: str) -> Elements:
    """Read a page whose elements are numbered as `<tag⟨number⟩`.

    A text belongs to the innermost numbered element around it, or to the checkbox or radio
    button right before it. A field without a name of its own is called by a text that labels
    it: of those in the innermost element around it that has any, the last before it, or else
    the first.
    """
    reader = _Reader()
    for tag in _TAG.finditer(page):
        closing, name, number, attributes, text = tag.groups()
        if closing:
            reader.close(name)
        else:
            reader.open(name, number or "", attributes)
        if text and len(text) <= WIDEST:
            reader.read(text, number if name == "input" and _BOX.search(attributes) else None)
    reader.close("")
    return reader.found


class _Reader:
    """Reads a page, tag by tag and text by text."""

    def __init__(self) -> None:
        self.found = Elements()
        self._around = [_Open("", "", [])]
        self._labels: list[str] = []

    def open(self, name: str, number: str, attributes: str) -> None:
        inside = self._around[-1]
        way = [*inside.way, inside.children]
        inside.children += 1
        if number:
            self.found.ways[number], self.found.tags[number] = way, name
            for called, certain in _called(name, attributes):
                self._note(called, number, certain)
            if name in _FIELDS and not _NAMED.search(attributes):
                inside.fields.append((number, len(self._labels)))
        if name not in _ALONE and not attributes.endswith("/"):
            self._around.append(_Open(name, number or inside.number, way, len(self._labels)))

    def close(self, name: str) -> None:
        """Close the innermost open `name`; an end tag that fits nothing is passed over."""
        while any(one.name == name for one in self._around):
            done = self._around.pop()
            if len(self._labels) > done.since:
                for number, before in done.fields:
                    self._note(self._labels[max(before - 1, done.since)], number)
            elif self._around:
                self._around[-1].fields += done.fields
            if done.name == name:
                break

    def read(self, text: str, before: str | None) -> None:
        """A text, and the number of the box that stands right before it, if any does."""
        inside = self._around[-1]
        if owner := before or inside.number:
            self._note(text, owner)
            self.found.said.setdefault(owner, []).append(html.unescape(text).strip())
        if before is None and inside.name not in _OWN_TEXT and WORD.search(text):
            self._labels.append(text)

    def _note(self, text: str, number: str, certain: bool = True) -> None:
        phrase = _phrase(text)
        if 0 < len(phrase) <= LONGEST:
            numbers = self.found.named.setdefault(phrase, {})
            numbers[number] = numbers.get(number, False) or certain


def compared(text: str) -> list[str]:
    """The words of a text as they are compared. Zeros count behind a point or a colon."""
    months = {
        date.start(date.lastindex or 0): int(date[date.lastindex or 0])
        for date in _DATE.finditer(text)
    }
    return [
        month_name[month].casefold()
        if 0 < (month := months.get(word.start(), 0)) <= 12
        else _plain(word[0], exact=text.endswith((".", ":"), 0, word.start()))
        for word in WORD.finditer(text)
    ]


@lru_cache(maxsize=1 << 14)  # the next step's page says mostly the same
def _phrase(text: str) -> Phrase:
    return tuple(compared(html.unescape(text)))


def _plain(word: str, *, exact: bool) -> str:
    digits = word.removeprefix("-")
    whole = digits.isdecimal() and len(digits) < 20 and not exact
    return str(int(word)) if whole else word.casefold()


def _called(tag: str, attributes: str) -> Iterator[tuple[str, bool]]:
    """What an element is called by its attributes, its colours and its kind; with each, whether
    it says more than of what type the element is.
    """
    for one in _CALLED.finditer(attributes):
        if one[1]:
            yield from ((name, True) for name in one[4].split())
        elif one[2]:
            yield from ((name, True) for name in _COLOUR.findall(one[4]))
        else:
            yield one[4], not one[3]
    if tag in _KINDS:
        yield tag, False
    if tag == "dialog" or _DIALOG.search(attributes):
        yield "dialog", True
