"""Our tasks in BrowserGym: importing this module registers them.

>>> import gymnasium  # doctest: +SKIP
>>> import webagent.browsergym  # doctest: +SKIP
>>> env = gymnasium.make("browsergym/webagent.compwob.click-link_click-dialog")  # doctest: +SKIP

BrowserGym observes and acts in its own ways, so an episode there runs on the real clock and
is as deterministic as that allows. The page of a seed and its judge are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any, TypeAlias

import gymnasium

from webagent.actions import Action, done
from webagent.browser.protocol import Input, LiveDriver, Mode, Mouse
from webagent.browser.protocol import Page as Shown
from webagent.browser.script import page_script
from webagent.browser.session import Session
from webagent.errors import BrowserError, TaskError
from webagent.tasks.protocol import FIRST_TRAINING_SEED, Start, Variant
from webagent.tasks.suites import load_expert, load_task, suite, suite_names
from webagent.types import Context, Step, Verdict

if TYPE_CHECKING:
    from playwright.sync_api import Page

Info: TypeAlias = dict[str, Any]

NAMESPACE = "webagent"
LAST_SEED = 2**31
TYPED_AS = {"\n": "Enter", "\r": "Enter", "\t": "Tab"}


class BrowserGymTask:
    """One of our tasks, as BrowserGym's `AbstractBrowserTask` describes them.

    `setup` serves and starts the page in BrowserGym's browser, `validate` asks the task's
    judge: the reward is 1 for success, as on BrowserGym's own MiniWoB tasks, and the raw
    reward is in the info. Without a seed one that is free for training is drawn.
    """

    def __init__(self, seed: int | None, task_id: str) -> None:
        self.seed = (
            SystemRandom().randrange(FIRST_TRAINING_SEED, LAST_SEED) if seed is None else seed
        )
        # BrowserGym's actions are those of a real mouse, whatever our own mode is.
        self.task = load_task(task_id, Variant(layout=Mode.POINTER.layout))
        start = self.task.start(self.seed)
        # Task pages settle in real time here, so the page script must leave the clock alone.
        self._start = replace(start, live=True, screenshots=False)
        self.viewport = dict(zip(("width", "height"), start.window, strict=True))  # CSS pixels
        self.slow_mo = 100  # ms
        self.timeout = 5000  # ms
        self.locale = "en-US"
        self.timezone_id = "UTC"
        self._session: Session | None = None

    def setup(self, page: Page) -> tuple[str, Info]:
        """Start the episode in `page`. Returns the instruction and facts about the task."""
        self._session = Session(PageDriver(page), mode=Mode.ELEMENT)
        shown = self._session.reset({0: self._start})[0]
        if isinstance(shown, BrowserError):
            raise shown
        hidden = f"{self._start.ignore or 'no-such-tag'} {{ visibility: hidden !important; }}"
        page.add_style_tag(content=hidden)
        verdict = self.task.judge(shown.probe)
        return verdict.instruction, self._info(verdict)

    def validate(
        self, page: Page, chat_messages: Sequence[Mapping[str, Any]]
    ) -> tuple[float, bool, str, Info]:
        """Reward, whether the episode is over, a message for the chat (none), and info."""
        try:
            verdict = self.task.judge(self._step(done()).probe)
        except (BrowserError, TaskError) as error:
            return 0.0, True, "", {"error": f"The page of the task was left: {error}"}
        return float(verdict.success), verdict.done, "", self._info(verdict)

    def cheat(self, page: Page, chat_messages: Sequence[Mapping[str, Any]]) -> None:
        """Let the task's expert play to the end. Raises `TaskError` if there is none.

        Passwords on the page are masked here, so experts that compare them do not finish.
        """
        expert = load_expert(self.task.id)
        shown = self._step(done())
        steps: tuple[Step, ...] = ()
        for _ in range(self.task.step_limit):
            verdict = self.task.judge(shown.probe)
            if verdict.done:
                return
            seen = shown.observation
            decision = expert.act([Context(self.task.id, verdict.instruction, seen, steps)])[0]
            shown = self._step(decision.action)
            steps += (Step(seen, decision, shown.observation.error),)

    def teardown(self) -> None:
        """Stop the page server; BrowserGym closes the page."""
        if self._session:
            self._session.close()
            self._session = None

    def _step(self, action: Action) -> Shown:
        if self._session is None:
            raise BrowserError("The task is not set up.")
        shown = self._session.step({0: action})[0]
        if isinstance(shown, BrowserError):
            raise shown
        return shown

    def _info(self, verdict: Verdict) -> Info:
        return {
            "task": self.task.id,
            "seed": self.seed,
            "raw_reward": verdict.raw_reward,
            "success": verdict.success,
            "facts": dict(verdict.facts),
        }


class PageDriver:
    """`Driver` over one page of Playwright's synchronous interface, owned by somebody else."""

    version = "browsergym"

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def live(self) -> LiveDriver:
        raise BrowserError(
            "BrowserGym's browser can't hold an agent to its websites: play these "
            "tasks with `webagent eval`."
        )

    def open(self, starts: Mapping[int, Start]) -> dict[int, BrowserError | None]:
        start = starts[0]
        own = (Path(__file__).parent / "browsergym.js").read_text("utf-8")
        self._page.add_init_script(page_script(start.live))
        self._page.add_init_script(own)
        self._page.goto(start.url, wait_until="load")
        return {0: None}

    def resize(self, windows: Mapping[int, tuple[int, int]]) -> dict[int, BrowserError | None]:
        return dict.fromkeys(windows)

    def evaluate(self, scripts: Mapping[int, str]) -> dict[int, str | BrowserError]:
        try:
            value: object = self._page.evaluate(scripts[0])
        except Exception as error:  # Playwright's own, of whichever version BrowserGym brings
            return {0: BrowserError(str(error).strip().split("\n")[0])}
        return {0: str(value)}

    def input(self, events: Mapping[int, Sequence[Input]]) -> dict[int, BrowserError | None]:
        mouse, keyboard = self._page.mouse, self._page.keyboard
        for event in events[0]:
            if isinstance(event, Mouse):
                moves = {"move": partial(mouse.move, event.x, event.y)}
                moves |= {"down": mouse.down, "up": mouse.up}
                moves[event.kind]()
            elif event.text:
                for c in event.text:
                    key = TYPED_AS.get(c)
                    keyboard.press(key) if key else keyboard.type(c)
            else:
                keyboard.press("+".join((*event.modifiers, event.key)))
        return dict.fromkeys(events)

    def screenshot(self, areas: Mapping[int, tuple[int, int]]) -> dict[int, bytes | BrowserError]:
        return {0: self._page.screenshot()}

    def close(self) -> None:
        """Nothing: the page is BrowserGym's."""


def environment_id(task_id: str) -> str:
    """The id of a task in BrowserGym: "browsergym/webagent.miniwob.click-link"."""
    return f"browsergym/{NAMESPACE}.{task_id}"


def register() -> None:
    """Register every task of every installed suite but real websites' (BrowserGym's browser can't
    hold an agent to them); those already there stay as they are.
    """
    abstract = import_module("browsergym.core.task").AbstractBrowserTask
    register_task = import_module("browsergym.core.registration").register_task
    abstract.register(BrowserGymTask)
    for task_id in dict.fromkeys(one for name in suite_names() for one in suite(name)):
        task = load_task(task_id)
        if environment_id(task_id) not in gymnasium.registry and not task.labels.get("live"):
            register_task(
                f"{NAMESPACE}.{task_id}",
                BrowserGymTask,
                task_kwargs={"task_id": task_id},
                max_episode_steps=task.step_limit,
            )


register()
