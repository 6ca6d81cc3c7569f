"""The options of prompted agents, as a policy's spec gives them: `rci?model=NAME&shots=2`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webagent.browser.reach import is_private
from webagent.errors import PolicyError
from webagent.llm.address import OPENAI, checked_url, is_loopback, is_openai
from webagent.llm.endpoint import Settings
from webagent.policies.prompted.exemplars import SHIPPED
from webagent.policies.prompted.memory import Choice

Count = Annotated[int, Field(ge=0, le=100)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
OPENAI_KEY = "OPENAI_API_KEY"
NO_KEY = "none"  # in place of a variable

Chosen = TypeVar("Chosen", bound="ChatOptions")


class ChatOptions(BaseModel):
    """How a chat model is asked. Each field's description is its help."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[
        str, Field(min_length=1, description='the model\'s name; "rules" needs no endpoint')
    ]
    endpoint: Annotated[str, Field(description="base URL that speaks OpenAI's protocol")] = OPENAI
    key_env: Annotated[
        str | None,
        Field(
            description=f'variable that holds the key, or "{NO_KEY}"; without it OpenAI gets '
            f"{OPENAI_KEY}, and this machine none"
        ),
    ] = None
    cache: Annotated[
        Path | None, Field(description="folder that keeps answers, for runs that are resumed")
    ] = None
    temperature: Annotated[
        Annotated[float, Field(ge=0, le=2)] | Literal["none"],
        Field(description='0 by default; "none" leaves it to the endpoint'),
    ] = 0.0
    seed: Annotated[int | None, Field(description="sent with each request")] = None
    longest: Annotated[
        Annotated[int, Field(ge=200)] | None,
        Field(description="characters of a page that are shown; Synapse abstracts longer ones"),
    ] = None
    concurrency: Annotated[int, Field(ge=1, le=256, description="requests at a time")] = 8
    per_minute: Annotated[Positive | None, Field(description="most requests a minute")] = None
    retries: Annotated[Count, Field(description="more tries when an endpoint is busy")] = 5
    backoff: Annotated[Positive, Field(description="seconds before the second try")] = 1.0
    timeout: Annotated[Positive, Field(description="seconds until a try is given up")] = 120.0
    price_in: Annotated[Price, Field(description="of a million tokens in")] = 0.0
    price_out: Annotated[Price, Field(description="of a million tokens out")] = 0.0

    @property
    def settings(self) -> Settings:
        return Settings(
            temperature=None if self.temperature == "none" else self.temperature,
            seed=self.seed,
            prices=(self.price_in, self.price_out),
            concurrency=self.concurrency,
            per_minute=self.per_minute,
            retries=self.retries,
            backoff=self.backoff,
            timeout=self.timeout,
        )

    @property
    def key(self) -> str:
        """The key for the endpoint, from its environment variable; "" for none. OpenAI's goes
        to nobody else unasked. Raises `PolicyError` if it isn't said whose key an endpoint gets,
        if that is not there, or if all the way could read it.
        """
        url = checked_url(self.endpoint)
        named = self.key_env or (OPENAI_KEY if is_openai(url) else "")
        if named == NO_KEY or (not named and is_loopback(url)):
            return ""
        if not named:
            raise PolicyError(
                f"Say with an option which environment variable holds the key for {url}: "
                f"key_env=VARIABLE, or key_env={NO_KEY} if it needs no key. {OPENAI_KEY} goes to "
                "OpenAI alone."
            )
        if urlsplit(url).scheme == "http" and not is_private(urlsplit(url).hostname or ""):
            raise PolicyError(f"The key would go to {url} for all to read: use https.")
        key = os.environ.get(named, "").strip()
        if not key:
            raise PolicyError(
                f"The endpoint {url} needs a key: set the environment variable {named}, or name "
                "another with the option key_env=VARIABLE."
            )
        return key


class Options(ChatOptions):
    """What a user of a prompted agent can choose."""

    exemplars: Annotated[
        Choice,
        Field(
            description="of a composition's first part, second, or both (all in turn); or the "
            "nearest, as synapse does by itself; or none"
        ),
    ] = "both"
    shots: Annotated[Count, Field(description="exemplars shown (at least one a part)")] = 3
    memory: Annotated[Path, Field(description="file of exemplars, from `webagent exemplars`")] = (
        SHIPPED
    )
    embeddings: Annotated[
        str | None, Field(description="model that finds the nearest exemplars; else words do")
    ] = None
    repairs: Annotated[Count, Field(description="times an unusable action is sent back")] = 1
    rounds: Annotated[Count, Field(description="rci: times the plan is criticised")] = 1
    refinements: Annotated[Count, Field(description="adaplanner: new programs an episode")] = 6


def read_options(name: str, query: str, kind: type[Chosen]) -> Chosen:
    """The options of the agent `name`. Raises `PolicyError` that says which one is wrong."""
    given: dict[str, Any] = {}
    for one in query.split("&"):
        key, _, value = one.partition("=")
        if key:
            given[key] = unquote(value)
    if "model" not in given:
        raise PolicyError(
            f"{name} needs a model: {name}?model=NAME&endpoint=http://127.0.0.1:8000/v1, or "
            f"{name}?model=rules, which needs no network. Options:{options_help(kind)}"
        )
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = error.errors()[0]
        place = str(wrong["loc"][0])
        if wrong["type"] == "extra_forbidden":
            raise PolicyError(
                f"{name} has no option {place!r}. Options:{options_help(kind)}"
            ) from None
        raise PolicyError(f"{name}: {place}={given[place]}: {wrong['msg']}.") from None


def options_help(kind: type[ChatOptions]) -> str:
    """All options and what they mean, one a line."""
    fields = kind.model_fields.items()
    return "".join(f"\n  {name}: {field.description}" for name, field in fields)
