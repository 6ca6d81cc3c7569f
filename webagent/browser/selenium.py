"""The Selenium backend: a chromedriver that is already there, or a grid."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from webagent.browser.chromedriver import Chromedriver, find_chromedriver
from webagent.browser.guard import Gate
from webagent.browser.install import Executable, find_browser, launch_arguments
from webagent.browser.protocol import Happened, Input, Keys, Mouse
from webagent.browser.script import dialogs_script, page_script
from webagent.errors import BrowserError, BrowserMissing, installing
from webagent.tasks.protocol import Start

try:
    from selenium.common.exceptions import (
        JavascriptException,
        TimeoutException,
        WebDriverException,
    )
    from selenium.webdriver import ChromeOptions, Remote
    from selenium.webdriver.chrome.remote_connection import ChromeRemoteConnection
    from selenium.webdriver.remote.command import Command
    from urllib3.exceptions import HTTPError
except ImportError as error:
    raise BrowserMissing(
        f"The Selenium backend needs its package: {installing('selenium')}."
    ) from error

Given = TypeVar("Given")
Result = TypeVar("Result")

LAUNCH_SECONDS = 60
CLOSE_SECONDS = 5
GRACE_SECONDS = 0.5  # chromedriver keeps the time limit itself; this is for when it can't
MOST_SLOTS = 64
FAILURES = (WebDriverException, HTTPError, OSError)
NOT_LIVE = (
    "The selenium backend plays no live pages: WebDriver cannot keep a page within the allowed "
    "domains. Use the backend cdp or playwright."
)
PAUSE = {"type": "pause", "duration": 0}
# https://www.w3.org/TR/webdriver2/#keyboard-actions
CODES = {
    "Enter": "\ue006",
    "Tab": "\ue004",
    "Escape": "\ue00c",
    "Backspace": "\ue003",
    "Delete": "\ue017",
    "Space": " ",
    "ArrowUp": "\ue013",
    "ArrowDown": "\ue015",
    "ArrowLeft": "\ue012",
    "ArrowRight": "\ue014",
    "Home": "\ue011",
    "End": "\ue010",
    "PageUp": "\ue00e",
    "PageDown": "\ue00f",
    "Control": "\ue009",
    "Shift": "\ue008",
    "Alt": "\ue00a",
    "Meta": "\ue03d",
}
TYPED_AS = {"\n": "Enter", "\r": "Enter", "\t": "Tab"}
MOUSE = {"move": "pointerMove", "down": "pointerDown", "up": "pointerUp"}


@dataclass(slots=True)
class Tab:
    """A slot's session: a browser of its own. `lost` says why it can no longer be used."""

    driver: Remote
    window: str
    script: str = ""
    live: bool | None = None
    lost: str = ""

    def command(self, method: str, **parameters: object) -> Any:
        """Send a command of Chromium's DevTools protocol."""
        command = {"cmd": method, "params": parameters}
        return self.driver.execute("executeCdpCommand", command)["value"]

    @property
    def pid(self) -> int:
        """The browser's process id, on whichever machine it runs."""
        return self.driver.caps.get("goog:processID", 0)


class NotLive:
    """`LiveDriver` of a backend that refuses live pages."""

    tells_kinds = False

    def enter(
        self, starts: Mapping[int, Start], gates: Mapping[int, Gate]
    ) -> dict[int, BrowserError | None]:
        return {slot: BrowserError(NOT_LIVE) for slot in starts}

    def visit(self, urls: Mapping[int, str | None]) -> dict[int, str | BrowserError]:
        return {slot: BrowserError(NOT_LIVE) for slot in urls}

    def settle(self, slots: Collection[int]) -> dict[int, Happened | BrowserError]:
        return {slot: BrowserError(NOT_LIVE) for slot in slots}


