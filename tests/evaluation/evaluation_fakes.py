"""A pretend browser, pretend tasks and record builders for the evaluation tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from webagent.actions import Action, click
from webagent.browser.protocol import Mode, Page
from webagent.errors import BrowserError
from webagent.evaluation.config import Setup
from webagent.evaluation.record import Record, RecordedStep
from webagent.tasks.protocol import Start
from webagent.types import Box, Context, Decision, Ending, Json, Observation, Verdict

SETUP = Setup(suite="toy", policy="right", command=("webagent", "eval", "toy"))


def record(task: str, seed: int, success: bool = True, **changes: object) -> Record:
    fields: dict[str, object] = {
        "ending": Ending.SUCCESS if success else Ending.FAILURE,
        "raw_reward": 1.0 if success else -1.0,
        "instruction": "Click the button.",
        "steps": (RecordedStep("click(1)"),),
        "seconds": 0.5,
    }
    return Record(task=task, seed=seed, success=success, **(fields | changes))  # type: ignore[arg-type]


@dataclass(frozen=True)
class ToyTask:
    """Press button number seed % 3, after as many presses of button 9 as there are parts."""

    id: str
    labels: Mapping[str, Json] = field(default_factory=dict)
    step_limit: int = 4

    def start(self, seed: int) -> Start:
        return Start(url=f"/{self.id}", begin=str(seed))

    def judge(self, probe: Json) -> Verdict:
        assert isinstance(probe, dict)
        done = probe["pressed"] is not None
        right = probe["pressed"] == probe["target"]
        text = f"Press button {probe['target']}."
        reward = (1.0 if right else -1.0) if done else 0.0
        return Verdict(text, done=done, raw_reward=reward, success=right, facts={"ordered": right})


class ToyBrowser:
    """Pages without pixels' worth of meaning: three buttons. `broken` seeds always fail."""

    def __init__(self, slots: int = 2, broken: frozenset[int] = frozenset(), shift: int = 0):
        self.slots = slots
        self.mode = Mode.ELEMENT
        self.version = "toy 1.0"
        self.resets: list[tuple[str, int]] = []
        self._broken = broken
        self._shift = shift
        self._seeds: dict[int, int] = {}
        self._pictures: dict[int, bool] = {}

    def reset(self, starts: Mapping[int, Start]) -> dict[int, Page | BrowserError]:
        for slot, start in starts.items():
            self._seeds[slot] = int(start.begin)
            self._pictures[slot] = start.screenshots
            self.resets.append((start.url.strip("/"), int(start.begin)))
        return {slot: self._page(slot, None) for slot in starts}

    def step(self, actions: Mapping[int, Action]) -> dict[int, Page | BrowserError]:
        return {slot: self._page(slot, action) for slot, action in actions.items()}

    def close(self) -> None:
        pass

    def _page(self, slot: int, action: Action | None) -> Page | BrowserError:
        seed = self._seeds[slot]
        if seed in self._broken:
            return BrowserError("the page crashed")
        pressed = action.ref if action and action.ref is not None and action.ref < 3 else None
        picture = np.full((40, 60, 3), seed % 255, np.uint8) if self._pictures[slot] else None
        observation = Observation(
            html='<button ref="0">a</button>',
            boxes={ref: Box(5 + 15 * ref, 10, 12, 8) for ref in range(3)},
            screenshot=picture,
        )
        return Page(observation, {"target": (seed + self._shift) % 3, "pressed": pressed})


class RightButton:
    """Presses what the instruction names, or always the first button if `wrong`."""

    def __init__(self, wrong: bool = False) -> None:
        self._wrong = wrong

    def act(self, contexts: list[Context]) -> list[Decision]:
        return [self._one(context) for context in contexts]

    def _one(self, context: Context) -> Decision:
        named = int(context.instruction.split()[2].strip("."))
        return Decision(click(0 if self._wrong else named), note="the named one")
