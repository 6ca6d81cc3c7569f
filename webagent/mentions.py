"""Which elements of a page an instruction mentions, by what they say or are called.

A small model learns slowly to compare words of several tokens far apart. Code does that
exactly, as the match features of reading-comprehension models do (arXiv 1704.00051, section
3.2), and tells the model: behind each mention stand the numbers of the elements it may mean.
"""

from __future__ import annotations

import html
import re
from calendar import month_name
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

Phrase: TypeAlias = tuple[str, ...]
Way: TypeAlias = Sequence[int]  # from the top of a page: which child, which child of that, ...

LONGEST = 12  # words of a mention
MOST = 8  # elements that one mention may mean; if there are more, it says little
WIDEST = 120  # characters of a text that is looked up
NEAR = 12  # words between mentions that may belong together
_MANY = 24  # elements of a mention that are not told apart any more
_CLAUSE = 4  # words that the break between two clauses counts for
_UNSURE = 6  # words that it counts for if a mention only says of what type elements are

_WORD = re.compile(r"(?<!\w)-\d+|[^\W_]+")
_WHOLE = re.compile(r"\{\{[^{}]*\}\}|\w+://\S+")  # placeholders of secrets, addresses
_DATE = re.compile(
    r"(?<![\w/])(\d{1,2})/\d{1,2}/\d{4}(?![\w/])|(?<![\w-])\d{4}-(\d\d)-\d\d(?![\w-])"
)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)(?:⟨(\d+)⟩)?([^>]*)>([^<]*)")
_ALONE = frozenset(("br", "hr", "img", "input", "wbr"))  # have no end; the text behind is theirs
_KINDS = frozenset(("circle", "textarea"))  # tags that people call by name
_CALLED = re.compile(
    r" (?:id|name|value|title|alt|placeholder|aria-label|fill|(class)|(style)|(type))="
    r'"([^"]{1,120})"'
)
_COLOUR = re.compile(r"(?:color|background): ([a-z]+)")
_BREAK = re.compile(r"[,;.:!?]\B|\b(?:then|after|before)\b")


@dataclass(slots=True)
class _Mention:
    """Characters `first` to `last` of an instruction, and the elements they may mean. It is
    `certain` unless it only says of what type they are.
    """

    first: int
    last: int
    numbers: Sequence[str]
    certain: bool


@dataclass(slots=True)
class _Open:
    """An element whose end is still to come; `number` is its own or that of one around it."""

    name: str
    number: str
    way: Way
    children: int = 0


@dataclass(slots=True)
class _Elements:
    """The elements of a page that a phrase may mean, each with whether it says more than their
    type, and the way to each numbered one from the top.
    """

    named: dict[Phrase, dict[str, bool]] = field(default_factory=dict[Phrase, dict[str, bool]])
    ways: dict[str, Way] = field(default_factory=dict[str, Way])


def marked(instruction: str, page: str) -> str:
    """The instruction with the numbers of the elements that it mentions, each as `⟨number⟩`.

    Elements of `page` are numbered as `<tag⟨number⟩`. Words are compared regardless of case,
    numbers regardless of zeros before them, a date's month by its name. The longest mentions
    count; what overlaps one is none. If a mention may mean several elements, those count that
    are nearest in the page's tree to what a mention close by means: the button in the row of
    what is named beside it, or right behind it. Addresses and `{{secrets}}` stay as they are.
    """
    words = list(_WORD.finditer(instruction))
    places = _places(_compared(instruction))
    taken = [False] * len(words)
    for whole in _WHOLE.finditer(instruction):
        inside = (whole.start() <= word.start() < whole.end() for word in words)
        taken = [one or within for one, within in zip(taken, inside, strict=True)]
    elements = _elements(page)
    found: list[_Mention] = []
    for phrase in sorted(elements.named.keys() & places.keys(), key=_longest_first):
        for first in places[phrase]:
            last = first + len(phrase)
            if not any(taken[first:last]):
                taken[first:last] = [True] * len(phrase)
                known = elements.named[phrase]
                begin, end = words[first].start(), words[last - 1].end()
                found.append(_Mention(begin, end, list(known), any(known.values())))
    pieces: list[str] = []
    done = 0
    for one in sorted(found, key=lambda one: one.first):
        numbers = _nearest(one, found, elements.ways, instruction)
        shown = numbers if len(numbers) <= MOST else ()
        pieces += [instruction[done : one.last], *(f"⟨{number}⟩" for number in shown)]
        done = one.last
    return "".join([*pieces, instruction[done:]])


