"""The options of prompted agents, as a policy's spec gives them: `rci?model=NAME&shots=2`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webagent.errors import PolicyError
from webagent.llm.endpoint import OPENAI, Settings
from webagent.policies.prompted.exemplars import SHIPPED
from webagent.policies.prompted.memory import Choice

Count = Annotated[int, Field(ge=0, le=100)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
DEFAULT_KEY = "OPENAI_API_KEY"


class Options(BaseModel):
    """What a user can choose. Each field's description is its help."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Annotated[
        str, Field(min_length=1, description='the model\'s name; "rules" needs no endpoint')
    ]
    endpoint: Annotated[str, Field(description="base URL that speaks OpenAI's protocol")] = OPENAI
    key_env: Annotated[
        str | None, Field(description=f"variable that holds the key (else {DEFAULT_KEY})")
    ] = None
    cache: Annotated[
        Path | None, Field(description="folder that keeps answers, for runs that are resumed")
    ] = None
    temperature: Annotated[
        Annotated[float, Field(ge=0, le=2)] | Literal["none"],
        Field(description='0 by default; "none" leaves it to the endpoint'),
    ] = 0.0
    seed: Annotated[int | None, Field(description="sent with each request")] = None
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
    longest: Annotated[
        Annotated[int, Field(ge=200)] | None,
        Field(description="characters of a page that are shown; Synapse abstracts longer ones"),
    ] = None
    repairs: Annotated[Count, Field(description="times an unusable action is sent back")] = 1
    rounds: Annotated[Count, Field(description="rci: times the plan is criticised")] = 1
    refinements: Annotated[Count, Field(description="adaplanner: new programs an episode")] = 6
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
        """The key from its environment variable. Raises `PolicyError` if one is needed and
        not there; endpoints of one's own often need none.
        """
        key = os.environ.get(self.key_env or DEFAULT_KEY, "").strip()
        if not key and (self.key_env or self.endpoint == OPENAI):
            raise PolicyError(
                f"The endpoint {self.endpoint} needs a key: set the environment variable "
                f"{self.key_env or DEFAULT_KEY}, or name another with key_env=."
            )
        return key


def read_options(name: str, query: str) -> Options:
    """The options of the agent `name`. Raises `PolicyError` that says which one is wrong."""
    given: dict[str, Any] = {}
    for one in query.split("&"):
        key, _, value = one.partition("=")
        if key:
            given[key] = unquote(value)
    if "model" not in given:
        raise PolicyError(
            f"{name} needs a model: {name}?model=NAME&endpoint=http://127.0.0.1:8000/v1, or "
            f"{name}?model=rules, which needs no network. Options:{options_help()}"
        )
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        wrong = error.errors()[0]
        place = str(wrong["loc"][0])
        if wrong["type"] == "extra_forbidden":
            raise PolicyError(f"{name} has no option {place!r}. Options:{options_help()}") from None
        raise PolicyError(f"{name}: {place}={given[place]}: {wrong['msg']}.") from None


def options_help() -> str:
    """All options and what they mean, one a line."""
    fields = Options.model_fields.items()
    return "".join(f"\n  {name}: {field.description}" for name, field in fields)
