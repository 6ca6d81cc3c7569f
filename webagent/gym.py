"""Every task as a Gymnasium environment, with the id `webagent/<task id>-v1`.

>>> import gymnasium
>>> env = gymnasium.make("webagent.gym:webagent/miniwob.click-link-v1")  # doctest: +SKIP
>>> observation, info = env.reset(seed=7)  # doctest: +SKIP
>>> observation, reward, terminated, truncated, info = env.step("click(3)")  # doctest: +SKIP

Gymnasium finds environments by importing the module before the colon, in worker processes
too, so importing this module registers all installed tasks. That starts no browser.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import replace
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium import spaces

from webagent import actions
from webagent.actions import Action
from webagent.browser.protocol import Browser, Mode, Page
from webagent.browser.session import open_browser
from webagent.errors import ActionError, BrowserError, TaskError
from webagent.tasks.protocol import FIRST_TRAINING_SEED, Start, Task, Variant
from webagent.tasks.suites import load_task, suite, suite_names
from webagent.types import Observation, Verdict

NAMESPACE = "webagent"
VERSION = 1  # raise it when a reward or a page changes
LAST_SEED = 2**31
RESET_ATTEMPTS = 3


class Unicode(gymnasium.Space[str]):
    """Text of any characters and length: pages hold what they like."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(dtype=str, seed=seed)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A few random characters, of many scripts; seldom an action."""
        codes = self.np_random.integers(32, 0xD7FF, size=self.np_random.integers(0, 20))
        return "".join(map(chr, codes))

    def contains(self, x: Any) -> bool:
        return isinstance(x, str)

    @property
    def is_np_flattenable(self) -> bool:
        return False

    def to_jsonable(self, sample_n: Iterable[str]) -> list[Any]:
        return list(sample_n)

    def from_jsonable(self, sample_n: list[Any]) -> list[str]:
        return [str(one) for one in sample_n]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unicode)

    def __hash__(self) -> int:
        return hash(Unicode)

    def __repr__(self) -> str:
        return "Unicode()"


