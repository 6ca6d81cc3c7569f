"""A model whose replies follow from fixed rules: for tests, and for use without a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from webagent.errors import PolicyError
from webagent.llm.protocol import Conversation, Usage

Replier: TypeAlias = Callable[[Conversation], str]
"""Gives the reply to a conversation; a `PolicyError` that it raises ends that one only."""


class ScriptedModel:
    """A chat model that answers by `replier`. A word counts as a token."""

    def __init__(self, replier: Replier, name: str = "scripted") -> None:
        self.name = name
        self.usage = Usage()
        self._replier = replier

    def chat(self, conversations: Sequence[Conversation]) -> list[str | PolicyError]:
        return [self._reply(one) for one in conversations]

    def _reply(self, conversation: Conversation) -> str | PolicyError:
        try:
            reply = self._replier(conversation)
        except PolicyError as error:
            return error
        self.usage += count(conversation, reply)
        return reply


def script(rules: Sequence[tuple[str, str]]) -> Replier:
    """Answers by the first rule whose pattern is found in the last message.

    In a reply, "\\1" stands for the pattern's first group. A message that no rule fits is a
    `PolicyError`.
    """

    def reply(conversation: Conversation) -> str:
        asked = conversation[-1].text
        for pattern, answer in rules:
            if found := re.search(pattern, asked, re.DOTALL):
                return found.expand(answer)
        raise PolicyError(f"The script has no rule for {asked[-80:]!r}.")

    return reply


def count(conversation: Conversation, reply: str) -> Usage:
    """The usage of one reply, in words."""
    return Usage(1, 0, sum(len(one.text.split()) for one in conversation), len(reply.split()))