class SeleniumDriver:
    """`Driver` over WebDriver sessions of a Chromium; each slot has a browser of its own.

    `executable` names a browser, or is the URL of a grid, whose machines must reach the
    loopback pages of suites: one on this machine, or one that plays live sites.
    `chromedriver` is a path; without it SE_CHROMEDRIVER, then the PATH decide. `timeout` is
    in seconds, for one answer of a page. Other browsers are refused: WebDriver alone has no
    way to run a script before those of a page. Raises `BrowserMissing` and `BrowserError`.
    """

    def __init__(
        self,
        executable: str | None = None,
        timeout: float = 15.0,
        chromedriver: str | None = None,
    ) -> None:
        self._grid = executable if executable and "://" in executable else ""
        self._timeout = timeout
        self._tabs: dict[int, Tab] = {}
        self._closed = False
        self._service: Chromedriver | None = None
        if self._grid:
            self._browser = Executable(Path("chrome"), "chrome", "of the grid")
        else:
            self._browser = find_browser(executable)
            self._program = find_chromedriver(chromedriver)
        self._pool = ThreadPoolExecutor(MOST_SLOTS, "selenium")
        try:
            self._serve()
            self._tabs[0] = self._launch()
        except BaseException:
            self.close()
            raise
        caps = self._tabs[0].driver.caps
        self.version = f"selenium {caps['browserName']} {caps['browserVersion']}"
        self.live = NotLive()

    @property
    def pids(self) -> dict[int, int]:
        """The process ids of the slots' browsers."""
        return {slot: tab.pid for slot, tab in self._tabs.items()}

    def open(self, starts: Mapping[int, Start]) -> dict[int, BrowserError | None]:
        try:
            self._serve()
        except BrowserError as error:
            return dict.fromkeys(starts, error)
        prepared = self._each(self._prepare, starts, LAUNCH_SECONDS)
        ready = {slot: start for slot, start in starts.items() if prepared[slot] is None}
        return prepared | self._each(self._open, ready)

    def resize(self, windows: Mapping[int, tuple[int, int]]) -> dict[int, BrowserError | None]:
        return self._each(self._resize, windows)

    def evaluate(self, scripts: Mapping[int, str]) -> dict[int, str | BrowserError]:
        return self._each(self._evaluate, scripts)

    def input(self, events: Mapping[int, Sequence[Input]]) -> dict[int, BrowserError | None]:
        return self._each(self._input, events)

    def screenshot(self, areas: Mapping[int, tuple[int, int]]) -> dict[int, bytes | BrowserError]:
        return self._each(self._screenshot, areas)

    def close(self) -> None:
        """End all sessions and chromedriver, whatever state they are in."""
        self._closed = True
        ends = {self._pool.submit(self._end, tab): tab for tab in self._tabs.values()}
        self._tabs.clear()
        wait(ends, CLOSE_SECONDS)
        for future, tab in ends.items():
            if not future.done():
                self._kill(tab)
        if self._service:
            self._service.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _each(
        self,
        work: Callable[[int, Given], Result],
        given: Mapping[int, Given],
        seconds: float | None = None,
    ) -> dict[int, Result | BrowserError]:
        """Do `work` in all slots at once, each within the time limit."""
        if self._closed:
            raise BrowserError("This browser is closed.")
        limit = seconds or self._timeout + GRACE_SECONDS
        running = {slot: self._pool.submit(work, slot, one) for slot, one in given.items()}
        wait(running.values(), limit)
        return {slot: self._result(slot, future) for slot, future in running.items()}

    def _result(self, slot: int, future: Future[Result]) -> Result | BrowserError:
        if not future.done():
            return self._lose(slot, self._late(), hangs=True)
        try:
            return future.result()
        except BrowserError as error:
            return error
        except JavascriptException as error:
            return BrowserError(f"Script error: {_brief(error)}")
        except TimeoutException:
            return self._lose(slot, self._late(), hangs=True)
        except FAILURES as error:
            return self._lose(slot, _brief(error))

    def _lose(self, slot: int, why: str, hangs: bool = False) -> BrowserError:
        tab = self._tabs.get(slot)
        if tab and not tab.lost:
            tab.lost = why
            if hangs:
                self._kill(tab)
        return BrowserError(why)

    def _late(self) -> str:
        return f"The page did not answer within {self._timeout:g} s."

    def _tab(self, slot: int) -> Tab:
        tab = self._tabs.get(slot)
        if tab is None or tab.lost:
            raise BrowserError(tab.lost if tab else "The slot shows no page.")
        return tab

    def _prepare(self, slot: int, start: Start) -> None:
        """Give the slot a session that can be used, with the script for the page."""
        tab = self._tabs.get(slot)
        if tab and tab.lost:
            self._pool.submit(self._end, self._tabs.pop(slot))  # a grid may take its time
            tab = None
        if tab is None:
            tab = self._tabs[slot] = self._launch()
        if tab.live is not start.live:
            if tab.script:
                tab.command("Page.removeScriptToEvaluateOnNewDocument", identifier=tab.script)
            source = f"{dialogs_script()}\n{page_script(start.live)}"
            added = tab.command("Page.addScriptToEvaluateOnNewDocument", source=source)
            tab.script, tab.live = added["identifier"], start.live
        _close_popups(tab)

    def _open(self, slot: int, start: Start) -> None:
        self._resize(slot, start.window)
        self._tab(slot).driver.get(start.url)

    def _resize(self, slot: int, window: tuple[int, int]) -> None:
        width, height = window
        self._tab(slot).command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def _evaluate(self, slot: int, script: str) -> str:
        command: dict[str, object] = {"script": f"return ({script});", "args": ()}
        value = self._tab(slot).driver.execute(Command.W3C_EXECUTE_SCRIPT, command)["value"]
        return "" if value is None else str(value)

    def _input(self, slot: int, events: Sequence[Input]) -> None:
        driver = self._tab(slot).driver
        driver.execute(Command.W3C_ACTIONS, {"actions": input_sources(events)})
        if any(isinstance(event, Mouse) and event.kind == "up" for event in events):
            # Else the next click within half a second would count as a double click.
            driver.execute(Command.W3C_CLEAR_ACTIONS)

    def _screenshot(self, slot: int, area: tuple[int, int]) -> bytes:
        clip = {"x": 0, "y": 0, "width": area[0], "height": area[1], "scale": 1}
        answer = self._tab(slot).command("Page.captureScreenshot", format="png", clip=clip)
        return base64.b64decode(answer["data"])

    def _serve(self) -> None:
        """Have a chromedriver; where one has ended, its browsers have ended with it."""
        if self._grid or (self._service and self._service.alive):
            return
        if self._service:
            self._service.close()
        for tab in self._tabs.values():
            tab.lost = tab.lost or "chromedriver has ended."
        self._service = Chromedriver(self._program)

    def _launch(self) -> Tab:
        url = self._service.url if self._service else self._grid
        connection = ChromeRemoteConnection(url, ignore_proxy=not self._grid)
        try:
            driver = Remote(connection, options=self._options())
            tab = Tab(driver, driver.current_window_handle)
        except FAILURES as error:
            raise BrowserError(f"No WebDriver session at {url}: {_brief(error)}") from error
        self._fix(tab)
        return tab

    def _options(self) -> ChromeOptions:
        options = ChromeOptions()
        arguments = launch_arguments(self._browser, root=False if self._grid else None)
        if not self._grid:
            options.binary_location = str(self._browser.path)
            arguments.append("--remote-debugging-pipe")
        for argument in arguments:
            options.add_argument(argument)
        limit = round(self._timeout * 1000)
        options.set_capability("timeouts", {"script": limit, "pageLoad": limit, "implicit": 0})
        options.set_capability("unhandledPromptBehavior", "dismiss")
        return options

    def _fix(self, tab: Tab) -> None:
        name = tab.driver.caps["browserName"]
        if "chrom" not in name:
            self._end(tab)
            raise BrowserError(
                f"The selenium backend plays in Chromium and Chrome only, not in {name}: no "
                "other one can run a script before those of a page. The playwright backend "
                "has Firefox and WebKit."
            )
        tab.command("Browser.setDownloadBehavior", behavior="deny")
        tab.command("Emulation.setFocusEmulationEnabled", enabled=True)
        tab.command("Emulation.setLocaleOverride", locale="en-US")
        tab.command("Emulation.setTimezoneOverride", timezoneId="UTC")

    def _end(self, tab: Tab) -> None:
        if tab.lost:
            self._kill(tab)
        with contextlib.suppress(*FAILURES):
            if tab.lost and self._grid:
                tab.command("Browser.crash")  # a page that hangs would hold up the end
        with contextlib.suppress(*FAILURES):
            tab.driver.quit()

    def _kill(self, tab: Tab) -> None:
        """End a browser of this machine that no longer listens."""
        if tab.pid and not self._grid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(tab.pid, signal.SIGKILL)