class WebAgentEnv(gymnasium.Env[dict[str, Any], str | Action]):
    """One task in one browser slot.

    An observation is a dict of `html`, `instruction`, `error` (what was wrong with the last
    action, or "") and, with `screenshots` or the render mode "rgb_array", `screenshot`
    (height, width, 3). An action is text such as `click(3)` or an `Action`; text that is no
    action costs a step. Without a `mode`, websites are played with the mouse and all else by
    element; a CompWoB task that is named has the layout that suits the mode. The reward is 0
    until the page ends the episode, and then the raw reward that the page pays. Without a seed,
    `reset` draws one that is free for training.

    A browser that fails during a step truncates the episode and says so in
    `info["browser_error"]`; if `reset` fails three times, `BrowserError` is raised.
    A `browser` that is given stays open.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 2}  # noqa: RUF012

    def __init__(
        self,
        task: str | Task,
        *,
        mode: Mode | Literal["element", "pointer"] | None = None,
        screenshots: bool = False,
        render_mode: Literal["rgb_array"] | None = None,
        backend: str = "cdp",
        browser: Browser | None = None,
    ) -> None:
        plain = load_task(task) if isinstance(task, str) else task
        self._mode = Mode(mode) if mode else Mode.usual([plain.labels])
        variant = Variant(layout=self._mode.layout)
        self.task = load_task(task, variant) if isinstance(task, str) else task
        self.render_mode = render_mode
        self._screenshots = screenshots or render_mode is not None
        self.observation_space = _space(self.task, self._screenshots)
        self.action_space = Unicode()
        self._backend = backend
        self._given = self._browser = browser
        self._opened = ExitStack()
        self._seed = self._steps = 0
        self._page = Page(Observation(""))
        self._verdict = Verdict("")

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin the episode of `seed`. There are no options."""
        super().reset(seed=seed)
        if seed is None:
            seed = int(self.np_random.integers(FIRST_TRAINING_SEED, LAST_SEED))
        self._seed, self._steps = seed, 0
        start = replace(self.task.start(seed), screenshots=self._screenshots)
        self._see(self._begin(start))
        return self._observation(), self._info()

    def step(
        self, action: str | Action
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Carry out one action. Nothing that an action does is raised."""
        self._steps += 1
        try:
            chosen = actions.parse(action) if isinstance(action, str) else action
        except ActionError as error:
            seen = replace(self._page.observation, error=str(error))
            self._page = replace(self._page, observation=seen)
            return self._outcome()
        page = self._open().step({0: chosen})[0]
        try:
            if isinstance(page, BrowserError):
                raise page
            self._see(page)
        except (BrowserError, TaskError) as error:
            info = {**self._info(), "browser_error": str(error)}
            return self._observation(), 0.0, False, True, info
        return self._outcome(gave_up=chosen.name in ("done", "answer"))

    def render(self) -> Any:
        """The last screenshot, (height, width, 3) uint8; None without a render mode."""
        return self._page.observation.screenshot if self.render_mode else None

    def close(self) -> None:
        """End the browser, unless it was given."""
        self._opened.close()
        self._browser = self._given

    def _begin(self, start: Start) -> Page:
        failure = BrowserError()
        for _ in range(RESET_ATTEMPTS):
            page = self._open().reset({0: start})[0]
            if isinstance(page, Page):
                return page
            failure = page
        raise failure

    def _open(self) -> Browser:
        if self._browser is None:
            opening = open_browser(mode=self._mode, backend=self._backend)
            self._browser = self._opened.enter_context(opening)
        return self._browser

    def _see(self, page: Page) -> None:
        if self._screenshots and page.observation.screenshot is None:
            raise BrowserError(f"{self._open().version} takes no screenshots.")
        self._verdict = self.task.judge(page.probe)
        self._page = page

    def _outcome(
        self, gave_up: bool = False
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        verdict = self._verdict
        terminated = verdict.done or gave_up
        truncated = not terminated and self._steps >= self.task.step_limit
        reward = float(verdict.raw_reward) if verdict.done else 0.0
        return self._observation(), reward, terminated, truncated, self._info()

    def _observation(self) -> dict[str, Any]:
        seen = self._page.observation
        shown: dict[str, Any] = {
            "html": seen.html,
            "instruction": self._verdict.instruction,
            "error": seen.error or "",
        }
        if self._screenshots and seen.screenshot is not None:
            shown["screenshot"] = seen.screenshot.copy()  # the caller's own, as Gymnasium asks
        return shown

    def _info(self) -> dict[str, Any]:
        return {
            "seed": self._seed,
            "raw_reward": self._verdict.raw_reward,
            "success": self._verdict.success,
            "facts": deepcopy(dict(self._verdict.facts)),
            "boxes": dict(self._page.observation.boxes),
        }


def environment_id(task_id: str) -> str:
    """The Gymnasium id of a task, such as "webagent/miniwob.click-link-v1"."""
    return f"{NAMESPACE}/{task_id}-v{VERSION}"


def register() -> None:
    """Register every task of every installed suite; those already there stay as they are."""
    for task_id in dict.fromkeys(one for name in suite_names() for one in suite(name)):
        if (known := environment_id(task_id)) not in gymnasium.registry:
            gymnasium.register(  # pyright: ignore[reportUnknownMemberType]
                known, "webagent.gym:WebAgentEnv", kwargs={"task": task_id}
            )


def _space(task: Task, screenshots: bool) -> spaces.Dict:
    parts: dict[str, gymnasium.Space[Any]] = {
        "html": Unicode(),
        "instruction": Unicode(),
        "error": Unicode(),
    }
    if screenshots:
        start = task.start(FIRST_TRAINING_SEED)
        width, height = start.area or start.window
        parts["screenshot"] = spaces.Box(0, 255, (height, width, 3), np.uint8)
    return spaces.Dict(parts)


register()
