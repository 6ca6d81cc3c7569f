"""Scripted policies: a plan is a generator that sees each page and yields the next move.

A plan yields `Move`s and is sent the page that each led to; what it returns is the answer,
if the instruction asks a question. It runs again from its beginning at every step, with the
pages of the history, so that the policy itself remembers nothing. Where the history holds
another action than the plan's, the plan begins anew after it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from webagent import actions
from webagent.actions import Action
from webagent.errors import PolicyError
from webagent.tasks.sites.page import Element, SitePage, read_page
from webagent.types import Context, Decision


@dataclass(frozen=True, slots=True)
class Move:
    """An action, and in words the part of the instruction that it serves. Without an action, the
    page has no `lacked`.
    """

    action: Action | None
    note: str = ""
    lacked: str = ""

    @property
    def possible(self) -> Action:
        """The action. Raises `Lost` if there is none."""
        if self.action is None:
            raise Lost(f"The page has no {self.lacked}.")
        return self.action


Plan: TypeAlias = Generator[Move, SitePage, "str | None"]
Part: TypeAlias = Generator[Move, SitePage, SitePage]  # of a plan: returns the page it ends on


class Lost(Exception):
    """The page does not have what a plan looks for."""


class PlanExpert:
    """The policy that follows plans. `begin` gives the plan of a task and instruction."""

    def __init__(self, begin: Callable[[str, str, SitePage], Plan]) -> None:
        self._begin = begin

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self._decide(context) for context in contexts]

    def _decide(self, context: Context) -> Decision:
        pages = [*(step.observation for step in context.history), context.observation]
        taken = [step.decision.action for step in context.history]
        begun = 0
        try:
            while True:
                move = self._replay(context, [read_page(one.html) for one in pages], taken, begun)
                if isinstance(move, Move):
                    return Decision(move.possible, move.note)
                begun = move
        except Lost as lost:
            raise PolicyError(f"{context.task}: {lost}") from lost

    def _replay(
        self, context: Context, pages: Sequence[SitePage], taken: Sequence[Action], begun: int
    ) -> Move | int:
        """The next move, or from where to begin anew."""
        plan = self._begin(context.task, context.instruction, pages[begun])
        try:
            move = next(plan)
            for number in range(begun, len(taken)):
                if taken[number] != move.possible:
                    return number + 1
                move = plan.send(pages[number + 1])
        except StopIteration as end:
            said = end.value
            return Move(actions.done() if said is None else actions.answer(said), "Finish")
        return move


def click(element: Element | None, what: str, note: str = "") -> Move:
    return _on(element, actions.click, what, note)


def fill(element: Element | None, text: str, what: str, note: str = "") -> Move:
    return _on(element, lambda ref: actions.type(ref, text), what, note)


def choose(element: Element | None, option: str, what: str, note: str = "") -> Move:
    return _on(element, lambda ref: actions.select(ref, option), what, note)


def _on(element: Element | None, act: Callable[[int], Action], what: str, note: str) -> Move:
    """An act on an element, if the page has it."""
    ref = element.ref if element else None
    return Move(None, note, what) if ref is None else Move(act(ref), note)
