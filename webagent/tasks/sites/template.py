"""A template: an instruction with places for values, what must come of it, and how to do it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from webagent.errors import TaskError
from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Plan
from webagent.tasks.sites.state import Row

Split: TypeAlias = Literal["train", "heldout"]
Values: TypeAlias = Mapping[str, str]
Draw: TypeAlias = Callable[[random.Random], Values]
"""Chooses values of an episode."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the application's database holds after the instruction, and not before.

    `added` and `removed` are the only rows that may differ, but for the views in `ignore`,
    which the instruction leaves open. With `answers`, one of these texts is the answer.
    """

    added: Mapping[str, Sequence[Row]] = field(default_factory=dict[str, Sequence[Row]])
    removed: Mapping[str, Sequence[Row]] = field(default_factory=dict[str, Sequence[Row]])
    ignore: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


def together(*goals: Goal) -> Goal:
    """All of several goals."""
    added, removed = dict[str, list[Row]](), dict[str, list[Row]]()
    for one in goals:
        for name, rows in one.added.items():
            added.setdefault(name, []).extend(rows)
        for name, rows in one.removed.items():
            removed.setdefault(name, []).extend(rows)
    return Goal(
        added,
        removed,
        tuple({name for one in goals for name in one.ignore}),
        tuple(answer for one in goals for answer in one.answers),
    )


@dataclass(frozen=True, slots=True)
class Template:
    """One task. `draw` chooses the values of an episode; `goal` may use them all.

    `plan` carries the task out knowing only the values that stand in the instruction.
    `member` is who is logged in at the beginning ("": nobody). What is held out and asks, in
    whatever order, for what two of training ask for names these in `chains`. One that stands
    `alone` is no part of a chain: its plan needs the site as it was, or leaves it elsewhere.
    """

    name: str
    split: Split
    wordings: tuple[str, ...]
    draw: Draw
    goal: Callable[[Values], Goal]
    plan: Callable[[Values, SitePage], Plan]
    member: str
    steps: int = 15
    path: str = "/"
    chains: tuple[tuple[str, str], ...] = ()
    alone: bool = False

    def values(self, seed: int) -> Values:
        return self.draw(random.Random(f"{self.name} {seed}"))

    def instruction(self, seed: int) -> str:
        return self.wordings[seed % len(self.wordings)].format(**self.values(seed))

    def read(self, instruction: str) -> Values:
        """The values that stand in an instruction. Raises `TaskError` if it is not of these."""
        for wording in self.wordings:
            if found := pattern(wording).fullmatch(instruction):
                return found.groupdict()
        raise TaskError(f"This is no instruction of {self.name}: {instruction!r}")


@lru_cache(maxsize=1024)
def pattern(wording: str) -> re.Pattern[str]:
    """What matches the instructions of a wording, with a group for each value."""
    parts = re.split(r"\{(\w+)\}", wording)
    texts, names, seen = parts[::2], parts[1::2], set[str]()
    source = re.escape(texts[0])
    for name, text in zip(names, texts[1:], strict=True):
        source += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
        source += re.escape(text)
        seen.add(name)
    return re.compile(source, re.DOTALL)


def normal(text: str) -> str:
    """An answer without what is a matter of style: case, currency, spaces, a final dot."""
    plain = " ".join(text.casefold().split()).strip(" .\"'")
    return plain.removeprefix("£").removesuffix(" pounds").strip()


def one_of(name: str, *choices: str) -> Draw:
    return lambda rng: {name: rng.choice(choices)}


def both(*draws: Draw) -> Draw:
    """The values of several draws together."""

    def draw(rng: random.Random) -> Values:
        return {name: value for one in draws for name, value in one(rng).items()}

    return draw
