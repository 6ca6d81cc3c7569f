"""Controls for instructions of clauses: compositions, and base tasks that are one clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from miniwob_tasks.experts.clicks import LastClick
from miniwob_tasks.experts.expert import progress
from miniwob_tasks.experts.fill import Fill
from miniwob_tasks.experts.form import moments
from miniwob_tasks.experts.goal import Goal, Status
from miniwob_tasks.experts.instruction import Clause, parse
from miniwob_tasks.experts.page import Page, read
from miniwob_tasks.experts.popup import dismiss
from miniwob_tasks.experts.sequence import Sequence as OneTwo
from miniwob_tasks.spoiling.goals import Presses, Then
from miniwob_tasks.spoiling.ways import WRONG, Spoil, left_out, vacuous
from webagent.actions import done
from webagent.tasks.controls import LATER, Control, Kind
from webagent.types import Context, Decision, Episode

NOTHING = "nothing has to be done for it"
BACKWARDS = Presses(("TWO", "ONE"))


@dataclass(frozen=True, slots=True)
class Pursuit:
    """The composed expert with goals of its own in place of the instruction's."""

    goals: tuple[Goal, ...]

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self._decide(context) for context in contexts]

    def _decide(self, context: Context) -> Decision:
        page = read(context.observation.html)
        if action := dismiss(page):
            return Decision(action, "close the popup")
        statuses = progress([Clause(goal, "") for goal in self.goals], moments(context))
        for goal, status in zip(self.goals, statuses, strict=True):
            if not goal.done(status, page) and (action := goal.next(page, status)):
                return Decision(action, type(goal).__name__)
        return Decision(done(), "nothing is left to do")


def clause_controls(kinds: Sequence[str], episode: Episode) -> list[Control]:
    """Each clause left out, done by half, done wrong, and done before the one before it.

    `kinds` are the kinds of the clauses, in order.
    """
    clauses = parse(episode.verdict.instruction)
    goals = [clause.goal for clause in clauses]
    pages = [read(step.observation.html) for step in episode.steps]
    begins = [_begin(episode, pages, clause.text) for clause in clauses]
    found: list[Control] = []
    for place, kind in enumerate(kinds):
        name = f"{place + 1} {kind}"
        found += _part(goals, place, kind, name, pages)
        if isinstance(goals[place], OneTwo):
            found.append(_control("order", name, "TWO before ONE", goals, place, BACKWARDS))
        if place + 1 < len(goals):
            found += _undone(goals, place, kind, name, pages, begins[place])
        if place:
            found += _early(goals, place, name, pages, begins[place - 1])
    return found + list(_opposite(goals, pages))


def _part(
    goals: Sequence[Goal], place: int, kind: str, name: str, pages: Sequence[Page]
) -> Iterator[Control]:
    """What can be wrong with a part by itself."""
    goal = goals[place]
    if vacuous(goal, pages) and isinstance(goal, Fill) and not goal.sends:
        yield Control("skip", name, "left out", None, NOTHING)
    else:
        yield _control("skip", name, "left out", goals, place)
    skips: list[tuple[Kind, str, Spoil]] = [("skip", *way) for way in left_out(goal)]
    wrongs: list[tuple[Kind, str, Spoil]] = [("wrong", *way) for way in WRONG[kind]]
    for way, how, spoil in skips + wrongs:
        other = spoil(goal, pages)
        if isinstance(other, str):
            yield Control(way, name, how, None, other)
        else:
            yield _control(way, name, how, goals, place, other)


def _undone(
    goals: Sequence[Goal], place: int, kind: str, name: str, pages: Sequence[Page], begin: int
) -> Iterator[Control]:
    """A part done right and then wrong: the page takes the last time, if there can be one."""
    goal = goals[place]
    again = not goal.final if isinstance(goal, LastClick) else isinstance(goal, Fill) and goal.sends
    if not again or goals[place + 1].next(pages[begin], Status()) is None:
        return
    for how, spoil in WRONG[kind]:
        other = spoil(goal, pages)
        if not isinstance(other, str):
            yield _control("wrong", name, f"right, then {how}", goals, place, Then(goal, other))


def _early(
    goals: Sequence[Goal], place: int, name: str, pages: Sequence[Page], begin: int
) -> Iterator[Control]:
    """The part at `place`, or its first half, before the one before it.

    `begin` is the step at which the expert began the part before.
    """
    goal, before = goals[place], goals[place - 1]
    reason = ""
    if vacuous(before, pages) and not _sends(before):
        reason = f"{NOTHING[:-2]}the part before"
    elif vacuous(goal, pages) and not _sends(goal):
        reason = NOTHING
    elif goal.next(pages[begin], Status()) is None:
        reason = LATER
    how = "before the part before it"
    changed = [*goals[: place - 1], goal, before, *goals[place + 1 :]]
    yield Control("order", name, how, None if reason else Pursuit(tuple(changed)), reason)
    if halves := _halves(goal, pages):
        how = "begun before the part before it"
        changed = [*goals[: place - 1], halves[0], before, halves[1], *goals[place + 1 :]]
        yield Control("order", name, how, None if reason else Pursuit(tuple(changed)), reason)


def _opposite(goals: Sequence[Goal], pages: Sequence[Page]) -> Iterator[Control]:
    """More than two parts from the last to the first."""
    busy = [goal for goal in goals if _sends(goal) or not vacuous(goal, pages)]
    if len(goals) < 3 or len(busy) < 2:
        return
    reason = LATER if goals[-1].next(pages[0], Status()) is None else ""
    policy = None if reason else Pursuit(tuple(reversed(goals)))
    yield Control("order", "all parts", "in opposite order", policy, reason)


def _halves(goal: Goal, pages: Sequence[Page]) -> tuple[Goal, Goal] | None:
    """What can be done of a goal before another, and what is left for later."""
    if isinstance(goal, OneTwo):
        return Presses(("ONE",)), Presses(("TWO",))
    if isinstance(goal, Fill) and goal.sends and not vacuous(goal, pages):
        return replace(goal, sends=False), goal
    return None


def _sends(goal: Goal) -> bool:
    return not isinstance(goal, Fill) or goal.sends


def _control(
    kind: Kind, part: str, how: str, goals: Sequence[Goal], place: int, other: Goal | None = None
) -> Control:
    """The goals with another one at `place`, or none."""
    changed = (*goals[:place], *([other] if other else []), *goals[place + 1 :])
    return Control(kind, part, how, Pursuit(changed))


def _begin(episode: Episode, pages: Sequence[Page], text: str) -> int:
    """The step at which the expert began a clause; the last one if it had nothing to do."""
    notes = (place for place, step in enumerate(episode.steps) if step.decision.note == text)
    return next(notes, len(pages) - 1)
