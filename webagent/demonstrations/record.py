"""The row of a demonstration: one step of an episode, as Parquet files keep it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image

from webagent.actions import Action, read
from webagent.demonstrations.arrow import pyarrow
from webagent.text import writable
from webagent.types import Box, Context, Decision, Episode, Observation, Step

_LOOPBACK = re.compile(r"^http://127\.0\.0\.1:\d+")


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier step of the same episode: its action, and what was wrong with it."""

    action: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One step. What belongs to the whole episode is repeated on each of its rows.

    `MEANINGS` says what each column holds.
    """

    task: str
    seed: int | None
    episode: str
    step: int
    steps: int
    instruction: str
    html: str
    action: str
    history: tuple[Past, ...] = ()
    error: str | None = None
    note: str = ""
    program: str = ""
    target: Box | None = None
    boxes: tuple[tuple[float, ...], ...] = ()
    url: str = ""
    screenshot: bytes | None = None
    success: bool = False
    raw_reward: float = 0.0
    ending: str = ""
    facts: str = "{}"
    source: str = ""
    versions: str = ""


COLUMNS = tuple(field.name for field in fields(Row))
MEANINGS = {
    "task": "task id",
    "seed": "seed of the page; null where the source has none",
    "episode": "name of the episode; its rows lie together, in order",
    "step": "number of the step in its episode, from 0",
    "steps": "how many steps the episode has",
    "instruction": "what was to be done",
    "html": "the page before the action; elements that can be acted on carry a `ref`",
    "action": "the action's source, such as `click(3)`",
    "history": "the steps before: action, and what was wrong with it or null",
    "error": "what was wrong with this action, or null",
    "note": "why the action was taken: a plan, a part of the instruction",
    "program": "source of the program whose first call the action is; else empty",
    "target": "box of the element acted on: x, y, width, height in CSS pixels, or null",
    "boxes": "all elements of the page: [ref, x, y, width, height]",
    "url": "address of the page, without that of the local server",
    "screenshot": "PNG of the page before the action, or null",
    "success": "whether the episode solved its task",
    "raw_reward": "what the page paid at the end, without time penalty",
    "ending": "why the episode ended",
    "facts": "JSON: details of the verdict, for compositions which parts were right",
    "source": "who acted",
    "versions": "what the page was played with",
}
# What a text model learns from; boxes and pictures cost as much to read as all of these.
TEXT_COLUMNS = tuple(name for name in COLUMNS if name not in ("boxes", "target", "screenshot"))

_REQUIRED: Mapping[str, Any] = {
    **dict.fromkeys(("task", "episode", "instruction", "html", "action"), ""),
    "seed": None,
    "step": 0,
    "steps": 0,
}


def schema() -> Any:
    """The `pyarrow.Schema` of a row, with the features that `datasets` reads from it."""
    arrow = pyarrow()
    text, number, real = arrow.string(), arrow.int32(), arrow.float32()
    sides = [(side, real) for side in ("x", "y", "width", "height")]
    special = {
        "seed": arrow.int64(),
        "step": number,
        "steps": number,
        "history": arrow.list_(arrow.struct([("action", text), ("error", text)])),
        "target": arrow.struct(sides),
        "boxes": arrow.list_(arrow.list_(real)),
        "screenshot": arrow.struct([("bytes", arrow.binary()), ("path", text)]),
        "success": arrow.bool_(),
        "raw_reward": arrow.float64(),
    }
    kinds = [(name, special.get(name, text)) for name in COLUMNS]
    features = {name: _feature(kind) for name, kind in kinds} | {"screenshot": {"_type": "Image"}}
    told = orjson.dumps({"info": {"features": features}})
    return arrow.schema(kinds, metadata={"huggingface": told})


def table(rows: Sequence[Row]) -> Any:
    """The rows as a `pyarrow.Table`."""
    special = {
        "history": [[{"action": p.action, "error": p.error} for p in row.history] for row in rows],
        "target": [_sides(row.target) for row in rows],
        "screenshot": [_picture(row.screenshot) for row in rows],
    }
    columns = {
        name: special[name] if name in special else [getattr(row, name) for row in rows]
        for name in COLUMNS
    }
    return pyarrow().table(columns, schema=schema())


def row_of(plain: Mapping[str, Any]) -> Row:
    """The row of a mapping that came from a Parquet file or from `to_json`.

    Columns that were not read, or that an older file lacks, keep their defaults.
    """
    special: dict[str, Any] = {**_REQUIRED, **plain}
    past: Sequence[Mapping[str, Any]] = special.get("history") or ()
    special["history"] = tuple(Past(one["action"], one["error"]) for one in past)
    if target := special.get("target"):
        special["target"] = Box(**{side: round(value, 2) for side, value in target.items()})
    boxes: Sequence[Sequence[float]] = special.get("boxes") or ()
    special["boxes"] = tuple((int(one[0]), *(round(x, 2) for x in one[1:])) for one in boxes)
    if isinstance(picture := special.get("screenshot"), str):
        special["screenshot"] = base64.b64decode(picture)
    elif picture:
        special["screenshot"] = cast("Mapping[str, bytes]", picture)["bytes"]
    return Row(**special)


def to_json(rows: Sequence[Row]) -> bytes:
    """The rows of an episode as one line of JSON, without line end."""
    return orjson.dumps(rows, default=lambda picture: base64.b64encode(picture).decode())


def rows_of(
    episode: Episode, *, source: str, versions: str, task: str | None = None
) -> tuple[Row, ...]:
    """One row a step. `task` is the id to write, else the episode's own."""
    task = task or episode.task
    past: list[Past] = []
    rows: list[Row] = []
    reward = episode.verdict.raw_reward
    facts = orjson.dumps(dict(episode.verdict.facts), default=str).decode()
    for number, step in enumerate(episode.steps):
        seen, action = step.observation, step.decision.action
        ref = action.ref
        row = Row(
            task=task,
            seed=episode.seed,
            episode=f"{task}#{episode.seed}",
            step=number,
            steps=len(episode.steps),
            instruction=writable(episode.verdict.instruction),
            html=writable(seen.html),
            action=str(action),
            history=tuple(past),
            error=step.error and writable(step.error),
            note=writable(step.decision.note),
            program=writable(step.decision.program),
            target=None if ref is None else seen.boxes.get(ref),
            boxes=tuple((ref, b.x, b.y, b.width, b.height) for ref, b in seen.boxes.items()),
            url=writable(_LOOPBACK.sub("", seen.url)),
            screenshot=None if seen.screenshot is None else _png(seen.screenshot),
            success=episode.success,
            raw_reward=float(reward) if np.isfinite(reward) else 0.0,
            ending=str(episode.ending),
            facts=facts,
            source=source,
            versions=versions,
        )
        rows.append(row)
        past.append(Past(row.action, row.error))
    return tuple(rows)


