"""What a chat model is: conversations in, replies out, many at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from webagent.errors import PolicyError

_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)

Role: TypeAlias = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    text: str


Conversation: TypeAlias = tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model was asked so far.

    `requests` were answered anew, `cached` from the cache. Tokens are counted by the endpoint;
    `cost` is in the currency of the prices that the user gave, and 0 without prices. Cached
    answers cost nothing.
    """

    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.requests + other.requests,
            self.cached + other.cached,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost + other.cost,
        )

    def __str__(self) -> str:
        cost = f", cost {self.cost:.4f}" if self.cost else ""
        return (
            f"{self.requests:,} requests ({self.cached:,} more from the cache), "
            f"{self.prompt_tokens:,} tokens in, {self.completion_tokens:,} out{cost}"
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that goes out again in so many seconds, why, and which try of how many it is."""

    told: str
    seconds: float
    attempt: int
    attempts: int

    def __str__(self) -> str:
        when = f"in {self.seconds:.1f} s, try {self.attempt} of {self.attempts}"
        return f"{self.told} Asked again {when}."


Observer: TypeAlias = Callable[[Waiting], None]


@runtime_checkable
class Watched(Protocol):
    """A model that tells its `observer`, in threads of its own, of each wait."""

    observer: Observer | None


def spoken(reply: str) -> str:
    """A reply without the thoughts that some models write out."""
    return _THOUGHT.sub("", reply).strip()


class ChatModel(Protocol):
    """Answers batches of conversations."""

    @property
    def name(self) -> str:
        """The model's name, as results tell it."""
        ...

    @property
    def usage(self) -> Usage:
        """What was asked since the model was made."""
        ...

    def chat(self, conversations: Sequence[Conversation]) -> Sequence[str | PolicyError]:
        """One reply per conversation, in order; what went wrong with one comes as a value.

        Raises `PolicyStop` for what no later call can mend: a wrong key, no quota, an unknown
        model, an endpoint that is not there.
        """
        ...


def system(text: str) -> Message:
    """What holds for the whole conversation: the model's role and rules."""
    return Message("system", text)


def user(text: str) -> Message:
    """What the model is asked."""
    return Message("user", text)


def assistant(text: str) -> Message:
    """What the model said before, or is shown as if it had."""
    return Message("assistant", text)
