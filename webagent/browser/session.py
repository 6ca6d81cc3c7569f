"""Reset and step over any `Driver`: the page's script plans, the driver sends the input."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webagent.actions import ACTIONS, Action, check
from webagent.browser.converse import arguments, call, converse, take_pictures
from webagent.browser.live import LivePages
from webagent.browser.protocol import Driver, Input, Keys, Mode, Mouse, Page
from webagent.errors import ActionError, BrowserError
from webagent.tasks.protocol import Start
from webagent.tasks.server import PageServer
from webagent.types import Box, Observation

# Brings the mouse back to the corner, so that an episode does not begin under the place
# where the last one left it. The key makes Chromium take the move at once, not in the next
# frame, 17 ms later.
PARK: Sequence[Input] = (Mouse("move", 0, 0), Keys(key="Shift"))

IN_PAGE = tuple(name for name in ACTIONS if name not in ("goto", "back", "done", "answer"))
ONLY_LIVE = "This task has no address bar: goto and back work on live sites only."


class Session:
    """A `Browser` made of a driver, a page server and the script in the page."""

    def __init__(self, driver: Driver, slots: int = 1, mode: Mode = Mode.ELEMENT) -> None:
        self._driver = driver
        self._server = PageServer()
        self._starts: dict[int, Start] = {}
        self._shown: dict[int, str] = {}  # slot -> url of the page that can be reused
        self._sizes: dict[int, tuple[int, int]] = {}  # slot -> its window
        self._moved: set[int] = set()  # slots whose mouse is not in the corner
        self._lives: set[int] = set()  # slots that play on live pages
        self._live = LivePages(driver, mode)
        self.slots = slots
        self.mode = mode

    @property
    def version(self) -> str:
        return self._driver.version

    def reset(self, starts: Mapping[int, Start]) -> dict[int, Page | BrowserError]:
        """Begin an episode in each slot, in the loaded page where that is safe."""
        live = {slot: self._locate(start) for slot, start in starts.items() if start.live}
        if not live:
            self._lives -= starts.keys()
            return self._reset(starts)
        self._lives |= live.keys()
        for slot in live:
            self._shown.pop(slot, None)
        tasks = {slot: start for slot, start in starts.items() if slot not in live}
        return self._live.reset(live) | (self.reset(tasks) if tasks else {})

    def _reset(self, starts: Mapping[int, Start]) -> dict[int, Page | BrowserError]:
        located = {slot: self._locate(start) for slot, start in starts.items()}
        self._starts.update(located)
        loads = {
            slot: start
            for slot, start in located.items()
            if _reloads(start) or self._shown.get(slot) != start.url
        }
        sizes = {slot: s.window for slot, s in located.items() if slot not in loads}
        resizes = {slot: size for slot, size in sizes.items() if self._sizes.get(slot) != size}
        failures = self._driver.open(loads) if loads else {}
        failures |= self._driver.resize(resizes) if resizes else {}
        failed = {slot: error for slot, error in failures.items() if error}
        self._shown.update({slot: located[slot].url for slot in loads})
        self._sizes.update({slot: start.window for slot, start in located.items()})
        failed |= self._park(located.keys() - failed.keys())
        begins = {slot: _begin(start) for slot, start in located.items() if slot not in failed}
        return self._finish(self._driver.evaluate(begins)) | self._forget(failed)

    def step(self, actions: Mapping[int, Action]) -> dict[int, Page | BrowserError]:
        """Carry out one action per slot and observe."""
        live = {slot: action for slot, action in actions.items() if slot in self._lives}
        scripts = {
            slot: self._script(action) for slot, action in actions.items() if slot not in live
        }
        pages = self._live.step(live) if live else {}
        return pages | (self._finish(self._driver.evaluate(scripts)) if scripts else {})

    def _script(self, action: Action) -> str:
        try:
            action = check(action)
        except ActionError as error:
            return call("observe", str(error))
        if action.name in IN_PAGE:
            return call("act", self.mode, action.name, *arguments(action))
        return call("observe") if action.name in ("done", "answer") else call("observe", ONLY_LIVE)

    def close(self) -> None:
        self._driver.close()
        self._live.close()
        self._server.close()

    def _park(self, slots: Set[int]) -> dict[int, BrowserError]:
        moved = self._moved & slots
        self._moved -= slots
        sent = self._driver.input(dict.fromkeys(moved, PARK)) if moved else {}
        return {slot: error for slot, error in sent.items() if error}

    def _locate(self, start: Start) -> Start:
        self._server.mount(start.mounts)
        return replace(start, url=self._server.url(start.url)) if start.url[:1] == "/" else start

    def _finish(self, replies: Mapping[int, str | BrowserError]) -> dict[int, Page | BrowserError]:
        states, failed, moved = converse(self._driver, replies)
        self._moved |= moved
        pictures = self._pictures(states)
        pages = {
            slot: _page(state, picture)
            for slot, state in states.items()
            if not isinstance(picture := pictures.get(slot), BrowserError)
        }
        broken = {s: p for s, p in pictures.items() if isinstance(p, BrowserError)}
        return pages | self._forget(failed | broken)

    def _forget(self, failed: Mapping[int, BrowserError]) -> dict[int, Page | BrowserError]:
        for slot in failed:
            self._shown.pop(slot, None)
        return dict(failed)

    def _pictures(self, slots: Mapping[int, object]) -> dict[int, NDArray[np.uint8] | BrowserError]:
        return take_pictures(self._driver, {slot: self._starts[slot] for slot in slots})


@contextmanager
def open_browser(
    slots: int = 1,
    mode: Mode = Mode.ELEMENT,
    backend: str = "cdp",
    executable: str | None = None,
    timeout: float = 15.0,
) -> Generator[Session]:
    """A browser for task pages, closed at the end of the `with` block.

    `executable` names a browser; without it the first one found is used. `timeout` is in
    seconds, for one answer of a page. Raises `BrowserMissing` if there is no browser.
    """
    session = Session(_driver(backend, executable, timeout), slots, mode)
    try:
        yield session
    finally:
        session.close()


def _driver(backend: str, executable: str | None, timeout: float) -> Driver:
    # Backends are imported when asked for: Playwright and Selenium are optional dependencies.
    if backend == "cdp":
        from webagent.browser.cdp import CdpDriver
        from webagent.browser.install import find_browser

        return CdpDriver(find_browser(executable), timeout)
    if backend == "playwright":
        from webagent.browser.playwright import PlaywrightDriver

        return PlaywrightDriver(executable, timeout)
    if backend == "selenium":
        from webagent.browser.selenium import SeleniumDriver

        return SeleniumDriver(executable, timeout)
    raise BrowserError(f"No backend is called {backend!r}; there are cdp, playwright, selenium.")


def _reloads(start: Start) -> bool:
    return start.screenshots if start.reload == "pictures" else start.reload


def _begin(start: Start) -> str:
    options = {
        "code": start.begin,
        "options": start.options,
        "probe": start.probe,
        "ignore": start.ignore,
        "pictures": start.screenshots,
    }
    return call("begin", options)


def _page(state: dict[str, Any], screenshot: NDArray[np.uint8] | None) -> Page:
    boxes = {int(ref): Box(*place) for ref, *place in state["boxes"]}
    observation = Observation(state["html"], state["url"], boxes, screenshot, state["error"])
    return Page(observation, state["probe"])
