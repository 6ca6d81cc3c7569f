"""Thoughts: what one context asks of a model, turn by turn, until its decision is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TypeAlias

from webagent import actions
from webagent.actions import MAX_SOURCE, Action, parse, read
from webagent.errors import ActionError, PolicyError
from webagent.llm.protocol import ChatModel, Conversation, assistant, spoken, system, user
from webagent.policies.prompted.exemplars import Exemplar
from webagent.policies.prompted.memory import Memory
from webagent.policies.prompted.prompts import prompt
from webagent.types import Context, Decision, Step

Thought: TypeAlias = Generator[Conversation, str, Decision]
"""Yields conversations, is sent the reply to each, and returns a decision."""

MOST_CALLS = 20  # looked at in a reply; more are a model that ran away
_REF = re.compile(r' ref="(\d+)"')
_HEAD = re.compile(rf"\b(?:{'|'.join(actions.ACTIONS)})\(")
_CLOSING = re.compile(r"\)")


def think(model: ChatModel, thoughts: Sequence[Thought]) -> list[Decision]:
    """Run all thoughts side by side: what they ask in a round is one batch.

    Raises `PolicyError` for one whose conversation failed, when all others have ended: asked
    for again, they find their answers in the model's cache.
    """
    decided: dict[int, Decision] = {}
    failed: list[PolicyError] = []
    replies: dict[int, str | None] = dict.fromkeys(range(len(thoughts)))
    while replies:
        asked: dict[int, Conversation] = {}
        for number, reply in replies.items():
            try:
                asked[number] = thoughts[number].send(reply)  # pyright: ignore[reportArgumentType]
            except StopIteration as end:
                decided[number] = end.value
        answers = zip(asked, model.chat(list(asked.values())), strict=True) if asked else ()
        replies = {}
        for number, answer in answers:
            if isinstance(answer, PolicyError):
                failed.append(answer)
            else:
                replies[number] = spoken(answer)
    for error in failed:
        raise error
    return [decided[number] for number in range(len(thoughts))]


def decide_with(
    model: ChatModel,
    memory: Memory,
    contexts: Sequence[Context],
    thought: Callable[[Context, Sequence[Exemplar]], Thought],
) -> list[Decision]:
    """A decision for each context: the thought of it and its exemplars, all asked together."""
    shown = memory.choose(contexts)
    return think(model, [thought(one, more) for one, more in zip(contexts, shown, strict=True)])


def opening() -> Conversation:
    """What conversations about single actions begin with: the rules, and the actions."""
    return (system(prompt("system", actions=actions.grammar())),)


def turn(conversation: Conversation, reply: str, question: str) -> Conversation:
    """The conversation with a reply and the next question."""
    return (*conversation, assistant(reply), user(question))


def instruction_of(context: Context) -> str:
    return " ".join(context.instruction.split())


def page_of(context: Context, longest: int) -> str:
    """The page now, cut off after `longest` characters, and what was wrong before."""
    html, error = context.observation.html, context.observation.error
    if len(html) > longest:
        html = f"{html[:longest]} …"
    return f"{html}\nThe last action failed: {error}" if error else html


def done_so_far(history: Sequence[Step]) -> str:
    """The actions taken, one a line, with what was wrong with them."""
    lines = [
        f"{step.decision.action}{f'  # failed: {step.error}' if step.error else ''}"
        for step in history
    ]
    return "\n".join(lines) or "nothing"


def settled(asked: Conversation, html: str, repairs: int) -> Generator[Conversation, str, Action]:
    """Ask for an action. One that can't be read, or names no element of the page, goes back
    with the error, up to `repairs` times; the last answer is taken as it is.
    """
    reply = yield asked
    for _ in range(repairs):
        try:
            return _checked(parse(_call(reply)), html)
        except ActionError as error:
            asked = turn(asked, reply, prompt("repair", error=str(error)))
            reply = yield asked
    return read(_call(reply))


def _call(reply: str) -> str:
    """The source of the last action in a reply, else all of it."""
    for head in list(_HEAD.finditer(reply))[: -MOST_CALLS - 1 : -1]:
        rest = reply[head.start() : head.start() + MAX_SOURCE].partition("\n")[0]
        for end in islice(_CLOSING.finditer(rest), MOST_CALLS):
            with suppress(ActionError):
                return str(parse(rest[: end.end()]))
    return reply.strip()


def _checked(action: Action, html: str) -> Action:
    if action.ref is not None and str(action.ref) not in _REF.findall(html):
        raise ActionError(f"No element of the page has the ref {action.ref}.")
    return action
