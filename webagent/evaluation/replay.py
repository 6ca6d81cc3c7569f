"""Episodes chosen for the report, played again from their recorded actions with pictures."""

from __future__ import annotations

import io
import logging
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from webagent.actions import Action
from webagent.browser.protocol import Browser
from webagent.errors import PolicyError, RunError
from webagent.evaluation.metrics import Labels, part_count
from webagent.evaluation.record import Key, Record, record_of
from webagent.evaluation.store import REPLAYS, write_json
from webagent.play import Job, play
from webagent.tasks.protocol import Task
from webagent.types import Box, Context, Decision, Ending, Episode, Observation, Try

FAILURE_SHARE = 2 / 3
GOOD_LENGTH = 5  # steps


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG in base64, with its size in pixels; pages are drawn at one pixel a CSS pixel."""

    png: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """The page before an action, the box of the element acted on, the action, the program that
    begins with it, and those tried before.
    """

    action: str
    note: str
    error: str | None
    picture: Picture | None
    box: Box | None
    program: str = ""
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True, slots=True)
class Replay:
    """A replayed episode. `mismatch` says how it differs from the record; "" if it agrees."""

    task: str
    seed: int
    instruction: str
    ending: Ending
    success: bool
    steps: tuple[ReplayStep, ...]
    final: Picture | None
    mismatch: str = ""
    detail: str = ""


class RecordedActions:
    """A policy that repeats recorded actions, one known episode per task.

    It reads its place from the history, as every policy does; where the record ends it
    raises `PolicyError`, which ends the episode.
    """

    def __init__(self, decisions: Mapping[str, Sequence[Decision]]) -> None:
        self._decisions = decisions

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self._next(context) for context in contexts]

    def _next(self, context: Context) -> Decision:
        recorded = self._decisions.get(context.task, ())
        if len(context.history) >= len(recorded):
            raise PolicyError(f"The record of {context.task} ends here, its episode does not.")
        return recorded[len(context.history)]


def choose(records: Iterable[Record], labels: Labels, limit: int = 24) -> list[Record]:
    """Episodes worth looking at: failures of many tasks and endings, then successes of
    many groups, part counts and orders. The choice does not depend on the records' order.
    """
    playable = [one for one in records if one.steps and not one.ending.infrastructure]
    failures = [one for one in playable if not one.success]
    successes = [one for one in playable if one.success]
    room = max(round(limit * FAILURE_SHARE), limit - len(successes))
    chosen = _spread(failures, labels, room)
    return chosen + _spread(successes, labels, limit - len(chosen))


def replay(
    records: Sequence[Record], tasks: Mapping[str, Task], browser: Browser
) -> Iterator[Replay]:
    """Play the records again with screenshots, in rounds of one episode per task."""
    waiting: list[Record] = [one for one in records if one.task in tasks]
    while waiting:
        round_ = {one.task: one for one in reversed(waiting)}
        waiting = [one for one in waiting if round_[one.task] is not one]
        policy = RecordedActions({task: one.decisions for task, one in round_.items()})
        jobs = [Job(tasks[task], one.seed, screenshots=True) for task, one in round_.items()]
        for episode in play(jobs, policy, browser, invalid_limit=_NEVER):
            yield replayed(episode, round_[episode.task])


def write_replays(folder: Path, replays: Iterable[Replay]) -> list[Replay]:
    """Keep replays in the run folder, in place of those there; log each mismatch."""
    place = folder / REPLAYS
    place.mkdir(exist_ok=True)
    for old in place.glob("*.json"):
        old.unlink()
    kept = list(replays)
    for number, one in enumerate(kept):
        name = re.sub(r"[^A-Za-z0-9+_-]+", "-", one.task)[:100]
        write_json(place / f"{number:03d}-{name}-{one.seed}.json", one)
        if one.mismatch:
            logging.getLogger(__name__).warning(
                "Replay of %s, seed %d differs from its record: %s. The page is not "
                "deterministic or the record is wrong; do not trust this run's scores.",
                one.task, one.seed, one.mismatch,
            )  # fmt: skip
    return kept


def read_replays(folder: Path) -> list[Replay]:
    """The replays of a run folder, in the order in which they were chosen."""
    adapter = TypeAdapter(Replay)
    found: list[Replay] = []
    for path in sorted((folder / REPLAYS).glob("*.json")):
        try:
            found.append(adapter.validate_json(path.read_bytes()))
        except ValidationError as error:
            raise RunError(
                f"{path} cannot be read: {error.errors()[0]['msg']}. Delete it and write the "
                "report again."
            ) from error
    return found


_NEVER = 10**9  # a recorded episode ends where it ended, whatever limit the run had


def _spread(records: Sequence[Record], labels: Labels, limit: int) -> list[Record]:
    """Greedily take the record that shows most that was not shown yet, and prefer
    those long enough to tell a story and short enough to be looked at.
    """
    left = sorted(records, key=lambda one: (abs(len(one.steps) - GOOD_LENGTH), one.seed, one.task))
    shown: dict[Key | str, int] = {}
    chosen: list[Record] = []
    while left and len(chosen) < limit:
        best = min(left, key=lambda one: _seen(shown, one, labels))
        left.remove(best)
        chosen.append(best)
        for trait in _traits(best, labels):
            shown[trait] = shown.get(trait, 0) + 1
    return chosen


def _seen(shown: Mapping[Key | str, int], record: Record, labels: Labels) -> float:
    return sum(shown.get(trait, 0) for trait in _traits(record, labels))


def _traits(record: Record, labels: Labels) -> list[Key | str]:
    mine = labels.get(record.task, {})
    return [
        record.task,
        record.ending.value,
        str(mine.get("group")),
        str(mine.get("order")),
        ("parts", part_count(mine)),
    ]


def replayed(episode: Episode, record: Record) -> Replay:
    """What a report shows of an episode played with pictures, and where its record differs."""
    steps = tuple(
        ReplayStep(
            action=str(step.decision.action),
            note=step.decision.note,
            program=step.decision.program,
            tries=step.decision.tries,
            error=step.error,
            picture=_picture(step.observation.screenshot),
            box=_target(step.decision.action, step.observation),
        )
        for step in episode.steps
    )
    return Replay(
        task=record.task,
        seed=record.seed,
        instruction=record.instruction,
        ending=record.ending,
        success=record.success,
        steps=steps,
        final=_picture(episode.final.screenshot) if episode.final else None,
        mismatch=_mismatch(episode, record),
        detail=record.detail,
    )


def _mismatch(episode: Episode, record: Record) -> str:
    """What differs, as "name: recorded -> replayed". The ending of an episode that a
    limit or the policy ended is not the page's; its verdict is compared all the same.
    """
    if episode.ending.infrastructure:
        return ""  # the browser failed this time: that says nothing about the record
    again = record_of(episode)
    pairs: list[tuple[str, object, object]] = [
        ("instruction", record.instruction, again.instruction),
        ("raw reward", record.raw_reward, again.raw_reward),
        ("success", record.success, again.success),
        ("steps", len(record.steps), len(again.steps)),
    ]
    if record.ending in (Ending.SUCCESS, Ending.FAILURE, Ending.GAVE_UP):
        pairs.append(("ending", record.ending.value, again.ending.value))
    return "; ".join(f"{name}: {old} -> {new}" for name, old, new in pairs if old != new)


def _target(action: Action, observation: Observation) -> Box | None:
    if action.name in ("click_at", "hover_at", "drag_at"):
        x, y = (float(arg) for arg in action.args[:2])
        return Box(x - 4, y - 4, 8, 8)
    return observation.boxes.get(action.ref) if action.ref is not None else None


def _picture(pixels: NDArray[np.uint8] | None) -> Picture | None:
    if pixels is None:
        return None
    buffer = io.BytesIO()
    Image.fromarray(pixels).quantize(64).save(buffer, "PNG", optimize=True)
    height, width = pixels.shape[:2]
    return Picture(b64encode(buffer.getvalue()).decode("ascii"), width, height)
