"""Which elements an instruction means by a superlative: "the cheapest", "the shortest"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from webagent.elements import Elements

Measure: TypeAlias = Callable[[str], "float | None"]

_PRICE = re.compile(r"[$€£¥]\s?(\d[\d,]*(?:\.\d+)?)")
_DURATION = re.compile(
    r"(?=\d)(?:(\d+)\s?(?:h|hrs?|hours?))?,?\s*(?:(\d+)\s?(?:m|mins?|minutes?))?", re.I
)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Superlative:
    """Words that ask for what measures least or, with `most`, the most."""

    words: re.Pattern[str]
    measure: Measure
    most: bool = False


def price(text: str) -> float | None:
    """The one price that a text names."""
    found = _PRICE.findall(text)
    return _plain(found[0]) if len(found) == 1 else None


def duration(text: str) -> float | None:
    """The minutes of a text that says but how long something takes, as "9h 5m" does."""
    found = _DURATION.fullmatch(text.strip())
    return (
        60 * int(found[1] or 0) + int(found[2] or 0) if found and (found[1] or found[2]) else None
    )


def number(text: str) -> float | None:
    """The number that a text is."""
    found = _NUMBER.fullmatch(text.strip())
    return _plain(found[0]) if found else None


def _plain(digits: str) -> float:
    return float(digits.replace(",", ""))


def _said(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.I)


SUPERLATIVES: Sequence[Superlative] = (
    Superlative(_said("cheapest|least expensive|lowest[- ]priced?"), price),
    Superlative(_said("most expensive|priciest|highest[- ]priced?"), price, most=True),
    Superlative(_said("shortest|quickest|fastest"), duration),
    Superlative(_said("longest|slowest"), duration, most=True),
    Superlative(_said("(?:smallest|lowest|least) (?:number|value)"), number),
    Superlative(_said("(?:greatest|largest|biggest|highest) (?:number|value)"), number, most=True),
)


def superlatives(instruction: str, known: Elements) -> Iterator[tuple[int, int, Sequence[str]]]:
    """From which character to which an instruction has a superlative, and which elements of a page
    it means: of two at least that can be measured and are alike. A sum in a page's corner is not
    one of its products.
    """
    for one in SUPERLATIVES:
        for words in one.words.finditer(instruction):
            if measured := _measured(known, one.measure):
                best = (max if one.most else min)(measured.values())
                meant = [element for element, value in measured.items() if value == best]
                yield (*words.span(), meant)


def _measured(known: Elements, measure: Measure) -> Mapping[str, float]:
    """What the elements of a page measure, of the most that have the same tag as deep in it."""
    groups: dict[tuple[str, int], dict[str, float]] = {}
    for element, texts in known.said.items():
        for value in map(measure, texts):
            if value is not None:
                kind = known.tags[element], len(known.ways[element])
                groups.setdefault(kind, {})[element] = value
    alike = [group for group in groups.values() if len(group) > 1]
    return max(alike, key=len) if alike else {}
