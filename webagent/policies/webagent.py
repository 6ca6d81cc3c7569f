"""WebAgent: plan, cut the snippet, write a program, run it, and plan again.

The modular agent of arXiv 2307.12856. Each call of a program is a step of the episode; the
planner is asked again when a program has ended, on the page as it then is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from webagent.actions import done
from webagent.html import cut
from webagent.planner.plan import Plan, Planner, PlanRequest, Programmer, WriteRequest
from webagent.program.run import Act, Failed, next_action
from webagent.program.sandbox import Sandbox
from webagent.types import Context, Decision, Observation, Step, Try

NO_ACTION = "The program ended without an action."


@dataclass(slots=True)
class Turn:
    """One context on its way to a decision. `before` are the programs that failed one after the
    other until now, `tries` those that this decision adds. `snippet` is "" for the whole page.
    """

    context: Context
    said: Sequence[str] = ()
    before: Sequence[Try] = ()
    tries: list[Try] = field(default_factory=list[Try])
    plan: Plan = field(default_factory=lambda: Plan(""))
    snippet: str = ""
    decision: Decision | None = None

    @property
    def failed(self) -> tuple[Try, ...]:
        return (*self.before, *self.tries)


class WebAgentPolicy:
    """The closed loop of a planner and a programmer.

    A failed program goes back to planner and programmer with its error, and with those that failed
    right before it; after `repairs` such repairs in a row that fail too, the agent gives up.
    Without `snippets` programmers get the whole page. After `calls` calls of a program what is
    left of it is planned and written anew, on the page as it then is; with 0, programs run to
    their end.
    `card` says what it is made of, for the results; `model` is the chat model, if it has one.
    """

    def __init__(
        self,
        planner: Planner,
        programmer: Programmer,
        sandbox: Sandbox,
        *,
        snippets: bool = True,
        repairs: int = 2,
        calls: int = 0,
        card: Mapping[str, object] | None = None,
    ) -> None:
        self._planner = planner
        self._programmer = programmer
        self._sandbox = sandbox
        self._snippets = snippets
        self._repairs = repairs
        self._calls = calls
        self.card = card or {}
        self.model: object = getattr(planner, "model", None) or getattr(programmer, "model", None)

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        """One decision per context: the next call of its program, or the first of a new one."""
        turns = [self._continue(context) for context in contexts]
        while waiting := [turn for turn in turns if turn.decision is None]:
            self._replan(waiting)
            self._write([turn for turn in waiting if turn.decision is None])
        decided = (turn.decision or Decision(done()) for turn in turns)
        return [
            replace(one, tries=tuple(turn.tries)) for one, turn in zip(decided, turns, strict=True)
        ]

    def _continue(self, context: Context) -> Turn:
        """Where the history leaves the episode: within a program, or behind one."""
        programs = _programs(context)
        turn = Turn(context, [first.decision.note for first, _ in programs])
        for first, seen in reversed(programs):
            begun = first.decision
            outcome = next_action(self._sandbox, begun.program, seen)
            going_on = self._calls == 0 or len(seen) <= self._calls
            if isinstance(outcome, Act) and not turn.before and going_on:
                turn.decision = Decision(outcome.action, begun.note)
            if not isinstance(outcome, Failed) or len(turn.before) > self._repairs:
                break
            failed = Try(begun.program, outcome.error, begun.note)
            turn.before = (*begun.tries, failed, *turn.before)
        return turn

    def _replan(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            if len(turn.failed) > self._repairs:
                told = f"gave up: {turn.failed[-1].error}"
                turn.decision = Decision(done(), told, gave_up=True)
        asking = [turn for turn in turns if turn.decision is None]
        requests = [PlanRequest(turn.context, turn.said, turn.failed) for turn in asking]
        plans: Sequence[Plan] = self._planner.plan(requests) if requests else ()
        for turn, plan in zip(asking, plans, strict=True):
            turn.plan = plan
            turn.snippet = self._snippet(turn)
            if plan.done:
                turn.decision = Decision(done(), plan.instruction, gave_up=plan.gave_up)

    def _write(self, turns: Sequence[Turn]) -> None:
        requests = [self._request(turn) for turn in turns]
        sources: Sequence[str] = self._programmer.write(requests) if requests else ()
        for turn, source in zip(turns, sources, strict=True):
            outcome = next_action(self._sandbox, source, [turn.context.observation])
            said = turn.plan.instruction
            if isinstance(outcome, Act):
                refs = tuple(turn.plan.refs) if turn.snippet else ()
                turn.decision = Decision(outcome.action, said, source, refs=refs)
                continue
            error = outcome.error if isinstance(outcome, Failed) else NO_ACTION
            turn.tries.append(Try(source, error, said))

    def _snippet(self, turn: Turn) -> str:
        return cut(turn.context.observation.html, turn.plan.refs) if self._snippets else ""

    def _request(self, turn: Turn) -> WriteRequest:
        seen = turn.context.observation
        if turn.snippet:
            seen = replace(seen, html=turn.snippet)
        context = replace(
            turn.context,
            instruction=turn.plan.instruction,
            observation=seen,
            history=same_goal(turn.context.history, turn.plan.instruction),
        )
        return WriteRequest(context, turn.failed)


def same_goal(history: Sequence[Step], instruction: str) -> tuple[Step, ...]:
    """The last steps of a history that served this sub-instruction, none in between."""
    first = len(history)
    for index in range(len(history) - 1, -1, -1):
        decision = history[index].decision
        if decision.program and decision.note != instruction:
            break
        if decision.program:
            first = index
    return tuple(history[first:])


def _programs(context: Context) -> list[tuple[Step, list[Observation]]]:
    """Each program of the history: its first step, and what has been seen since it began."""
    found: list[tuple[Step, list[Observation]]] = []
    for step in context.history:
        if step.decision.program:
            if found:
                found[-1][1].append(step.observation)
            found.append((step, [step.observation]))
        elif found:
            found[-1][1].append(step.observation)
    if found:
        found[-1][1].append(context.observation)
    return found
