"""One episode as a run folder keeps it: plain text and numbers, one JSON line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TypeAlias, cast

import orjson
from pydantic import TypeAdapter, ValidationError

from webagent.actions import read
from webagent.errors import RunError
from webagent.html import depth
from webagent.types import Decision, Ending, Episode, Step, Try

Key: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """An action as source text, why it was taken, and what was wrong with it.

    `program` is the source of the program that begins with this action, `tries` are those that
    failed before, without one, `refs` the elements whose snippet the program was written for.
    Older records have neither, nor `gave_up`.
    """

    action: str
    note: str = ""
    program: str = ""
    error: str | None = None
    html: str | None = None
    tries: tuple[Try, ...] = ()
    gave_up: bool = False
    refs: tuple[int, ...] = ()

    @property
    def decision(self) -> Decision:
        return Decision(
            read(self.action), self.note, self.program, self.gave_up, self.tries, self.refs
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of an episode.

    `facts` are the verdict's: for compositions `ordered` (bool: the instructed order was
    respected) and `parts` (a list of {"kind": ..., "right": ...}). `seconds` is wall time.
    `depth` is that of the first page (see `webagent.html.depth`), None in older records.
    """

    task: str
    seed: int
    ending: Ending
    success: bool
    raw_reward: float
    instruction: str
    steps: tuple[RecordedStep, ...]
    seconds: float
    attempts: int = 1
    detail: str = ""
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    depth: int | None = None

    @property
    def key(self) -> Key:
        return self.task, self.seed

    @property
    def decisions(self) -> list[Decision]:
        """What the policy decided, to be done again."""
        return [step.decision for step in self.steps]

    @property
    def strict(self) -> bool:
        """Success that also respected the instructed order, where the task tells it."""
        return self.success and self.facts.get("ordered") is not False


def record_of(episode: Episode, *, keep_html: bool = False) -> Record:
    """Drop what a run folder does not keep: screenshots, boxes, and mostly the HTML."""
    steps = tuple(_recorded(step, keep_html=keep_html) for step in episode.steps)
    reward = episode.verdict.raw_reward
    first = episode.steps[0].observation if episode.steps else episode.final
    return Record(
        task=episode.task,
        seed=episode.seed,
        ending=episode.ending,
        success=episode.success,
        raw_reward=reward if math.isfinite(reward) else 0.0,
        instruction=episode.verdict.instruction,
        steps=steps,
        seconds=round(episode.seconds, 3),
        attempts=episode.attempts,
        detail=episode.detail,
        facts=dict(episode.verdict.facts),
        depth=depth(first.html) if first else None,
    )


def _recorded(step: Step, *, keep_html: bool) -> RecordedStep:
    return RecordedStep(
        action=str(step.decision.action),
        note=step.decision.note,
        program=step.decision.program,
        error=step.error,
        html=step.observation.html if keep_html else None,
        tries=step.decision.tries,
        gave_up=step.decision.gave_up,
        refs=step.decision.refs,
    )


def to_line(record: Record) -> bytes:
    """The record as one line of JSON, with its line end."""
    fields = asdict(record)
    fields["steps"] = [
        {key: value for key, value in step.items() if value or key == "action"}
        for step in cast(list[dict[str, object]], list(fields["steps"]))
    ]
    try:
        return orjson.dumps(fields) + b"\n"
    except TypeError:  # a page can hold half a surrogate pair, which UTF-8 cannot
        text = json.dumps(fields, ensure_ascii=False, default=str)
        return text.encode("utf-8", "replace") + b"\n"


def from_line(line: bytes) -> Record:
    """Read and check one line. Raises `RunError` saying which field is wrong."""
    try:
        return _adapter().validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RunError(f"{place or 'the line'}: {first['msg']}") from error


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)
