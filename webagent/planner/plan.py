"""The two seams of the modular agent: `Planner` and `Programmer`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from webagent.types import Context, Try

OVER = "done()"  # in place of a sub-instruction of a learned planner: all is carried out


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a planner is asked: the episode so far, the sub-instructions it `said` before, and
    the programs that failed one after the other up to here.
    """

    context: Context
    said: Sequence[str] = ()
    tries: Sequence[Try] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The next sub-instruction, and the elements that matter to it (none: the whole page).

    `done` says that the instruction is carried out, or, with `gave_up`, that it can't be.
    """

    instruction: str
    refs: Sequence[int] = ()
    done: bool = False
    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """What a programmer is asked: a program for a sub-instruction.

    The context's instruction is the sub-instruction, its observation holds the snippet, and
    its history what was done for the same sub-instruction before. `tries` are the programs that
    failed one after the other up to here, the last one last.
    """

    context: Context
    tries: Sequence[Try] = ()


class Planner(Protocol):
    """Decomposes instructions and picks what of the page matters (WebAgent, arXiv 2307.12856)."""

    def plan(self, requests: Sequence[PlanRequest]) -> Sequence[Plan]:
        """One plan per request. Raises `PolicyStop` for what no later call can mend."""
        ...


class Programmer(Protocol):
    """Writes programs in the dialects of `webagent.program`."""

    def write(self, requests: Sequence[WriteRequest]) -> Sequence[str]:
        """One source per request. Raises `PolicyStop` for what no later call can mend."""
        ...


class WholeInstruction:
    """The planner that doesn't plan: the whole instruction and the whole page, each time.

    It never says that it is done; a program that calls `done()` does. What is measured with it
    is what planning gives.
    """

    def plan(self, requests: Sequence[PlanRequest]) -> list[Plan]:
        return [Plan(whole(one.context.instruction)) for one in requests]


def whole(instruction: str) -> str:
    """All of an instruction as a sub-instruction."""
    return instruction.strip().rstrip(".")
