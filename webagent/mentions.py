"""Which elements of a page an instruction mentions, by what they say or are called.

A small model learns slowly to compare words of several tokens far apart. Code does that
exactly, as the match features of reading-comprehension models do (arXiv 1704.00051, section
3.2), and tells the model: behind each mention stand the numbers of the elements it may mean.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Phrase: TypeAlias = tuple[str, ...]

LONGEST = 12  # words of a mention
MOST = 8  # elements that one mention may mean; if there are more, it says little
WIDEST = 120  # characters of a text that is looked up

_WORD = re.compile(r"(?<!\w)-\d+|[^\W_]+")
_WHOLE = re.compile(r"\{\{[^{}]*\}\}|\w+://\S+")  # placeholders of secrets, addresses
# a numbered element, its attributes, and the text right behind it or its first children
_ELEMENT = re.compile(r"<[a-z][\w:-]*⟨(\d+)⟩([^>]*)>(?:<[a-z][^⟨<>]*>)*([^<]*)")
_CALLED = re.compile(
    r' (?:id|name|type|value|title|alt|placeholder|aria-label|(class))="([^"]{1,120})"'
)


def marked(instruction: str, page: str) -> str:
    """The instruction with the numbers of the elements that it mentions, each as `⟨number⟩`.

    Elements of `page` are numbered as `<tag⟨number⟩`. Words are compared regardless of case,
    numbers regardless of zeros before them. The longest mentions count; what overlaps one is
    none. Addresses and `{{secrets}}` stay as they are.
    """
    words = list(_WORD.finditer(instruction))
    places = _places(_compared(instruction))
    taken = [False] * len(words)
    for whole in _WHOLE.finditer(instruction):
        inside = (whole.start() <= word.start() < whole.end() for word in words)
        taken = [one or within for one, within in zip(taken, inside, strict=True)]
    behind: dict[int, Sequence[str]] = {}
    for phrase, numbers in _named(page, places):
        for first in places[phrase]:
            last = first + len(phrase)
            if not any(taken[first:last]):
                taken[first:last] = [True] * len(phrase)
                behind[words[last - 1].end()] = numbers if len(numbers) <= MOST else ()
    pieces: list[str] = []
    done = 0
    for end in sorted(behind):
        pieces += [instruction[done:end], *(f"⟨{number}⟩" for number in behind[end])]
        done = end
    return "".join([*pieces, instruction[done:]])


def _places(words: Sequence[str]) -> Mapping[Phrase, list[int]]:
    """Where each phrase of the instruction begins."""
    found: dict[Phrase, list[int]] = {}
    for first in range(len(words)):
        for last in range(first + 1, min(first + LONGEST, len(words)) + 1):
            found.setdefault(tuple(words[first:last]), []).append(first)
    return found


def _named(
    page: str, known: Mapping[Phrase, Sequence[int]]
) -> Sequence[tuple[Phrase, Sequence[str]]]:
    """The known phrases that elements say or are called, the longest first, and whose they are."""
    found: dict[Phrase, dict[str, None]] = {}
    for element in _ELEMENT.finditer(page):
        for text in _texts(element[2], element[3]):
            phrase = tuple(_compared(html.unescape(text)))
            if phrase in known:
                found.setdefault(phrase, {})[element[1]] = None
    ordered = sorted(found, key=len, reverse=True)
    return [(phrase, list(found[phrase])) for phrase in ordered]


def _texts(attributes: str, said: str) -> Iterator[str]:
    if len(said) <= WIDEST:
        yield said
    for name in _CALLED.finditer(attributes):
        yield from name[2].split() if name[1] else (name[2],)


def _compared(text: str) -> list[str]:
    """The words of a text as they are compared. Zeros count behind a point or a colon."""
    return [
        _plain(word[0], exact=text.endswith((".", ":"), 0, word.start()))
        for word in _WORD.finditer(text)
    ]


def _plain(word: str, *, exact: bool) -> str:
    digits = word.removeprefix("-")
    whole = digits.isdecimal() and len(digits) < 20 and not exact
    return str(int(word)) if whole else word.casefold()
