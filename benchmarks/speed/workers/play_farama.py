"""Farama's `miniwob`. Arguments: "elements" or "coords", "shots" or "none"."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

import gymnasium
import miniwob
import numpy as np
from lines import Played, Timer, serve
from miniwob.action import ActionTypes
from scripts import Intent, finder, plan

# A point that lies out of view is scrolled there first, untimed: Farama's own scrolling
# would be one more action.
FIND = f"""
const element = {finder()}(arguments[0]);
if (arguments[1]) element.scrollIntoView({{block: "nearest"}});
const box = element.getBoundingClientRect();
const ref = element.dataset.wobRef ?? element.dataset.wob_ref;
return [Number(ref), box.x + box.width / 2, box.y + box.height / 2];
"""


class Farama:
    """One environment at a time, made as the documentation of `miniwob` does."""

    def __init__(self, coords: bool, shots: bool) -> None:
        self._coords = coords
        self._options = {} if shots else {"record_screenshots": False}
        self._task = ""
        self._env: Any = None

    def close(self) -> None:
        if self._env is not None:
            self._env.close()

    def play(self, task: str, seed: int) -> Played:
        """One episode."""
        if task != self._task:
            self.close()
            self._env = gymnasium.make(f"miniwob/{task}-v1")
            self._task = task
        timer, steps = Timer(), 0
        with timer.running():
            observation, info = self._env.reset(seed=seed, options=self._options)
        instruction = str(observation["utterance"])
        for intent in plan(task, instruction):
            for action in self._actions(intent):
                with timer.running():
                    _, _, _, _, info = self._env.step(action)
                steps += 1
        success = bool(info["done"]) and info["raw_reward"] == 1
        return Played(timer.seconds, steps, success, instruction)

    def _actions(self, intent: Intent) -> list[dict[str, object]]:
        env = self._env.unwrapped
        ref, x, y = env.instance.driver.execute_script(FIND, intent.target, self._coords)
        if not self._coords:
            if intent.text is None:
                return [env.create_action(ActionTypes.CLICK_ELEMENT, ref=ref)]
            typing = ActionTypes.FOCUS_ELEMENT_AND_TYPE_TEXT
            return [env.create_action(typing, ref=ref, text=intent.text)]
        point = np.array([x, y], dtype=np.float32)
        click = env.create_action(ActionTypes.CLICK_COORDS, coords=point)
        if intent.text is None:
            return [click]
        return [click, env.create_action(ActionTypes.TYPE_TEXT, text=intent.text)]


if __name__ == "__main__":
    gymnasium.register_envs(miniwob)
    contender = Farama(sys.argv[1] == "coords", sys.argv[2] == "shots")
    about = {
        "version": f"miniwob {version('miniwob')}",
        "driver": f"selenium {version('selenium')}",
    }
    serve(contender.play, about)
    contender.close()
