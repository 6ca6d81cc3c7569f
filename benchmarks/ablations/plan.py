"""What an ablation trains and plays, as `plans.toml` says it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

PLANS = Path(__file__).with_name("plans.toml")


class Trained(BaseModel):
    """A model of a plan. With `plays` it learns also from episodes of the model that the plan
    starts from: its "own" successes, or "corrected", what the expert would have done in them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    recipe: str
    set: Sequence[str] = ()
    share: float = 1.0
    start: str | None = None
    pages: bool = False
    plays: Literal["own", "corrected"] | None = None

    @property
    def shapes(self) -> bool:
        """Whether it sets what a model is made as, which one that there is has already."""
        return any(change.startswith("model.") for change in self.set)


class Played(BaseModel):
    """A row of the table: a policy made of the model `of`, or of the one that the plan starts
    from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    of: str | None = None
    policy: str = "{model}"


class Plan(BaseModel):
    """An ablation: what is trained, and what is played on which suites."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    suites: Sequence[str] = ("miniwob-56",)
    models: Sequence[Trained] = ()
    plays: Sequence[Played]

    @model_validator(mode="after")
    def _known(self) -> Plan:
        known: list[str] = []
        for one in self.models:
            if one.start is not None and one.start not in known:
                raise ValueError(f"{one.name} starts from {one.start}, which is not made before")
            known.append(one.name)
        unknown = {one.of for one in self.plays if one.of is not None} - set(known)
        if unknown:
            raise ValueError(f"there is no model {', '.join(sorted(unknown))}")
        return self

    @property
    def starts(self) -> bool:
        """Whether it can't do without a model to go on from."""
        return any(one.plays for one in self.models) or any(one.of is None for one in self.plays)


def plans(file: Path = PLANS) -> Mapping[str, Plan]:
    """Name -> plan."""
    return TypeAdapter(dict[str, Plan]).validate_python(tomllib.loads(file.read_text("utf-8")))
