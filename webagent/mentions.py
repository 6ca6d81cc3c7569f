"""Which elements of a page an instruction mentions, by what they say or are called.

A small model learns slowly to compare words of several tokens far apart. Code does that
exactly, as the match features of reading-comprehension models do (arXiv 1704.00051, section
3.2), and tells the model: behind each mention stand the numbers of the elements it may mean,
and whether they have been acted on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from webagent.elements import LONGEST, TYPED, WORD, Elements, Phrase, Way, compared, elements
from webagent.superlatives import superlatives

MOST = 8  # elements that one mention may mean; if there are more, it says little
NEAR = 12  # words between mentions that may belong together
DONE = "~"  # stands behind what has been acted on
_MANY = 24  # elements of a mention that are not told apart any more
_CLAUSE = 4  # words that the break between two clauses counts for
_UNSURE = 6  # words that it counts for if a mention only says of what type elements are

_WHOLE = re.compile(r"\{\{[^{}]*\}\}|\w+://\S+")  # placeholders of secrets, addresses
_BREAK = re.compile(r"[,;.:!?]\B|\b(?:then|after|before)\b")
_QUOTED = re.compile(r'"([^"]*)"')
_KIND = re.compile(r'" (?:widget|element|control)\b')
_SHORTEST = 2  # characters of what is looked for inside texts
_CODE = re.compile(r"\b(?=\d*[A-Z]\d*[A-Z])[A-Z\d]+\b")


@dataclass(frozen=True, slots=True)
class _Mention:
    """Characters `first` to before `last` of an instruction, and the elements they may mean. It is
    `certain` unless it only says of what type they are.
    """

    first: int
    last: int
    numbers: Sequence[str]
    certain: bool = True


class _Said:
    """An instruction in words, some of which are taken by mentions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = [(word.start(), word.end()) for word in WORD.finditer(text)]
        self._places = _places(compared(text))
        self.quoted = [one.span(1) for one in _QUOTED.finditer(text)]
        whole = [one.span() for one in _WHOLE.finditer(text)]
        self._free = [
            not any(first <= word < last for first, last in whole) for word, _ in self._words
        ]

    def phrases(self, known: Collection[Phrase]) -> Iterator[tuple[Phrase, int, int]]:
        """Where the phrases stand, from which character to which, the longest first; each takes
        its words.
        """
        for phrase in sorted(known & self._places.keys(), key=_longest_first):
            for first in self._places[phrase]:
                last = first + len(phrase)
                if all(self._free[first:last]):
                    self._free[first:last] = [False] * len(phrase)
                    yield phrase, self._words[first][0], self._words[last - 1][1]

    def is_free(self, begin: int, end: int) -> bool:
        """Whether there are words between two characters, and all of them are free."""
        words = self._between(begin, end)
        return bool(words) and all(self._free[word] for word in words)

    def quote(self, begin: int, end: int) -> str:
        """What stands in quotes around these characters, if that is but marks more than they."""
        around = (
            self.text[first:last]
            for first, last in self.quoted
            if first <= begin
            and end <= last
            and not WORD.search(self.text[first:begin] + " " + self.text[end:last])
        )
        return next(around, "")

    def take(self, begin: int, end: int) -> None:
        for word in self._between(begin, end):
            self._free[word] = False

    def _between(self, begin: int, end: int) -> list[int]:
        return [word for word, (first, _) in enumerate(self._words) if begin <= first < end]


def marked(
    instruction: str, page: str, done: Collection[int] = (), gone: Collection[str] = ()
) -> str:
    """The instruction with the numbers of the elements that it mentions, each as `⟨number⟩`.

    Elements of `page` are numbered as `<tag⟨number⟩`. Words are compared regardless of case,
    numbers regardless of zeros before them, a date's month by its name. The longest mentions
    count; what overlaps one is none. A code, or what is quoted, that no element says alone is a
    mention of those that say it among other words; what is quoted, also of those whose text it
    begins or ends; the tag in `a "button" widget`, of those that have it. So is what only the
    field says that it was typed into: menus offer more. If a mention may mean several elements,
    those count that are nearest in the page's tree to what a mention close by means, but for one
    in a later clause: the button in the row of what is named beside it, or right behind it. Of
    what says the same, what is written alike counts where that is told by quotes or a capital. A
    superlative means what measures least or most: the cheapest, the shortest. Addresses and
    `{{secrets}}` stay as they are.

    A tilde follows the numbers in `done`, which have been acted on, and mentions of what is
    `gone`: what acted-on elements said that the page has no more.
    """
    said, known = _Said(instruction), elements(page)
    found = [
        _mention(known, phrase, said, begin, end)
        for phrase, begin, end in said.phrases(known.named.keys())
    ]
    found = list(_pieces(said, known, found, done))
    found += _tags(said, known)
    left = {tuple(compared(one)) for one in gone}
    found += [_Mention(begin, end, ()) for _, begin, end in said.phrases(left)]
    found += [
        _Mention(begin, end, numbers)
        for begin, end, numbers in superlatives(instruction, known)
        if said.is_free(begin, end)
    ]
    pieces: list[str] = []
    told = 0
    for one in sorted(found, key=lambda one: one.first):
        numbers = _nearest(one, found, known, instruction)
        shown = numbers if len(numbers) <= MOST else ()
        marks = (f"⟨{number}⟩{DONE if int(number) in done else ''}" for number in shown)
        pieces += [instruction[told : one.last], *(marks if one.numbers else DONE)]
        told = one.last
    return "".join([*pieces, instruction[told:]])