def contexts(rows: Sequence[Row]) -> Iterator[tuple[Context, Decision]]:
    """What the policy knew at each row, and what it decided.

    `rows` belong to one episode. Where all of them are there, in order, the history holds
    the earlier pages too; for a row without those before it, the actions and errors alone.
    """
    known: dict[int, tuple[Observation, Decision]] = {}
    for row in rows:
        error = row.history[-1].error if row.history else None
        boxes = {int(ref): Box(*place) for ref, *place in row.boxes}
        picture = None if row.screenshot is None else _pixels(row.screenshot)
        seen = Observation(row.html, row.url, boxes, picture, error)
        history = tuple(_past(known.get(n), past) for n, past in enumerate(row.history))
        decision = Decision(_action(row.action), row.note, row.program)
        yield Context(row.task, row.instruction, seen, history), decision
        known[row.step] = seen, decision


def worked(rows: Sequence[Row]) -> list[tuple[Context, Decision]]:
    """`contexts` without the steps whose action failed, of which there is nothing to learn; a
    teacher's are none of these. Histories still tell them.
    """
    return [one for row, one in zip(rows, contexts(rows), strict=True) if row.error is None]


def _past(known: tuple[Observation, Decision] | None, past: Past) -> Step:
    """An earlier step. What was done there need not be what its row says: see `relabel`."""
    seen, decision = known or (Observation(""), None)
    done = _action(past.action)
    return Step(
        seen, decision if decision and decision.action == done else Decision(done), past.error
    )


@lru_cache(maxsize=65_536)
def _action(source: str) -> Action:
    """Actions repeat much within a data set, and reading one costs more than all else here."""
    return read(source)


def _sides(box: Box | None) -> dict[str, float] | None:
    return box and {"x": box.x, "y": box.y, "width": box.width, "height": box.height}


def _picture(png: bytes | None) -> dict[str, Any] | None:
    return None if png is None else {"bytes": png, "path": None}


def _feature(kind: Any) -> Any:
    """A type in the words of `datasets`."""
    types = pyarrow().types
    if types.is_struct(kind):
        return {kind.field(n).name: _feature(kind.field(n).type) for n in range(kind.num_fields)}
    if types.is_list(kind):
        return [_feature(kind.value_type)]  # understood before and since the type List
    return {"dtype": _DTYPES.get(str(kind), str(kind)), "_type": "Value"}


_DTYPES = {"float": "float32", "double": "float64"}


def _png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)  # higher gains next to nothing
    return file.getvalue()


def _pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
