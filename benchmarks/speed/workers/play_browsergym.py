"""`browsergym-miniwob` as it comes. Argument: the browser. Pages: MINIWOB_URL."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import browsergym.miniwob
import gymnasium
from lines import Played, Timer, serve
from playwright.sync_api import BrowserType
from scripts import finder, plan

FIND = f"(path) => {finder()}(path).getAttribute('bid')"


def use_browser(path: str) -> None:
    """Make every launch start this browser: the chat window takes no such option."""
    launch = BrowserType.launch

    def launch_it(self: BrowserType, **options: Any) -> object:
        return launch(self, **{**options, "executable_path": path})

    BrowserType.launch = launch_it  # type: ignore[method-assign]


class Pinned:
    """Stands for a task's random numbers: the one that seeds its page is the seed itself,
    so that BrowserGym shows the pages that the others show.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def randint(self, *_: int) -> int:
        return self._seed


def same_pages(entrypoint: Callable[..., Any]) -> Callable[..., Any]:
    """The task's constructor, with the random numbers pinned."""

    def make(seed: int, **options: Any) -> object:
        task = entrypoint(seed=seed, **options)
        task.random = Pinned(seed)
        return task

    return make


class BrowserGym:
    """One environment at a time."""

    def __init__(self) -> None:
        self._task = ""
        self._env: Any = None

    def close(self) -> None:
        if self._env is not None:
            self._env.close()

    def play(self, task: str, seed: int) -> Played:
        """One episode."""
        if task != self._task:
            self.close()
            self._env = gymnasium.make(f"browsergym/miniwob.{task}")
            unwrapped = self._env.unwrapped
            unwrapped.task_entrypoint = same_pages(unwrapped.task_entrypoint)
            self._task = task
        timer, steps, reward = Timer(), 0, 0.0
        with timer.running():
            observation, _ = self._env.reset(seed=seed)
        instruction = str(observation["goal"])
        for intent in plan(task, instruction):
            bid = self._env.unwrapped.page.evaluate(FIND, intent.target)
            write = f"click({bid!r})" if intent.text is None else f"fill({bid!r}, {intent.text!r})"
            with timer.running():
                _, reward, _, _, _ = self._env.step(write)
            steps += 1
        return Played(timer.seconds, steps, reward > 0, instruction)


if __name__ == "__main__":
    gymnasium.register_envs(browsergym.miniwob)
    use_browser(sys.argv[1])
    contender = BrowserGym()
    about = {
        "version": f"browsergym-miniwob {version('browsergym-miniwob')}",
        "driver": f"playwright {version('playwright')}",
    }
    serve(contender.play, about)
    contender.close()
