"""RCI (recursively criticise and improve): plan, criticise, improve, then act grounded.

After "Language Models can Solve Computer Tasks" (arXiv 2303.17491).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webagent.llm.protocol import ChatModel, Conversation, user
from webagent.policies.prompted.exemplars import Exemplar
from webagent.policies.prompted.memory import Memory
from webagent.policies.prompted.prompts import prompt
from webagent.policies.prompted.skills import plan
from webagent.policies.prompted.talk import (
    Thought,
    decide_with,
    done_so_far,
    instruction_of,
    opening,
    page_of,
    settled,
    turn,
)
from webagent.types import Context, Decision, Json

PLAN = "Plan:\n"  # begins the note of the step that a plan was made at


class RciPolicy:
    """Explicit RCI on the plan, then three groundings of every step.

    At the first step the model plans, is asked for what is wrong with its plan, and writes it
    anew, `rounds` times; the plan is kept in that step's note. At each step it says what the
    plan wants next (task grounding), fits that to the page as it is (state grounding), and
    writes it as an action of the language (agent grounding). An action that can't be read, or
    names no element of the page, goes back to it with the error, up to `repairs` times.
    """

    def __init__(
        self,
        model: ChatModel,
        memory: Memory,
        *,
        rounds: int = 1,
        repairs: int = 1,
        longest: int = 20_000,
        card: Mapping[str, Json] | None = None,
    ) -> None:
        self.model = model
        self.card = card or {}
        self._memory = memory
        self._rounds = rounds
        self._repairs = repairs
        self._longest = longest

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        """Plan where there is no plan yet, and decide; all contexts are asked together."""
        return decide_with(self.model, self._memory, contexts, self._think)

    def _think(self, context: Context, exemplars: Sequence[Exemplar]) -> Thought:
        start = opening()
        told = {
            "exemplars": "\n\n".join(_example(one) for one in exemplars),
            "instruction": instruction_of(context),
            "page": page_of(context, self._longest),
        }
        made = plan_of(context)
        note = ""
        if not made:
            asked: Conversation = (*start, user(prompt("rci_plan", **told)))
            made = yield asked
            for _ in range(self._rounds):
                asked = turn(asked, made, prompt("rci_criticise"))
                asked = turn(asked, (yield asked), prompt("rci_improve"))
                made = yield asked
            note = f"{PLAN}{made}"
        told |= {"plan": made, "done": done_so_far(context.history)}
        asked = (*start, user(prompt("rci_task", **told)))
        step = yield asked
        asked = turn(asked, step, prompt("rci_state"))
        asked = turn(asked, (yield asked), prompt("rci_agent"))
        action = yield from settled(asked, context.observation.html, self._repairs)
        return Decision(action, note or step)


def plan_of(context: Context) -> str:
    """The plan in the notes of the history, or ""."""
    notes = (step.decision.note for step in context.history)
    return next((one.removeprefix(PLAN) for one in notes if one.startswith(PLAN)), "")


def _example(exemplar: Exemplar) -> str:
    page = exemplar.steps[0].page if exemplar.steps else ""
    return prompt("rci_example", instruction=exemplar.instruction, page=page, plan=plan(exemplar))
