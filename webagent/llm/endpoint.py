"""A chat model behind any endpoint that speaks OpenAI's protocol."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from threading import Event, Lock
from typing import Any

from webagent.errors import PolicyError, PolicyStop, installing
from webagent.llm.address import OPENAI, checked_url, is_openai
from webagent.llm.cache import Cache, Request, key_of
from webagent.llm.failures import Failure, Next, failure_of
from webagent.llm.pace import Pace, delay
from webagent.llm.protocol import Conversation, Observer, Usage, Waiting
from webagent.llm.together import ask_together
from webagent.text import writable


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a model is asked.

    `temperature` and `seed` are left out of requests where None. `prices` are those of a
    million tokens in and out. `backoff` is the wait before the second try, in seconds;
    `timeout` is that of one try.
    """

    temperature: float | None = 0.0
    seed: int | None = None
    prices: tuple[float, float] = (0.0, 0.0)
    concurrency: int = 8
    per_minute: float | None = None
    retries: int = 5
    backoff: float = 1.0
    timeout: float = 120.0


class Endpoint:
    """The model `name` at the address `url`. `key` goes into requests and nowhere else.

    Identical requests are sent once; answers are kept in `cache`. Raises `PolicyError` if the
    address is none, or holds a secret (which would end up in results), or without `openai`.
    """

    def __init__(
        self,
        name: str,
        url: str = OPENAI,
        key: str = "",
        settings: Settings | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.name = name
        self.observer: Observer | None = None
        self._url = checked_url(url)
        self._key = key
        self._settings = settings or Settings()
        self._cache = cache or Cache()
        self._pace = Pace(self._settings.per_minute)
        self._usage = Usage()
        self._lock = Lock()
        self._openai = _library()
        self._client: Any = self._openai.OpenAI(
            base_url=self._url,
            api_key=key or "none",
            timeout=self._settings.timeout,
            max_retries=0,  # ours know what stops a run
        )
        if not is_openai(self._url):  # the library takes them from variables, for whoever is asked
            self._client.organization = self._client.project = None
        weakref.finalize(self, self._client.close)

    @property
    def usage(self) -> Usage:
        return self._usage

    def chat(self, conversations: Sequence[Conversation]) -> list[str | PolicyError]:
        """One reply per conversation; see `ChatModel`."""
        return self._answers([self._question(one) for one in conversations])

    def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """The vector that another model of the endpoint gives each text. Raises `PolicyError`."""
        found = self._answers(
            [{"to": self._url, "model": model, "input": writable(text)} for text in texts]
        )
        for one in found:
            if isinstance(one, PolicyError):
                raise one
        return found

    def _question(self, conversation: Conversation) -> Request:
        asked: dict[str, Any] = {
            "to": self._url,
            "model": self.name,
            "messages": [{"role": one.role, "content": writable(one.text)} for one in conversation],
        }
        options = {"temperature": self._settings.temperature, "seed": self._settings.seed}
        return asked | {name: value for name, value in options.items() if value is not None}

    def _answers(self, requests: Sequence[Request]) -> list[Any]:
        keys = [key_of(request) for request in requests]
        known = {key: self._cache.get(one) for key, one in zip(keys, requests, strict=True)}
        asked = {k: one for k, one in zip(keys, requests, strict=True) if known[k] is None}
        self._count(Usage(cached=len(requests) - len(asked)))
        known |= ask_together(asked, self._ask, self._settings.concurrency)
        return [known[key] for key in keys]

    def _ask(self, request: Request, stop: Event) -> Any:
        """The answer, or what went wrong with this one. Raises `PolicyStop`."""
        for attempt in range(self._settings.retries + 1):
            self._pace.wait(stop)
            if stop.is_set():
                break
            found = self._try(request)
            if not isinstance(found, Failure):
                return found
            if found.next is Next.AGAIN and attempt < self._settings.retries:
                self._back_off(found, attempt, stop)
            elif found.next is Next.STOP or found.busy:
                stop.set()
                raise PolicyStop(found.told)
            else:
                return PolicyError(found.told)
        return PolicyError(f"{self._url} was not asked, because the run stops.")

    def _back_off(self, failure: Failure, attempt: int, stop: Event) -> None:
        wait = delay(attempt, self._settings.backoff, failure.after)
        if self.observer and not stop.is_set():
            self.observer(Waiting(failure.told, wait, attempt + 2, self._settings.retries + 1))
        if failure.busy:
            self._pace.hold(wait)
        stop.wait(wait)

    def _try(self, request: Request) -> Any:
        try:
            answer, usage = self._sent({k: v for k, v in request.items() if k != "to"})
        except (self._openai.OpenAIError, ValueError, TypeError, LookupError, AttributeError) as e:
            return failure_of(
                e, self._url, request["model"], self._clean(getattr(e, "message", str(e)))
            )
        self._count(usage)
        self._cache.put(request, answer)
        return answer

    def _sent(self, request: Request) -> tuple[Any, Usage]:
        """Answer and usage of one request; raises what the client raises, or what comes of an
        answer without the parts that it must have.
        """
        if "messages" not in request:
            reply = self._client.embeddings.create(**request, encoding_format="float")
            return [float(one) for one in reply.data[0].embedding], self._spent(reply.usage)
        reply = self._client.chat.completions.create(**request)
        return self._clean(reply.choices[0].message.content or ""), self._spent(reply.usage)

    def _spent(self, told: Any) -> Usage:
        """The usage of one answer; endpoints may leave it out."""
        into = int(getattr(told, "prompt_tokens", 0) or 0)
        out = int(getattr(told, "completion_tokens", 0) or 0)
        price_in, price_out = self._settings.prices
        return Usage(1, 0, into, out, (into * price_in + out * price_out) / 1e6)

    def _count(self, usage: Usage) -> None:
        with self._lock:
            self._usage += usage

    def _clean(self, text: str) -> str:
        """What an endpoint says, without the key: an answer may hold it, and is stored."""
        return text.replace(self._key, "***") if len(self._key) > 3 else text


def _library() -> Any:
    try:
        return import_module("openai")
    except ImportError as error:
        raise PolicyError(
            f"Endpoints are asked with the package openai: {installing('llm')}."
        ) from error
