"""The worker's side of the bench: JSON lines on stdin and stdout.

A request is {"task", "seeds"}; the reply holds one list per quantity, an entry a seed.
The first seed is played once more, before, untimed: loading the page is not measured.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Timer:
    """Adds up the seconds spent inside `running`, so that scripts are not measured."""

    seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - began


@dataclass(frozen=True)
class Played:
    """One episode: seconds in resets and steps, the steps, whether the page paid, and the
    instruction, which shows whether all played the same page.
    """

    seconds: float
    steps: int
    success: bool
    instruction: str


Play = Callable[[str, int], Played]  # task, seed


def serve(play: Play, about: dict[str, str]) -> None:
    """Introduce the worker with `about`, then answer requests until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    answers.write(json.dumps(about) + "\n")
    for line in sys.stdin:
        answers.write(json.dumps(_answer(play, json.loads(line))) + "\n")


def _answer(play: Play, request: dict[str, object]) -> dict[str, object]:
    task, seeds = str(request["task"]), request["seeds"]
    assert isinstance(seeds, list)
    try:
        play(task, seeds[0])
        began = time.perf_counter()
        episodes = [play(task, seed) for seed in seeds]
        wall = time.perf_counter() - began
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:500]}
    return {
        "wall": wall,
        "seconds": [one.seconds for one in episodes],
        "steps": [one.steps for one in episodes],
        "success": [one.success for one in episodes],
        "instructions": [one.instruction for one in episodes],
    }
