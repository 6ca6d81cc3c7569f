"""Exemplars: solved episodes that prompts show, in a file of JSON lines.

`webagent exemplars` makes such files from demonstrations and from runs. The one that ships
holds two episodes of each of the 56 tasks, the expert's first with training seeds:

    webagent collect --suite miniwob-56 --per-task 200 --out data/base
    webagent exemplars data/base --out webagent/policies/prompted/exemplars.jsonl
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from webagent.errors import PolicyError

SHIPPED = Path(__file__).parent / "exemplars.jsonl"


@dataclass(frozen=True, slots=True)
class Moment:
    """What was seen, cut down to what mattered, and what was done."""

    page: str
    action: str


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One solved episode. `program` is the program that solved it, if one did."""

    task: str
    seed: int
    instruction: str
    steps: tuple[Moment, ...]
    program: str = ""

    @property
    def kind(self) -> str:
        """The task's name without its suite: "click-link"."""
        return self.task.rpartition(".")[2]


def read_exemplars(file: Path) -> list[Exemplar]:
    """The exemplars of a file. Raises `PolicyError` that names the line that is wrong."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise PolicyError(
            f"The exemplars {file} cannot be read: {error.strerror}. Make them with: "
            "webagent exemplars FOLDER --out FILE"
        ) from error
    read = TypeAdapter(Exemplar).validate_json
    found: list[Exemplar] = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(read(line))
        except ValidationError as error:
            wrong = error.errors()[0]
            place = ".".join(str(one) for one in wrong["loc"])
            raise PolicyError(f"{file}, line {number}: {place} {wrong['msg']}") from error
    return found


def written(exemplars: Iterable[Exemplar]) -> bytes:
    """The exemplars as JSON lines."""
    return b"".join(orjson.dumps(one) + b"\n" for one in exemplars)
