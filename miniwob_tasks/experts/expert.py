"""The expert for compositions. A base task is a composition of one clause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from miniwob_tasks.experts.goal import Moment, Status
from miniwob_tasks.experts.instruction import Clause, parse
from miniwob_tasks.experts.page import read
from miniwob_tasks.experts.popup import dismiss
from webagent.actions import done
from webagent.types import Context, Decision, Step


@dataclass(frozen=True, slots=True)
class ComposedExpert:
    """Carries out the clauses of an instruction one after another.

    It uses what any policy may use (instruction, observation, history) and so can be asked
    about every state, also those that another policy spoiled. The note of a decision is the
    clause it works on. Raises `PolicyError` for an instruction it does not understand.
    """

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [decide(context) for context in contexts]


def decide(context: Context) -> Decision:
    """The next action for the first clause that is not done and can be worked on."""
    clauses = parse(context.instruction)
    page = read(context.observation.html)
    if action := dismiss(page):
        return Decision(action, "close the popup")
    statuses = progress(clauses, [_moment(step) for step in context.history])
    for clause, status in zip(clauses, statuses, strict=True):
        if not clause.goal.done(status, page) and (action := clause.goal.next(page, status)):
            return Decision(action, clause.text)
    return Decision(done(), "nothing is left to do")


def progress(clauses: Sequence[Clause], moments: Sequence[Moment]) -> list[Status]:
    """How far each clause is after these steps."""
    statuses = [Status() for _ in clauses]
    for moment in moments:
        earlier = True
        updated: list[Status] = []
        for clause, status in zip(clauses, statuses, strict=True):
            updated.append(clause.goal.after(status, moment, earlier))
            earlier = earlier and clause.goal.done(status, moment.page)
        statuses = updated
    return statuses


def _moment(step: Step) -> Moment:
    return Moment(read(step.observation.html), None if step.error else step.decision.action)
