"""Words that a model copies are copied whole.

A small model copies a word of several tokens piece by piece, and now and then loses its way:
"Shepherd" becomes "Shep" and something else. A word that is begun as one of the instruction's,
and as no other of the instruction or the page, is therefore finished as that one. Digits are words
by themselves, so dates and times may be written in any way.

What is typed mostly begins as a word that was read, or with a digit or a sign: nothing else is
begun with unless it is `DOUBT` likelier. Where a colour's number is written, as `#f06529` or in a
field, that of another colour may be typed: it may begin with any of its letters, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from webagent.examples import MARKERS
from webagent.nn.tokenizer import HtmlTokenizer

DOUBT = 3.0  # of logarithms of odds
OPENING = (', "', 'answer("')  # tokens behind which an action's text begins
_COLOUR = re.compile(r'(?:#|value=")(?=[a-fA-F]*\d)[\da-fA-F]{6}\b')
_LETTERS = re.compile(r"#|[a-f]+|[A-F]+")  # tokens with which its number may begin


@dataclass(slots=True)
class Words:
    """The words of an instruction, as runs of tokens. `joining` are tokens that go on a word,
    `parts` those that are no whole character: an accent that a model begins may be any. Behind
    one of `opening`, a text begins, mostly with one of `firsts`.
    """

    joining: Collection[int]
    parts: Collection[int] = ()
    opening: Collection[int] = ()
    firsts: Collection[int] = ()
    _whole: set[tuple[int, ...]] = field(default_factory=set[tuple[int, ...]])
    _next: dict[tuple[int, ...], set[int]] = field(default_factory=dict[tuple[int, ...], set[int]])

    def add(self, word: Sequence[int]) -> None:
        self._whole.add(tuple(word))
        for length in range(1, len(word)):
            if word[length - 1] in self.parts:
                continue
            self._next.setdefault(tuple(word[:length]), set()).add(word[length])

    def begins(self, token: int) -> bool:
        """Whether a word of several tokens begins with this one."""
        return (token,) in self._next

    def rest(self, tokens: Sequence[int]) -> Collection[int]:
        """The tokens that may follow these, one of which has to; none if any may."""
        last = len(tokens) - 1
        while last > 0 and tokens[last] in self.joining:
            last -= 1
        begun = tuple(tokens[max(last, 0) :])
        return () if begun in self._whole else self._next.get(begun, ())

    def likely(self, tokens: Sequence[int]) -> Collection[int]:
        """The tokens that likely follow these; none if any may."""
        return self.firsts if tokens and tokens[-1] in self.opening else ()


class Copying:
    """Finds the words of instructions in what a model reads."""

    def __init__(self, tokenizer: HtmlTokenizer) -> None:
        texts = self._texts = tokenizer.texts()
        self._joining = tokenizer.joining()
        self._parts = frozenset(id for id, text in enumerate(texts) if "\ufffd" in text)
        self._ends = frozenset(texts.index(one) for one in MARKERS[1:])
        self._opening = frozenset(id for id, text in enumerate(texts) if text in OPENING)
        self._begins = frozenset(
            id for id, text in enumerate(texts) if text.isdigit() or text[:1] in ('"', "-")
        )
        self._letters = frozenset(id for id, text in enumerate(texts) if _LETTERS.fullmatch(text))

    def words(self, source: Iterable[int]) -> Words:
        """The words of a source's instruction, which stands before its first marker but one, and
        those behind it that begin alike: they may be meant as well.
        """
        source = list(source)
        read = iter(source)
        told = list(self._split(takewhile(lambda token: token not in self._ends, read)))
        shown = list(self._split(read))
        firsts = {word[0] for words in (told, shown) for word in words} | self._begins
        if _COLOUR.search("".join(self._texts[token] for token in source)):
            firsts |= self._letters
        found = Words(self._joining, self._parts, self._opening, firsts)
        for word in told:
            found.add(word)
        alike = [word for word in shown if found.begins(word[0])]
        for word in alike:
            found.add(word)
        return found

    def _split(self, tokens: Iterable[int]) -> Iterator[list[int]]:
        word: list[int] = []
        for token in tokens:
            if token not in self._joining and word:
                yield word
                word = []
            word.append(token)
        if word:
            yield word
