"""A pretend browser and task, quick and without pixels' worth of meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from webagent import actions
from webagent.actions import Action
from webagent.browser.protocol import Mode, Page
from webagent.demonstrations.manifest import Manifest
from webagent.evaluation.config import Setup, effective
from webagent.tasks.protocol import Start
from webagent.types import Box, Context, Decision, Json, Observation, Verdict


@dataclass(frozen=True)
class TwoSteps:
    """Type the seed, then press the button. Seeds that `hard` divides can't be solved."""

    id: str = "miniwob.two-steps"
    hard: int = 0
    labels: Mapping[str, Json] = field(default_factory=dict)
    step_limit: int = 4

    def start(self, seed: int) -> Start:
        return Start(url="/two.html", begin=f"{self.id} {seed}")

    def judge(self, probe: Json) -> Verdict:
        assert isinstance(probe, dict)
        done = bool(probe["pressed"])
        seed = int(str(probe["seed"]))
        right = done and probe["text"] == str(seed) and not (self.hard and seed % self.hard == 0)
        reward = (1.0 if right else -1.0) if done else 0.0
        facts = {"ordered": True} if done else {}
        return Verdict(f"Type {seed} \u201cas is\u201d.", done, reward, right, facts)


class TwoStepsBrowser:
    """Pages of `TwoSteps`. `broken` seeds always fail."""

    def __init__(self, slots: int = 2, broken: Sequence[int] = ()) -> None:
        self.slots = slots
        self.mode = Mode.ELEMENT
        self.version = "toy 1.0"
        self.played: list[tuple[str, int]] = []
        self._broken = broken
        self._state: dict[int, dict[str, Json]] = {}
        self._pictures: dict[int, bool] = {}

    def reset(self, starts: Mapping[int, Start]) -> dict[int, Page]:
        for slot, start in starts.items():
            task, seed = start.begin.split()
            self.played.append((task, int(seed)))
            self._state[slot] = {"seed": int(seed), "text": "", "pressed": False}
            self._pictures[slot] = start.screenshots
        return {slot: self._page(slot) for slot in starts}

    def step(self, todo: Mapping[int, Action]) -> dict[int, Page]:
        return {slot: self._act(slot, action) for slot, action in todo.items()}

    def close(self) -> None:
        pass

    def _act(self, slot: int, action: Action) -> Page:
        if action.name == "type":
            self._state[slot]["text"] = str(action.args[1])
        elif action == actions.click(2):
            self._state[slot]["pressed"] = True
        else:
            return self._page(slot, f"Nothing answers to {action}.")
        return self._page(slot)

    def _page(self, slot: int, error: str | None = None) -> Page:
        state = dict(self._state[slot])
        seed = int(str(state["seed"]))
        picture = np.full((4, 6, 3), seed % 255, np.uint8) if self._pictures[slot] else None
        html = f'<input ref="1" type="text" value="{state["text"]}"><button ref="2">Go</button>'
        boxes = {1: Box(2, 5.5, 40, 11.3), 2: Box(2, 20, 30, 12)}
        url = "http://127.0.0.1:4711/two.html"
        return Page(Observation(html, url, boxes, picture, error), state)


class Typist:
    """Types the number of the instruction and presses the button; clumsy at first if asked."""

    def __init__(self, clumsy: bool = False) -> None:
        self.seen: list[Context] = []
        self._clumsy = clumsy

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        self.seen += contexts
        return [self._one(context) for context in contexts]

    def _one(self, context: Context) -> Decision:
        number = context.instruction.split()[1]
        if self._clumsy and not context.history:
            return Decision(actions.click(9), note="oops")
        if f'value="{number}"' in context.observation.html:
            return Decision(actions.click(2))
        return Decision(actions.type(1, number), "the number", f"type(1, '{number}')\nclick(2)")


def manifest(name: str = "toy", wanted: int | None = 3, **setup: object) -> Manifest:
    """What a writer is told of a collection."""
    made = Setup(suite=name, policy="typist", command=("webagent", "collect"), **setup)  # type: ignore[arg-type]
    config = effective(made, {}, [], "element", "toy 1.0")
    return Manifest(name=name, source="typist", wanted=wanted, config=config)