def _mention(
    known: Elements, phrase: Phrase, instruction: _Said, first: int, last: int
) -> _Mention:
    """What a phrase may mean, without what says it in capitals or small letters of its own, if
    something says it as it is written, and that is told: it is quoted, or has a capital.
    """
    numbers = list(known.named[phrase])
    certain = any(known.named[phrase].values())
    text = instruction.text[first:last]
    quoted = instruction.quote(first, last)
    for written in dict.fromkeys((quoted or text, text)):
        if quoted or text != text.lower():
            numbers = _as_written(known, numbers, written)
    return _Mention(first, last, numbers, certain)


def _as_written(known: Elements, numbers: Sequence[str], text: str) -> Sequence[str]:
    said = {number: known.said.get(number, ()) for number in numbers}
    exactly = [number for number in numbers if text in said[number]]
    if not exactly:
        return numbers
    words = list(compared(text))
    return [
        number
        for number in numbers
        if number in exactly or all(list(compared(one)) != words for one in said[number])
    ]


def _pieces(
    said: _Said, known: Elements, found: Sequence[_Mention], done: Collection[int]
) -> Iterator[_Mention]:
    """The mentions `found`, and those of elements by a piece of what they say. What is only said
    by a field that it was typed into may mean others too.
    """
    wholes = {(one.first, one.last): one for one in found}
    told = [span for span, one in wholes.items() if all(int(it) in done for it in one.numbers)]
    typed = [s for s in told if all(known.tags[it] in TYPED for it in wholes[s].numbers)]
    codes = [one.span() for one in _CODE.finditer(said.text)]
    said_by = [(it, [text.casefold() for text in texts]) for it, texts in known.said.items()]
    for span in dict.fromkeys((*said.quoted, *codes, *typed)):
        if span[1] - span[0] < _SHORTEST or not (span in told or said.is_free(*span)):
            continue
        piece = said.text[slice(*span)].casefold()
        word = re.compile(rf"(?<!\w){re.escape(piece)}(?!\w)")
        before = wholes[span].numbers if span in wholes else ()
        numbers = [
            number
            for number, texts in said_by
            if number not in before
            and any(
                word.search(text) or (span in said.quoted and _ends(text, piece)) for text in texts
            )
        ]
        if numbers:
            said.take(*span)
            wholes[span] = _Mention(*span, (*before, *numbers))
    yield from wholes.values()


def _tags(said: _Said, known: Elements) -> Iterator[_Mention]:
    for span in said.quoted:
        tag = said.text[slice(*span)].casefold()
        numbers = [number for number, one in known.tags.items() if one == tag]
        if numbers and _KIND.match(said.text, span[1]) and said.is_free(*span):
            said.take(*span)
            yield _Mention(*span, numbers, certain=False)


def _ends(text: str, piece: str) -> bool:
    return text.startswith(piece) or text.endswith(piece)


def _nearest(
    one: _Mention, others: Sequence[_Mention], known: Elements, instruction: str
) -> Sequence[str]:
    """Of what a mention may mean, what is nearest to what the closest other one may mean that
    tells them apart.
    """
    if not 1 < len(one.numbers) <= _MANY:
        return one.numbers
    able = [
        (*_gap(one, other, instruction), other.first, other)
        for other in others
        if other.numbers != one.numbers and 0 < len(other.numbers) <= _MANY
    ]
    for gap, clauses, _, other in sorted(able, key=lambda known: known[:3]):
        if gap > NEAR:
            break
        if clauses and other.first > one.first:
            continue  # what is done later says nothing of where this is
        # Behind a clause, or before what is named first, the page need not have them in a row.
        in_row = not clauses and other.first < one.first
        near = _near(one.numbers, other.numbers, known, in_row)
        if len(near) < len(one.numbers):
            return near
    return one.numbers


def _near(
    mine: Sequence[str], theirs: Sequence[str], known: Elements, in_row: bool
) -> Sequence[str]:
    """Those of `mine` that share the innermost element with one of `theirs`; if they stand
    `in_row`, of each tag only those with the fewest siblings between.
    """
    apart = {
        number: min(_apart(known.ways[number], known.ways[other]) for other in theirs)
        for number in mine
    }
    depth = min(apart.values())[0]
    near = [number for number in mine if apart[number][0] == depth]
    if not in_row:
        return near
    least: dict[str, int] = {}
    for number in near:
        tag = known.tags[number]
        least[tag] = min(apart[number][1], least.get(tag, apart[number][1]))
    return [number for number in near if apart[number][1] == least[known.tags[number]]]


def _gap(one: _Mention, other: _Mention, instruction: str) -> tuple[int, int]:
    """How far apart two mentions are, in words, and how many clauses end between them."""
    before, behind = (one, other) if one.first < other.first else (other, one)
    between = instruction[before.last : behind.first]
    clauses = len(_BREAK.findall(between))
    words = len(WORD.findall(between)) + _CLAUSE * clauses
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
