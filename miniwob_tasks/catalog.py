"""What is known about each MiniWoB++ page, from `catalog.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from webagent.errors import TaskError


class Entry(BaseModel):
    """One page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group: str
    """What kind of skill it is; reports group by it."""
    step_limit: int = Field(ge=10)
    """Actions of an episode: at least twice what an expert needs."""
    papers56: bool = False
    """Whether it is one of the 56 tasks that the papers report."""
    base22: bool = False
    """Whether CompWoB composes it."""
    expert: bool = False
    """Whether this package has an expert for it."""
    unsolvable: bool = False
    """Whether no actions solve it: the suite of all pages counts it, no other does."""
    picture: bool = False
    """Whether the expert looks at the picture."""
    unsaid: bool = False
    """Whether the text that a model reads does not say what has to be known, and the picture does:
    what is only drawn, and where things lie that are not always in the same place."""
    reload: bool | Literal["pictures"] = False
    """Whether the page keeps state from one episode to the next and so is loaded anew: always, or
    for "pictures", because what it keeps is in no HTML."""
    renew: bool = False
    """Whether the page is given its first elements again for each episode that does not load it."""
    human: float | None = Field(default=None, ge=0, le=100)
    """Success of humans in percent, as CC-Net's paper gives it."""
    threshold: float = Field(default=1.0, gt=0, le=1)
    """The raw reward from which an episode is a success."""
    ceiling: float = Field(default=1.0, gt=0, le=1)
    """The share of episodes that the expert solves, where the page does not show enough to
    solve them all, or asks for what no action can do."""
    reason: str = ""
    """Why the threshold is not the full reward, the ceiling not all episodes, or why there is no
    expert."""

    @model_validator(mode="after")
    def _check_flags(self) -> Entry:
        if self.unsolvable and self.expert:
            raise ValueError("a page that an expert solves is not unsolvable")
        if self.picture and not self.unsaid:
            raise ValueError("an expert looks at the picture only of what is unsaid")
        return self

    @model_validator(mode="after")
    def _check_reason(self) -> Entry:
        if (min(self.threshold, self.ceiling) < 1 or not self.expert) != bool(self.reason):
            raise ValueError(
                "a reason belongs to a threshold or ceiling below 1 and to a page without expert"
            )
        return self


@cache
def catalog() -> Mapping[str, Entry]:
    """Page name -> entry, in the order of the file, which is that of reports."""
    return read_catalog(Path(__file__).parent / "catalog.toml")


def read_catalog(path: Path) -> Mapping[str, Entry]:
    """Read and check a catalog file. Raises `TaskError` for unknown keys and wrong values."""
    try:
        entries = TypeAdapter(dict[str, Entry]).validate_python(
            tomllib.loads(path.read_text("utf-8"))
        )
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise TaskError(f"The task catalog {path} is wrong: {error}") from error
    return MappingProxyType(entries)
