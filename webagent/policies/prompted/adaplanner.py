"""AdaPlanner: a program as the plan, refined in a closed loop with what the page shows.

After "AdaPlanner: Adaptive Planning from Feedback with Language Models" (arXiv 2305.16653).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace

from webagent import actions
from webagent.llm.protocol import ChatModel, Conversation, system, user
from webagent.policies.prompted.exemplars import Exemplar
from webagent.policies.prompted.memory import Memory
from webagent.policies.prompted.prompts import prompt
from webagent.policies.prompted.skills import skill
from webagent.policies.prompted.talk import (
    Thought,
    decide_with,
    done_so_far,
    instruction_of,
    page_of,
)
from webagent.program import Act, Failed, Finished, Sandbox, next_action
from webagent.program.sandbox import Ran, World
from webagent.types import Context, Decision, Json, Observation

ASKED, ANSWERED = "Asked: ", "Answered: "  # lines of the notes that keep what was asked
_CODE = re.compile(r"```(?:python)?\n(.*?)(?:```|\Z)", re.DOTALL)
_ANSWER = re.compile(rf"^{ANSWERED}(.*)$", re.MULTILINE)


class AdaPlannerPolicy:
    """Plans by writing a program with assertions about what it expects to see.

    In-plan refinement: the program may `ask(question)` about the page it has reached; the
    answer is taken from the page by the model, and the program goes on with it. Out-of-plan
    refinement: when an assertion or an action fails, or the program has ended and the episode
    has not, the model is told what happened and writes a program for the rest, at most
    `refinements` times an episode; then the agent gives up. The memory's exemplars are skills:
    programs that succeeded, or straight ones made from demonstrated actions.

    The program stands in the step at which it begins, answers in the notes of the steps that
    follow them, so that each decision can run the program anew up to its next action.
    """

    def __init__(
        self,
        model: ChatModel,
        memory: Memory,
        sandbox: Sandbox,
        *,
        refinements: int = 6,
        longest: int = 20_000,
        card: Mapping[str, Json] | None = None,
    ) -> None:
        self.model = model
        self.card = card or {}
        self._memory = memory
        self._sandbox = sandbox
        self._refinements = refinements
        self._longest = longest

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        """The next action of each context's program; all contexts are asked together."""
        return decide_with(self.model, self._memory, contexts, self._think)

    def _think(self, context: Context, exemplars: Sequence[Exemplar]) -> Thought:
        begun = [n for n, step in enumerate(context.history) if step.decision.program]
        program, told = "", ""
        if begun:
            program = context.history[begun[-1]].decision.program
            outcome, note = yield from self._run(context, program, begun[-1])
            if isinstance(outcome, Act):
                return Decision(outcome.action, note)
            told = _happened(outcome)
        for _ in range(max(0, self._refinements + 1 - len(begun))):
            program = yield from self._programmed(context, exemplars, program, told)
            outcome, note = yield from self._run(context, program, len(context.history))
            if isinstance(outcome, Act):
                return Decision(outcome.action, note, program)
            if isinstance(outcome, Finished):
                return Decision(actions.done(), "The program has nothing more to do.")
            told = _happened(outcome)
        return Decision(actions.done(), f"Gave up. {told}", gave_up=True)

    def _programmed(
        self, context: Context, exemplars: Sequence[Exemplar], program: str, told: str
    ) -> Generator[Conversation, str, str]:
        """A first program, or after one of which `told` says what became of it, the rest."""
        values = {
            "skills": "\n\n".join(skill(one) for one in exemplars) or "There are no examples.",
            "instruction": instruction_of(context),
            "page": page_of(context, self._longest),
            "done": done_so_far(context.history),
            "program": program,
            "told": told,
        }
        name = "adaplanner_refine" if program else "adaplanner_plan"
        rules = prompt("adaplanner_system", actions=actions.grammar())
        reply = yield (system(rules), user(prompt(name, **values)))
        code = _CODE.findall(reply)
        return (code[-1] if code else reply).strip()

    def _run(
        self, context: Context, program: str, first: int
    ) -> Generator[Conversation, str, tuple[Act | Finished | Failed, str]]:
        """Run a program that began at step `first` up to its next action. What it asks on the
        way, and what it was answered, is the note.
        """
        steps = context.history[first:]
        answers = [one for step in steps for one in _ANSWER.findall(step.decision.note)]
        seen: list[Observation] = [*(s.observation for s in steps), context.observation]
        note: list[str] = []
        for _ in range(self._refinements + 1):
            asking = _Asking(self._sandbox, answers)
            outcome = next_action(asking, program, seen)
            if asking.question is None:
                return outcome, "\n".join(note)
            question = " ".join(asking.question.split())
            page = page_of(context, self._longest)
            reply = yield (user(prompt("adaplanner_ask", question=question, page=page)),)
            answers = [*answers, " ".join(reply.split())]
            note += [f"{ASKED}{question}", f"{ANSWERED}{answers[-1]}"]
        return Failed("The program asks too many questions."), "\n".join(note)


class _Asking:
    """A sandbox whose programs can ask; the first question without an answer stops them."""

    def __init__(self, sandbox: Sandbox, answers: Sequence[str]) -> None:
        self._sandbox = sandbox
        self._answers = answers
        self.question: str | None = None

    def run(self, source: str, world: World) -> Ran:
        left = iter(self._answers)

        def ask(question: str) -> str:
            answer = next(left, None)
            if answer is not None:
                return answer
            self.question = self.question or str(question)
            raise RuntimeError("The program waits for this answer.")

        functions: dict[str, Callable[..., object]] = {**world.functions, "ask": ask}
        stopped: Callable[[], bool] = lambda: self.question is not None or world.stopped()  # noqa: E731
        return self._sandbox.run(source, replace(world, functions=functions, stopped=stopped))


def _happened(outcome: Finished | Failed) -> str:
    if isinstance(outcome, Failed):
        return f"The program failed. {outcome.error}"
    return "The program came to its end, but the instruction is not carried out yet."