def _nearest(
    one: _Mention, others: Sequence[_Mention], ways: Mapping[str, Way], instruction: str
) -> Sequence[str]:
    """Of what a mention may mean, what is nearest to what the closest other one may mean that
    tells them apart.
    """
    if not 1 < len(one.numbers) <= _MANY:
        return one.numbers
    able = [
        (*_gap(one, other, instruction), other.first, other)
        for other in others
        if other.numbers != one.numbers and len(other.numbers) <= _MANY
    ]
    for gap, clauses, _, other in sorted(able, key=lambda known: known[:3]):
        if gap > NEAR:
            break
        near = [min(_apart(ways[mine], ways[its]) for its in other.numbers) for mine in one.numbers]
        if clauses or other.first > one.first:  # then the page need not have them in a row
            near = [(depth, 0) for depth, _ in near]
        if max(near) > (least := min(near)):
            both = zip(one.numbers, near, strict=True)
            return [number for number, apart in both if apart == least]
    return one.numbers


def _gap(one: _Mention, other: _Mention, instruction: str) -> tuple[int, int]:
    """How far apart two mentions are, in words, and how many clauses end between them."""
    before, behind = (one, other) if one.first < other.first else (other, one)
    between = instruction[before.last : behind.first]
    clauses = len(_BREAK.findall(between))
    words = len(_WORD.findall(between)) + _CLAUSE * clauses
    return words + (0 if other.certain else _UNSURE), clauses


def _apart(mine: Way, theirs: Way) -> tuple[int, int]:
    """How far apart two elements are: the less, the deeper the innermost element around both
    lies, then the fewer siblings lie between them in it; before rather than behind `mine`.
    """
    for depth, (one, other) in enumerate(zip(mine, theirs, strict=False)):
        if one != other:
            return -depth, 2 * (one - other) if one > other else 2 * (other - one) + 1
    return -min(len(mine), len(theirs)), 0


def _places(words: Sequence[str]) -> Mapping[Phrase, list[int]]:
    """Where each phrase of the instruction begins."""
    found: dict[Phrase, list[int]] = {}
    for first in range(len(words)):
        for last in range(first + 1, min(first + LONGEST, len(words)) + 1):
            found.setdefault(tuple(words[first:last]), []).append(first)
    return found


def _longest_first(phrase: Phrase) -> tuple[int, Phrase]:
    return -len(phrase), phrase


@lru_cache(maxsize=4)  # one page is asked about for an action, a plan and a program
def _elements(page: str) -> _Elements:
    """What each element says or is called. A text belongs to the innermost numbered element
    around it, or to the input right before it.
    """
    found = _Elements()
    around = [_Open("", "", [])]
    for tag in _TAG.finditer(page):
        closing, name, number, attributes, text = tag.groups()
        owner = ""
        if closing:
            _close(around, name)
        else:
            inside = around[-1]
            way = [*inside.way, inside.children]
            inside.children += 1
            if number:
                found.ways[number] = way
                for called, certain in _called(name, attributes):
                    _note(found, called, number, certain)
            if name in _ALONE:
                owner = number or ""
            elif not attributes.endswith("/"):
                around.append(_Open(name, number or inside.number, way))
        owner = owner or around[-1].number
        if owner and text and len(text) <= WIDEST:
            _note(found, text, owner)
    return found


def _close(around: list[_Open], name: str) -> None:
    """Close the innermost open `name`; an end tag that fits nothing is passed over."""
    if any(one.name == name for one in around):
        while around.pop().name != name:
            pass


def _note(found: _Elements, text: str, number: str, certain: bool = True) -> None:
    phrase = tuple(_compared(html.unescape(text)))
    if 0 < len(phrase) <= LONGEST:
        numbers = found.named.setdefault(phrase, {})
        numbers[number] = numbers.get(number, False) or certain


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


def _compared(text: str) -> list[str]:
    """The words of a text as they are compared. Zeros count behind a point or a colon."""
    months = {
        date.start(date.lastindex or 0): int(date[date.lastindex or 0])
        for date in _DATE.finditer(text)
    }
    return [
        month_name[month].casefold()
        if 0 < (month := months.get(word.start(), 0)) <= 12
        else _plain(word[0], exact=text.endswith((".", ":"), 0, word.start()))
        for word in _WORD.finditer(text)
    ]


def _plain(word: str, *, exact: bool) -> str:
    digits = word.removeprefix("-")
    whole = digits.isdecimal() and len(digits) < 20 and not exact
    return str(int(word)) if whole else word.casefold()
