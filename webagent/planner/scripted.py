"""Planning by script: what comes next is in a template's plan, what it is about in its words.

An agent whose planner follows a script makes demonstrations of its own, of which those that
succeed are learnt from (self-experience of WebAgent, arXiv 2307.12856).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from webagent.actions import Action
from webagent.errors import PolicyStop, TaskError
from webagent.examples import LOOKS
from webagent.planner.plan import OVER, Plan, PlanRequest, whole
from webagent.planner.retrieve import retrieve
from webagent.tasks import sites
from webagent.tasks.sites.page import SitePage, read_page
from webagent.tasks.sites.plan import Lost, Move
from webagent.tasks.sites.plan import Plan as Script
from webagent.types import Context

LONGEST = 20  # moves of a sub-instruction that a page may lack

Begin: TypeAlias = Callable[[str, str, SitePage], Script]
"""The script of a task and an instruction, from a page on."""


class ScriptedPlanner:
    """Says what the script's next move is for, and retrieves what matters to that by its words.

    Of the script's moves it takes the notes: what is acted on, and how, is the programmer's. A
    program's actions that are the script's moves count as these; if the last is none of them, it
    stands for the move that the script had come to. What a sub-instruction asks for beside, but
    the page lacks, is over. Where the page lacks what would come next, the script begins anew.

    After a program that failed all of the page matters. At the end of a script with an answer the
    whole instruction is said, not the answer.
    """

    def __init__(self, begin: Begin = sites.begin) -> None:
        self._begin = begin

    def plan(self, requests: Sequence[PlanRequest]) -> list[Plan]:
        """Raises `PolicyStop` for tasks that have no script."""
        return [self._next(one) for one in requests]

    def _next(self, request: PlanRequest) -> Plan:
        context = request.context
        try:
            at = self._followed(context)
        except Lost as lost:
            return Plan(str(lost), done=True, gave_up=True)
        if at.move is None:
            asked = at.answer is not None
            return Plan(whole(context.instruction)) if asked else Plan(OVER, done=True)
        said = at.move.note
        return Plan(said, () if request.tries else retrieve(said, context.observation.html))

    def _followed(self, context: Context) -> _Followed:
        """The script as far as the episode has come. Raises `Lost` where it knows no way on."""
        seen = [*(step.observation for step in context.history), context.observation]
        page, at = read_page(seen[0].html), None
        for part in _served(context):
            try:
                at = at or self._started(context, page)
                at.serve(part)
            except Lost:
                page, at = part.page, None
        return at or self._started(context, page)

    def _started(self, context: Context, page: SitePage) -> _Followed:
        try:
            script = self._begin(context.task, context.instruction, page)
        except TaskError as error:
            raise PolicyStop(f"planner=scripted: {error}") from error
        followed = _Followed(script)
        followed.check(page)
        return followed


@dataclass(slots=True)
class _Served:
    """What a program did for a sub-instruction: its actions that worked, each with the page that
    it led to, and the last page.
    """

    note: str
    page: SitePage
    did: list[tuple[Action, SitePage]] = field(default_factory=list[tuple[Action, SitePage]])


def _served(context: Context) -> list[_Served]:
    """The programs of an episode, in order."""
    led = [*(step.observation for step in context.history[1:]), context.observation]
    found: list[_Served] = []
    for step, after in zip(context.history, led, strict=False):
        page, action = read_page(after.html), step.decision.action
        if step.decision.program or not found:
            found.append(_Served(step.decision.note, page))
        found[-1].page = page
        if not step.error and action.name not in LOOKS:
            found[-1].did.append((action, page))
    return found


class _Followed:
    """A script that is at a `move`, or else over, with its `answer` if it has one."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.move: Move | None = None
        self.answer: str | None = None
        self._go()

    def serve(self, part: _Served) -> None:
        """Go on by what a program did. Raises `Lost` if its last page lacks what comes next."""
        left, last = dict(enumerate(part.did)), -1
        while (number := self._matching(left)) is not None:
            last = max(last, number)
            left.pop(number)
            self._go(part.did[last][1])
        if last + 1 < len(part.did) and self._is_for(part):
            self._go(part.page)
        for _ in range(LONGEST):
            if self.move and not self.move.action and self._is_for(part):
                self._go(part.page)
        self.check(part.page)

    def check(self, page: SitePage) -> None:
        """Raises `Lost` if a page lacks what comes next, which may have been seen on another."""
        ref = self.move.possible.ref if self.move else None
        if ref is not None and page.first(lambda one: one.ref == ref) is None:
            raise Lost("The page is not the one on which the script goes on.")

    def _matching(self, did: Mapping[int, tuple[Action, SitePage]]) -> int | None:
        """The number of what was done that is the script's move."""
        wanted = self.move and self.move.action
        return next((number for number, (one, _) in did.items() if one == wanted), None)

    def _is_for(self, part: _Served) -> bool:
        return self.move is not None and self.move.note == part.note

    def _go(self, page: SitePage | None = None) -> None:
        """On to the next move: the script is told of the page that the last one led to."""
        try:
            self.move = next(self._script) if page is None else self._script.send(page)
        except StopIteration as end:
            self.move, self.answer = None, end.value
