"""Sub-instructions that are clauses of the instruction, held to its very words.

A planner whose demonstrations put sub-instructions in the instruction's words copies them; token
by token, a small model leaves a word out now and then, or runs on. Here a plan says one of the
stretches between the instruction's marks and joining words, or a phrase of the planner's own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from webagent.planner.plan import whole

LONGEST = 200  # characters of a clause that is not all of its instruction
_BEGINS = re.compile(r"(?:^|[,;:.?!] +|\b(?:and|then|after|before) +)(?=\S)")
_ENDS = re.compile(r"[,;:.?!]+(?=\s|$)|$")
_QUOTED = re.compile(r'"[^"]*"')
_SENTENCE = re.compile(r"(?:^|[.?!] +)[A-Z]")
_JOINT = re.compile(r"[,;.?!] +|\b(?:and|then|after|before) +")
_BEGUN = re.compile(r"([a-z]+) \S")
_CONTINUING = frozenset(  # what begins no clause of its own, but a phrase or an item
    ("a", "all", "an", "any", "as", "at", "both", "by", "each", "every", "for", "from", "her",
     "his", "in", "into", "it", "its", "my", "not", "of", "on", "only", "that", "the", "their",
     "them", "these", "this", "those", "to", "using", "with", "your")
)  # fmt: skip


def clauses(instruction: str) -> Iterator[str]:
    """All of the instruction, and each stretch that begins behind a mark or a joining word and ends
    before a mark.
    """
    text = whole(instruction)
    if len(text) > LONGEST:
        yield text
    ends = sorted({found.start() for found in _ENDS.finditer(text)})
    for begin in sorted({found.end() for found in _BEGINS.finditer(text)}):
        yield from (text[begin:end] for end in ends if begin < end <= begin + LONGEST)


def clause_count(instruction: str) -> int:
    """How many clauses are joined, each with a verb as far as its first word tells: 2 for 'Select
    a, b and click Submit.', 1 for 'Click on "one and two".'.
    """
    text = _QUOTED.sub('""', instruction)
    text = _SENTENCE.sub(lambda found: found[0].lower(), text)
    begun = (_BEGUN.match(piece) for piece in _JOINT.split(text))
    return max(1, sum(found is not None and found[1] not in _CONTINUING for found in begun))


class Held:
    """Token sequences one of which an answer begins with."""

    def __init__(self, sequences: Iterable[Sequence[int]]) -> None:
        self._next: dict[tuple[int, ...], set[int]] = {}
        for one in sequences:
            for length, token in enumerate(one):
                self._next.setdefault(tuple(one[:length]), set()).add(token)

    def rest(self, tokens: Sequence[int]) -> Collection[int]:
        """The tokens that may follow these, one of which has to; none if any may."""
        return self._next.get(tuple(tokens), ())

    def likely(self, tokens: Sequence[int]) -> Collection[int]:
        """None is likelier than others."""
        return ()
