"""Synapse: pages cut down to what matters, and whole trajectories as exemplars from a memory.

After "Synapse: Trajectory-as-Exemplar Prompting with Memory" (arXiv 2306.07863).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence

from webagent.actions import read
from webagent.html import cut
from webagent.llm.protocol import ChatModel, Conversation, Message, assistant, system, user
from webagent.policies.prompted.exemplars import Exemplar
from webagent.policies.prompted.memory import Memory
from webagent.policies.prompted.prompts import prompt
from webagent.policies.prompted.talk import (
    Thought,
    decide_with,
    instruction_of,
    opening,
    settled,
)
from webagent.types import Context, Decision, Json

KEPT = "Kept of the page: "  # begins the note of a step whose page was cut down
ABSTRACTION_EXAMPLES = 3
_NUMBER = re.compile(r"\d+")


class SynapsePolicy:
    """State abstraction, trajectory-as-exemplar prompting, and a memory of exemplars.

    A page of more than `longest` characters is cut down: by examples of what mattered on the
    exemplars' pages, the model names the refs that matter here, and the page is cut to these
    (naming refs, it can't change the page). Shorter pages pass as they are. The prompt is a
    conversation of whole solved episodes, each a sequence of pages and actions, and then of
    this one so far, which the model continues by one action. Which refs were kept stands in
    the step's note. Exemplars come from `memory`, by similarity unless it is told otherwise.
    """

    def __init__(
        self,
        model: ChatModel,
        memory: Memory,
        *,
        repairs: int = 1,
        longest: int = 4_000,
        card: Mapping[str, Json] | None = None,
    ) -> None:
        self.model = model
        self.card = card or {}
        self._memory = memory
        self._repairs = repairs
        self._longest = longest

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        """Abstract the pages that are long, and decide; all contexts are asked together."""
        return decide_with(self.model, self._memory, contexts, self._think)

    def _think(self, context: Context, exemplars: Sequence[Exemplar]) -> Thought:
        page, note = yield from self._abstracted(context, exemplars)
        start = prompt("synapse_system", system=opening()[0].text)
        pages = [_as_seen(step.observation.html, step.decision.note) for step in context.history]
        asked = (
            system(start),
            *(turn for one in exemplars for turn in _trajectory(one)),
            *_so_far(context, [*pages, page]),
        )
        action = yield from settled(asked, context.observation.html, self._repairs)
        return Decision(action, note)

    def _abstracted(
        self, context: Context, exemplars: Sequence[Exemplar]
    ) -> Generator[Conversation, str, tuple[str, str]]:
        """The page as the model shall see it, and the note that says what was kept."""
        html = context.observation.html
        if len(html) <= self._longest:
            return html, ""
        shown = [_abstraction(one) for one in exemplars[:ABSTRACTION_EXAMPLES] if one.steps]
        question = prompt("synapse_page", instruction=instruction_of(context), page=html)
        rules = prompt("synapse_abstract", examples="\n\n".join(shown))
        reply = yield (system(rules), user(question))
        note = f"{KEPT}{', '.join(_NUMBER.findall(reply))}"
        return _as_seen(html, note), note


def _as_seen(html: str, note: str) -> str:
    """The page cut to the refs that a note keeps; the whole page if it keeps none of them."""
    if not note.startswith(KEPT):
        return html
    return cut(html, [int(one) for one in _NUMBER.findall(note)]) or html


def _trajectory(exemplar: Exemplar) -> list[Message]:
    pages = [one.page for one in exemplar.steps]
    done = [one.action for one in exemplar.steps]
    return _turns(exemplar.instruction, pages, done, [""] * len(done))


def _so_far(context: Context, pages: Sequence[str]) -> list[Message]:
    done = [str(step.decision.action) for step in context.history]
    errors = ["", *(step.error or "" for step in context.history)]
    return _turns(instruction_of(context), pages, done, errors)


def _turns(
    instruction: str, pages: Sequence[str], done: Sequence[str], errors: Sequence[str]
) -> list[Message]:
    """Pages and actions in turn. There is one page more than actions where one is to come."""
    turns: list[Message] = []
    for number, page in enumerate(pages):
        first = prompt("synapse_task", instruction=instruction, page=page)
        failed = f"That failed: {errors[number]}" if errors[number] else ""
        turns.append(user(prompt("synapse_next", error=failed, page=page) if number else first))
        turns += [assistant(one) for one in done[number : number + 1]]
    return turns


def _abstraction(exemplar: Exemplar) -> str:
    """An example of abstraction: the page of the first step, and the refs acted on there."""
    first = exemplar.steps[0]
    question = prompt("synapse_page", instruction=exemplar.instruction, page=first.page)
    acted = dict.fromkeys(read(one.action).ref for one in exemplar.steps)
    refs = [str(ref) for ref in acted if f' ref="{ref}"' in first.page]
    return f"{question}\n{', '.join(refs)}"
