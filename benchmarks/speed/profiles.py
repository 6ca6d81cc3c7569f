"""What each trick of the fast backend gains, measured by turning it off.

Two that are not part of the backend are weighed as well: the browser's own virtual clock,
and a reset that travels with the last step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import orjson

from webagent.actions import Action
from webagent.browser.cdp import CdpDriver
from webagent.browser.cdp_pipe import Pipe
from webagent.browser.install import find_browser, launch_arguments
from webagent.browser.protocol import Browser, Mode, Page
from webagent.browser.session import Session
from webagent.errors import BrowserError
from webagent.play import Job, play
from webagent.policies.expert import ExpertPolicy
from webagent.tasks.protocol import Start
from webagent.tasks.server import PageServer
from webagent.tasks.suites import load_expert, load_task

SLOTS = 4
STEP_MS = 500  # how far an action moves the clock of a task page
CLICK = "__webagent.act('element', 'click', Math.max(...{refs}))"
Row = dict[str, object]


class OneByOne:
    """A browser whose slots take their turns one after another."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.slots, self.mode, self.version = browser.slots, browser.mode, browser.version

    def reset(self, starts: Mapping[int, Start]) -> dict[int, Page | BrowserError]:
        done = [self._browser.reset({slot: start}) for slot, start in starts.items()]
        return {slot: page for one in done for slot, page in one.items()}

    def step(self, actions: Mapping[int, Action]) -> dict[int, Page | BrowserError]:
        done = [self._browser.step({slot: action}) for slot, action in actions.items()]
        return {slot: page for one in done for slot, page in one.items()}

    def close(self) -> None:
        self._browser.close()


def by_profile(
    tasks: Sequence[str], rounds: int, episodes: int, report: Callable[[str], None]
) -> list[Row]:
    """One row a trick: median ms with and without it, both sides taking turns."""
    rows = [
        *(_frames(slots, tasks, rounds, episodes) for slots in (1, SLOTS)),
        _together(tasks, rounds, episodes),
        _fused(rounds * episodes),
        _clock(rounds * episodes),
    ]
    for row in rows:
        report(f"{row['profile']}: {row['with']:.2f} ms with, {row['without']:.2f} without")
    return rows


def _frames(slots: int, tasks: Sequence[str], rounds: int, episodes: int) -> Row:
    with ExitStack() as stack:
        sides = [_session(stack, slots, on_demand) for on_demand in (True, False)]
        name = f"frames on demand, {slots} slot{'s' * (slots > 1)}"
        return _compared(name, "episode", sides, tasks, rounds, episodes)


def _together(tasks: Sequence[str], rounds: int, episodes: int) -> Row:
    with ExitStack() as stack:
        session = _session(stack, SLOTS, True)
        sides = [session, OneByOne(session)]
        name = f"steps of {SLOTS} slots under way together"
        return _compared(name, "episode", sides, tasks, rounds, episodes)


def _session(stack: ExitStack, slots: int, on_demand: bool) -> Session:
    driver = CdpDriver(find_browser(None), frames_on_demand=on_demand)
    session = Session(driver, slots, Mode.ELEMENT)
    stack.callback(session.close)
    return session


def _compared(
    name: str, unit: str, sides: Sequence[Browser], tasks: Sequence[str], rounds: int, episodes: int
) -> Row:
    taken: list[list[float]] = [[], []]
    expert = ExpertPolicy(load_expert)
    for number in range(-1, rounds):  # an untimed round first
        for task in [load_task(f"miniwob.{one}") for one in tasks]:
            for times, browser in zip(taken, sides, strict=True):
                jobs = [Job(task, seed) for seed in range(episodes * browser.slots)]
                began = time.perf_counter()
                ended = list(play(jobs, expert, browser))
                if number >= 0:
                    times.append((time.perf_counter() - began) * 1000 / len(ended))
    return _row(name, unit, taken[0], taken[1], kept=True)


def _fused(repeats: int) -> Row:
    """An episode of one click: a step and a reset in one call of the page, or in two."""
    driver, server = CdpDriver(find_browser(None)), PageServer()
    task = load_task("miniwob.click-button")
    start = task.start(0)
    server.mount(start.mounts)
    driver.open({0: replace(start, url=server.url(start.url))})
    fused: list[float] = []
    apart: list[float] = []
    refs = _refs(driver, _begin(task.start(0)))
    for seed in range(1, repeats + 1):
        click, begin = CLICK.format(refs=refs), _begin(task.start(seed))
        began = time.perf_counter()
        refs = _refs(driver, f"{click}.then(() => {begin})")
        fused.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        driver.evaluate({0: CLICK.format(refs=refs)})
        refs = _refs(driver, begin)
        apart.append((time.perf_counter() - began) * 1000)
    driver.close()
    server.close()
    return _row("reset in the last step's call", "episode of one step", fused, apart, kept=False)


def _begin(start: Start) -> str:
    begin = {"code": start.begin, "options": start.options, "probe": start.probe}
    return f"__webagent.begin({orjson.dumps(begin | {'ignore': start.ignore}).decode()})"


def _refs(driver: CdpDriver, script: str) -> list[int]:
    reply = driver.evaluate({0: script})[0]
    if isinstance(reply, BrowserError):
        raise reply
    return [int(place[0]) for place in orjson.loads(reply)["boxes"]]


def _clock(repeats: int) -> Row:
    """A step under the browser's virtual clock waits for an event of its own; ours does not."""
    expired: list[str] = []

    def listen(session: str, method: str, _: dict[str, Any]) -> None:
        if method == "Emulation.virtualTimeBudgetExpired":
            expired.append(session)

    executable = find_browser(None)
    pipe = Pipe([str(executable.path), *launch_arguments(executable)], listen)
    target = pipe.call("Target.createTarget", {"url": "about:blank"})["targetId"]
    session = pipe.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
    call = partial(pipe.call, session=session)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(repeats):
        began = time.perf_counter()
        call("Runtime.evaluate", {"expression": "1"})
        ours.append((time.perf_counter() - began) * 1000)
        expired.clear()
        policy = {"policy": "advance", "budget": STEP_MS}
        began = time.perf_counter()
        call("Emulation.setVirtualTimePolicy", policy)
        while not expired:
            pipe.listen(1)
        call("Runtime.evaluate", {"expression": "1"})
        theirs.append((time.perf_counter() - began) * 1000)
    pipe.close()
    name = "the browser's virtual clock in place of ours"
    return _row(name, "empty step", theirs, ours, kept=False)


def _row(name: str, unit: str, on: list[float], off: list[float], *, kept: bool) -> Row:
    return {
        "profile": name, "unit": unit, "with": median(on), "without": median(off), "kept": kept
    }  # fmt: skip
