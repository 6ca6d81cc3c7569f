"""Compositions of base tasks: the checked data that the page of CompWoB builds from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from webagent.assets import asset
from webagent.errors import TaskError

Range: TypeAlias = tuple[int, int]
Group: TypeAlias = Literal["two-way", "three-way", "n-way", "transition", "easy-medium", "own"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(Model):
    """One base task in a composition. Other parts are named by their kind."""

    kind: Annotated[str, Field(description="the module in parts/ that draws it")]
    merged: Annotated[bool, Field(description="submitted by the next part's control")] = False
    requires: Annotated[
        tuple[str | int, ...], Field(description="parts that must be right when this one is done")
    ] = ()
    armed_by: Annotated[
        str | None, Field(description="part whose first event makes this one listen")
    ] = None
    wrong_ends: Annotated[bool, Field(description="done wrong, it ends the episode")] = False
    block: Annotated[str | None, Field(description="id of the div it is put into")] = None
    ids: Annotated[Mapping[str, str], Field(description="ids in place of the usual ones")] = {}
    suffix: Annotated[str | None, Field(description="appended to all its ids and labels")] = None
    prefix: Annotated[str | None, Field(description="ids of its boxes, before the number")] = None
    label: Annotated[str | None, Field(description="text of its submit button")] = None
    button: Annotated[
        Literal["inside", "outside"] | None, Field(description="where its button stands")
    ] = None
    tight: Annotated[bool, Field(description="no margins around its fields")] = False
    toggle: Annotated[bool, Field(description="ONE switches, TWO takes over")] = False
    size: Annotated[Range | None, Field(description="of ONE and TWO, px")] = None
    left: Annotated[Range | None, Field(description="of ONE and TWO, px of the page")] = None
    top: Annotated[Range | None, Field(description="of ONE and TWO, px of the page")] = None
    lenient: Annotated[
        bool, Field(description="official text: fails if exactly half of the boxes are wrong")
    ] = False
    emails: Annotated[int | None, Field(description="how many emails the inbox holds")] = None


class View(Model):
    """Parts that are shown together; the next view follows when the last one is done."""

    parts: Annotated[tuple[str | int, ...], Field(min_length=1)]
    id: str | None = None


class Official(Model):
    """Where a published instruction leaves the grammar, kept in the official text."""

    reverse_end: Annotated[str, Field(description="after the last gerund")] = "."
    reverse_joint: Annotated[str | None, Field(description="between the gerunds")] = None


class Composition(Model):
    """A task of the suite, or one of a user's own."""

    name: str
    group: Group
    wrap: Annotated[int, Field(gt=0, description="height of the page, px")]
    query: Annotated[int, Field(gt=0, description="height of the instruction, px")]
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]
    area: Annotated[int | None, Field(description="forced height of the area, px")] = None
    page: Annotated[tuple[str, ...], Field(description="order of the blocks")] = ()
    views: tuple[View, ...] = ()
    imperatives: Annotated[int | None, Field(description="commands of the reverse instruction")] = (
        None
    )
    swap_passwords: Annotated[
        bool, Field(description="the official reverse text exchanges two passwords")
    ] = False
    blocks: Annotated[bool, Field(description="each part has a block of its own")] = False
    official: Official = Official()

    @model_validator(mode="after")
    def check_references(self) -> Composition:
        known = kinds()
        for part in self.parts:
            if part.kind not in known:
                raise ValueError(f"no part is called {part.kind!r}; there are {', '.join(known)}")
        self.spec()
        return self

    def spec(self) -> dict[str, Any]:
        """What engine.js takes: kinds that name other parts become their numbers."""
        spec = self.model_dump(exclude_defaults=True, exclude={"name", "group"})
        order = [part.kind for part in self.parts]
        for index, part in enumerate(spec["parts"]):
            if "requires" in part:
                part["requires"] = [_number(order, one, index) for one in part["requires"]]
            if "armed_by" in part:
                part["armed_by"] = _number(order, part["armed_by"], index)
        if self.page and sorted(self.page) != sorted(order):
            raise ValueError(f"page of {self.name} must name each part once")
        spec["page"] = [order.index(kind) for kind in self.page] or list(range(len(order)))
        for view in spec.get("views", ()):
            view["parts"] = [_number(order, kind, len(order)) for kind in view["parts"]]
        return spec


class Size(Model):
    """The nominal size of a part in a composition of one's own."""

    height: Annotated[int, Field(description="of its block, px")]
    open: Annotated[int, Field(description="what the open layout adds, px")] = 0
    lines: Annotated[int, Field(description="of its clause")] = 3


class Suite(Model):
    sizes: Mapping[str, Size]
    task: tuple[Composition, ...]


@cache
def kinds() -> tuple[str, ...]:
    """The kinds of parts: one file each."""
    return tuple(sorted(file.stem for file in asset("benchmarks/compwob/parts").glob("*.js")))


@cache
def suite() -> Suite:
    """The 50 tasks that ship with the package."""
    return read_suite(asset("benchmarks/compwob/suite.toml"))


def read_suite(path: Path) -> Suite:
    """Read a suite file. Raises `TaskError` that names each wrong key and its place."""
    try:
        return Suite.model_validate(tomllib.loads(path.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise TaskError(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(key) for key in one['loc'])}: {one['msg']}" for one in error.errors()
        )
        raise TaskError(f"{path} is not a suite: {places}") from error


def _number(order: list[str], part: str | int, before: int) -> int:
    """The position of a part that must come before position `before`."""
    index = part if isinstance(part, int) else order.index(part) if part in order else before
    if index >= before:
        raise ValueError(f"{part!r} is not an earlier part; there are {', '.join(order[:before])}")
    return index
