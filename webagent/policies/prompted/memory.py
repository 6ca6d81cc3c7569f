"""Which exemplars a prompt shows."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Literal, TypeAlias

from webagent.policies.prompted.exemplars import Exemplar
from webagent.types import Context

Choice: TypeAlias = Literal["first", "second", "both", "nearest", "none"]
"""Exemplars of a composition's first part, of its second, of all its parts in turn, those
most similar to the task and its instruction, or none."""

Scores: TypeAlias = Callable[[Sequence[str], Sequence[str]], list[list[float]]]
"""How similar each of the first texts is to each of the second; more is nearer."""

_WORD = re.compile(r"[a-z0-9]+")


class Memory:
    """Chooses `shots` exemplars for each context.

    A task that has none of its own, such as one of a real site, is shown the nearest.
    """

    def __init__(
        self, exemplars: Sequence[Exemplar], choice: Choice, shots: int, scores: Scores | None
    ) -> None:
        self._exemplars = exemplars
        self._choice: Choice = choice
        self._shots = shots
        self._scores = scores or lexical
        self._kinds: dict[str, list[Exemplar]] = {}
        for one in exemplars:
            self._kinds.setdefault(one.kind, []).append(one)

    def choose(self, contexts: Sequence[Context]) -> list[list[Exemplar]]:
        """The exemplars of each context, best first."""
        if self._choice == "none" or not (self._exemplars and self._shots):
            return [[] for _ in contexts]
        found = [self._of_parts(context) for context in contexts]
        without = [n for n, one in enumerate(found) if not one]
        for number, near in zip(
            without, self._nearest([contexts[n] for n in without]), strict=True
        ):
            found[number] = near
        return found

    def _of_parts(self, context: Context) -> list[Exemplar]:
        if self._choice == "nearest":
            return []
        parts = parts_of(context.task)
        wanted = {"first": parts[:1], "second": parts[1:2] or parts[:1]}.get(self._choice, parts)
        each = [self._kinds.get(part, []) for part in wanted]
        in_turn = [one for one in chain(*zip_longest(*each)) if one]
        return in_turn[: max(self._shots, len(wanted))]

    def _nearest(self, contexts: Sequence[Context]) -> list[list[Exemplar]]:
        if not contexts:
            return []
        asked = [_about(context.task, context.instruction) for context in contexts]
        known = [_about(one.task, one.instruction) for one in self._exemplars]
        scores = self._scores(asked, known)
        return [self._best(row) for row in scores]

    def _best(self, scores: Sequence[float]) -> list[Exemplar]:
        order = sorted(range(len(scores)), key=lambda n: -scores[n])
        return [self._exemplars[n] for n in order[: self._shots]]


def parts_of(task: str) -> tuple[str, ...]:
    """The base tasks that a task id names, in order: two for "compwob.click-link_enter-text"."""
    name = task.rpartition(".")[2].removesuffix("-transition")
    return tuple(part for part in re.split(r"[_+=:]", name) if part)


def lexical(asked: Sequence[str], known: Sequence[str]) -> list[list[float]]:
    """Cosine of the texts' words, each weighted by how few of the known texts have it."""
    words = [_words(text) for text in known]
    having = Counter(word for one in words for word in one)
    rarity = {word: math.log(1 + len(known) / count) for word, count in having.items()}
    vectors = [_weighted(one, rarity) for one in words]
    return [
        [_dot(vector, one) for one in vectors]
        for vector in (_weighted(_words(text), rarity) for text in asked)
    ]


def cosines(
    asked: Sequence[Sequence[float]], known: Sequence[Sequence[float]]
) -> list[list[float]]:
    """Cosine of each vector with each other one."""
    units = [_unit(one) for one in known]
    return [
        [sum(a * b for a, b in zip(vector, one, strict=True)) for one in units]
        for vector in map(_unit, asked)
    ]


def _about(task: str, instruction: str) -> str:
    return f"{' '.join(parts_of(task))} {instruction}"


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def _weighted(words: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    raw = {word: count * rarity[word] for word, count in words.items() if word in rarity}
    return dict(zip(raw, _unit(list(raw.values())), strict=True))


def _unit(vector: Sequence[float]) -> list[float]:
    length = math.hypot(*vector) or 1.0
    return [one / length for one in vector]


def _dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(value * other.get(word, 0.0) for word, value in one.items())
