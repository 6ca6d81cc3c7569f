"""From an instruction to goals.

The grammar is that of MiniWoB++ sentences and of CompWoB's compositions of them:

    forward   I, J, and then K.
    reverse   J, and K, after doing g, and h.       (g and h come first)

where I, J, K are imperative clauses and g, h gerunds. Periods may be missing or doubled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from miniwob_tasks.experts import boxes, clicks, email, fields, search, sequence, tabs, tree
from miniwob_tasks.experts.clicks import LastClick
from miniwob_tasks.experts.fill import Fill
from miniwob_tasks.experts.goal import Goal, Reader
from webagent.errors import PolicyError

READERS: tuple[Reader, ...] = (
    *sequence.CLAUSES, *clicks.CLAUSES, *boxes.CLAUSES, *fields.CLAUSES,
    *tree.CLAUSES, *tabs.CLAUSES, *search.CLAUSES, *email.CLAUSES,
)  # fmt: skip

AFTER = re.compile(r"[.,?!]*,? after ", re.IGNORECASE)
NEXT = re.compile(r"[.?!]*(?:, and then |, and | and then | and |, then |, )", re.IGNORECASE)
END = re.compile(r"[.,?!]*\s*$")


@dataclass(frozen=True, slots=True)
class Clause:
    """A goal and the words that state it."""

    goal: Goal
    text: str


@lru_cache(maxsize=512)
def parse(instruction: str) -> tuple[Clause, ...]:
    """The clauses of an instruction in the order in which they are to be carried out.

    Raises `PolicyError` for words that no expert understands.
    """
    text = " ".join(instruction.split())
    clauses, position = _clauses(text, 0)
    if after := AFTER.match(text, position):
        earlier, position = _clauses(text, after.end())
        clauses = earlier + clauses
    if not END.match(text, position):
        raise _not_understood(text, position)
    return tuple(_complete(clauses))


def _clauses(text: str, position: int) -> tuple[list[Clause], int]:
    """Clauses with their separators, up to the end or to what starts no further clause."""
    found: list[Clause] = []
    while True:
        clause = _clause(text, position)
        if clause is None:
            raise _not_understood(text, position)
        found.append(Clause(clause[0], text[position : clause[1]]))
        position = clause[1]
        separator = None if AFTER.match(text, position) else NEXT.match(text, position)
        if separator is None:
            return found, position
        position = separator.end()


def _clause(text: str, position: int) -> tuple[Goal, int] | None:
    return next((found for read in READERS if (found := read(text, position))), None)


def _complete(clauses: Sequence[Clause]) -> list[Clause]:
    """Settle what the words leave open: fields that no later button would send have their
    own, and the same part a second time is the second on the page.
    """
    complete: list[Clause] = []
    for place, clause in enumerate(clauses):
        family = _family(clause.goal)
        before, later = clauses[:place], clauses[place + 1 :]
        alike = [one.goal for one in (*before, *later) if _family(one.goal) == family]
        number = sum(_family(one.goal) == family and _stays(one.goal) for one in before)
        goal = replace(clause.goal, number=number)
        if isinstance(goal, Fill):
            sent_later = any(isinstance(one.goal, Fill) and one.goal.sends for one in later)
            goal = replace(goal, sends=goal.sends or not sent_later)
        elif isinstance(goal, LastClick):
            rivals = tuple(one.wanted for one in alike if isinstance(one, LastClick))
            goal = replace(goal, rivals=rivals)
        complete.append(replace(clause, goal=goal))
    return complete


def _stays(goal: Goal) -> bool:
    """Whether the goal's part is still on the page when it is done: a dialog closed is not."""
    return not (isinstance(goal, LastClick) and goal.final)


def _family(goal: Goal) -> object:
    """Equal for goals that compete for the same elements of a page."""
    match goal:
        case LastClick():
            return goal.kind
        case Fill(fields=fields.Texts() as texts):
            return texts.find
        case Fill():
            return type(goal.fields)
        case _:
            return type(goal)


def _not_understood(text: str, position: int) -> PolicyError:
    return PolicyError(
        f"The expert does not understand {text[position:]!r} in the instruction {text!r}; "
        "it knows the sentences of the CompWoB base tasks and their compositions."
    )