def input_sources(events: Sequence[Input]) -> list[dict[str, Any]]:
    """The events as one W3C `Perform Actions` request: a tick for each."""
    mouse: list[dict[str, Any]] = []
    keyboard: list[dict[str, Any]] = []
    for event in events:
        if isinstance(event, Mouse):
            mouse.append(_mouse(event))
            keyboard.append(PAUSE)
        else:
            strokes = _strokes(event)
            keyboard += strokes
            mouse += [PAUSE] * len(strokes)
    return [
        {
            "type": "pointer",
            "id": "mouse",
            "parameters": {"pointerType": "mouse"},
            "actions": mouse,
        },
        {"type": "key", "id": "keyboard", "actions": keyboard},
    ]


def _mouse(event: Mouse) -> dict[str, Any]:
    if event.kind == "move":
        place = {"x": event.x, "y": event.y, "origin": "viewport", "duration": 0}
        return {"type": MOUSE[event.kind], **place}
    return {"type": MOUSE[event.kind], "button": 0}


def _strokes(keys: Keys) -> list[dict[str, Any]]:
    if keys.text:
        return [stroke for c in keys.text for stroke in _strokes(Keys(key=TYPED_AS.get(c, c)))]
    held = [_key("keyDown", name) for name in keys.modifiers]
    released = [_key("keyUp", name) for name in reversed(keys.modifiers)]
    return [*held, _key("keyDown", keys.key), _key("keyUp", keys.key), *released]


def _key(kind: str, name: str) -> dict[str, Any]:
    return {"type": kind, "value": CODES.get(name, name)}


def _close_popups(tab: Tab) -> None:
    others = [one for one in tab.driver.window_handles if one != tab.window]
    for other in others:
        tab.driver.switch_to.window(other)
        tab.driver.close()
    if others:
        tab.driver.switch_to.window(tab.window)


def _brief(error: Exception) -> str:
    """The message without its pointer to Selenium's manual, and without chromedriver's stack."""
    message = str(error.msg) if isinstance(error, WebDriverException) else str(error)
    return " ".join(re.split(r"; For documentation|\(Session info|Stacktrace:", message)[0].split())
