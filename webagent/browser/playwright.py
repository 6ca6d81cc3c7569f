"""The Playwright backend: any browser that Playwright drives, live sites first of all."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any, Literal, TypeAlias, TypeVar

from webagent.browser.guard import Gate
from webagent.browser.install import find_browser, is_root, launch_arguments
from webagent.browser.protocol import Input, Mouse
from webagent.browser.script import page_script
from webagent.errors import BrowserError, BrowserMissing, installing
from webagent.tasks.protocol import Start

try:
    from playwright.async_api import (
        Browser,
        Error,
        Page,
        Playwright,
        ProxySettings,
        ViewportSize,
        async_playwright,
    )

    from webagent.browser.playwright_live import Life, PlaywrightLive
except ImportError as error:
    raise BrowserMissing(
        f"The Playwright backend needs its package: {installing('live')}."
    ) from error

Product: TypeAlias = Literal["chromium", "firefox", "webkit"]
Given = TypeVar("Given")
Result = TypeVar("Result")

LAUNCH_SECONDS = 60
CLOSE_SECONDS = 5
LIVE_SECONDS = 25.0  # for a live page to load; its own limits are shorter
TYPED_AS = {"\n": "Enter", "\r": "Enter", "\t": "Tab"}


@dataclass(slots=True)
class Tab:
    """A slot's page. `lost` says why it can no longer be used."""

    page: Page
    live: bool
    lost: str = ""
    life: Life | None = None  # of a live page behind a gate


class PlaywrightDriver:
    """`Driver` over Playwright, each slot a page in a context of its own.

    Playwright runs in a thread with its own event loop, so this works in notebooks and in
    asyncio programs, serves all slots at once, and can give up on a page that hangs.
    `executable` names a Chromium; Firefox and WebKit are always Playwright's own.
    `timeout` is in seconds, for one answer of a page. Raises `BrowserMissing`.
    """

    def __init__(
        self, executable: str | None = None, timeout: float = 15.0, product: Product = "chromium"
    ) -> None:
        self._options = _launch_options(executable) if product == "chromium" else {}
        self._product = product
        self._timeout = timeout
        self._tabs: dict[int, Tab] = {}
        self._thread = LoopThread()
        self._playwright: Playwright | None = None
        try:
            self._browser = self._thread.run(self._launch(), LAUNCH_SECONDS)
        except BaseException:
            self.close()
            raise
        self.version = f"playwright {product} {self._browser.version}"
        self.live = PlaywrightLive(self._enter, self._each_life)

    def open(self, starts: Mapping[int, Start]) -> dict[int, BrowserError | None]:
        failures = self._enter(starts, {})
        return failures or self._each(self._open, starts)

    def resize(self, windows: Mapping[int, tuple[int, int]]) -> dict[int, BrowserError | None]:
        return self._each(self._resize, windows)

    def evaluate(self, scripts: Mapping[int, str]) -> dict[int, str | BrowserError]:
        lives = any(tab.life for slot, tab in self._tabs.items() if slot in scripts)
        limit = self._timeout + LIVE_SECONDS if lives else None
        return self._each(self._evaluate, scripts, limit)

    def input(self, events: Mapping[int, Sequence[Input]]) -> dict[int, BrowserError | None]:
        return self._each(self._input, events)

    def screenshot(self, areas: Mapping[int, tuple[int, int]]) -> dict[int, bytes | BrowserError]:
        return self._each(self._screenshot, areas)

    def close(self) -> None:
        """End the browser and Playwright, whatever state they are in."""
        with contextlib.suppress(BrowserError):
            self._thread.run(self._end(), 3 * CLOSE_SECONDS)
        self._thread.stop()

    def _enter(
        self, starts: Mapping[int, Start], gates: Mapping[int, Gate]
    ) -> dict[int, BrowserError | None]:
        """Give every slot a page that can be used; returns failures."""
        try:
            self._thread.run(self._renew(starts, gates), LAUNCH_SECONDS)
        except (BrowserError, Error) as error:
            failure = BrowserError(_brief(error)) if isinstance(error, Error) else error
            return dict.fromkeys(starts, failure)
        return {}

    def _each_life(
        self, work: Callable[[Life, Given], Coroutine[Any, Any, Result]], given: Mapping[int, Given]
    ) -> dict[int, Result | BrowserError]:
        """Like `_each`, for pages behind gates."""

        async def with_life(tab: Tab, one: Given) -> Result | BrowserError:
            return await work(tab.life, one) if tab.life else BrowserError("This page is not live.")

        return self._each(with_life, given, max(self._timeout, LIVE_SECONDS))

    def _each(
        self,
        work: Callable[[Tab, Given], Coroutine[Any, Any, Result]],
        given: Mapping[int, Given],
        seconds: float | None = None,
    ) -> dict[int, Result | BrowserError]:
        """Do `work` in all slots at once, each within the time limit."""
        limit = seconds or self._timeout

        async def all_slots() -> list[Result | BrowserError]:
            works = (self._one(work, slot, one, limit) for slot, one in given.items())
            return await asyncio.gather(*works)

        return dict(zip(given, self._thread.run(all_slots(), None), strict=True))

    async def _one(
        self,
        work: Callable[[Tab, Given], Coroutine[Any, Any, Result]],
        slot: int,
        given: Given,
        limit: float,
    ) -> Result | BrowserError:
        tab = self._tabs.get(slot)
        if tab is None or tab.lost:
            return BrowserError(tab.lost if tab else "The slot shows no page.")
        try:
            return await asyncio.wait_for(work(tab, given), limit)
        except TimeoutError:
            tab.lost = tab.lost or f"The page did not answer within {self._timeout:g} s."
        except Error as error:
            if "has been closed" in error.message:
                tab.lost = tab.lost or _brief(error)
            return BrowserError(tab.lost or _brief(error))
        return BrowserError(tab.lost)

    async def _open(self, tab: Tab, start: Start) -> None:
        await self._resize(tab, start.window)
        await tab.page.goto(start.url, wait_until="load", timeout=self._timeout * 1000)

    async def _resize(self, tab: Tab, window: tuple[int, int]) -> None:
        size = ViewportSize(width=window[0], height=window[1])
        if tab.page.viewport_size != size:
            await tab.page.set_viewport_size(size)

    async def _evaluate(self, tab: Tab, script: str) -> str | BrowserError:
        if tab.life:
            return await tab.life.evaluate(script)
        value: object = await tab.page.evaluate(script)
        return "" if value is None else str(value)

    async def _input(self, tab: Tab, events: Sequence[Input]) -> None:
        mouse, keyboard = tab.page.mouse, tab.page.keyboard
        for event in events:
            if isinstance(event, Mouse):
                if event.kind == "move":
                    await mouse.move(event.x, event.y)
                else:
                    await (mouse.down() if event.kind == "down" else mouse.up())
            elif event.text:
                for part in re.split(r"([\n\r\t])", event.text):
                    key = TYPED_AS.get(part)
                    await (keyboard.press(key) if key else keyboard.type(part))
            else:
                for name in event.modifiers:
                    await keyboard.down(name)
                # `type` also takes the characters that no key of an American keyboard has.
                await (keyboard.press if len(event.key) > 1 else keyboard.type)(event.key)
                for name in reversed(event.modifiers):
                    await keyboard.up(name)

    async def _screenshot(self, tab: Tab, area: tuple[int, int]) -> bytes:
        width, height = area
        return await tab.page.screenshot(
            clip={"x": 0, "y": 0, "width": width, "height": height}, scale="css", caret="initial"
        )

    async def _renew(self, starts: Mapping[int, Start], gates: Mapping[int, Gate]) -> None:
        stale = [
            self._tabs.pop(slot)
            for slot, start in starts.items()
            if (tab := self._tabs.get(slot))
            and (tab.lost or tab.life or slot in gates or tab.live is not start.live)
        ]
        closed = await asyncio.gather(*(_ends(tab.page.context.close()) for tab in stale))
        if all(closed) and self._browser.is_connected():
            with contextlib.suppress(Error):  # raised when Playwright's server has ended
                await self._fill(starts, gates)
                return
        for tab in self._tabs.values():
            tab.lost = tab.lost or "The browser was restarted."
        await self._end()
        self._browser = await self._launch()
        await self._fill(starts, gates)

    async def _fill(self, starts: Mapping[int, Start], gates: Mapping[int, Gate]) -> None:
        for slot, start in starts.items():
            if slot not in self._tabs or self._tabs[slot].lost:
                self._tabs[slot] = await self._new_tab(start, gates.get(slot))

    async def _new_tab(self, start: Start, gate: Gate | None) -> Tab:
        width, height = start.window
        # Playwright sends requests to this machine through a proxy as well.
        proxy = ProxySettings(server=gate.url, bypass="<-loopback>") if gate else None
        context = await self._browser.new_context(
            accept_downloads=False,
            device_scale_factor=1,
            locale="en-US",
            reduced_motion="reduce",
            timezone_id="UTC",
            viewport=ViewportSize(width=width, height=height),
            proxy=proxy,
            service_workers="block" if gate else "allow",
        )
        if gate:
            page = await context.new_page()
            chromium = self._product == "chromium"
            life = await Life.of(page, start, gate, chromium, self._timeout)
            tab = Tab(page, True, life=life)
        else:
            await context.add_init_script(page_script(start.live))
            tab = Tab(await context.new_page(), start.live)

        def crashed(_: Page) -> None:
            tab.lost = "The page crashed."

        async def close_popup(page: Page) -> None:
            if tab.life:
                tab.life.popup = tab.life.popup or page.url
            await _ends(page.close())

        tab.page.on("crash", crashed)
        context.on("page", close_popup)
        return tab

    async def _launch(self) -> Browser:
        self._playwright = await async_playwright().start()
        launcher = getattr(self._playwright, self._product)
        try:
            return await launcher.launch(**self._options)
        except Error as error:
            if "Executable doesn't exist" in error.message:
                raise BrowserMissing(
                    f"Playwright has no {self._product} here. Run "
                    f"`python -m playwright install {self._product}`."
                ) from error
            raise BrowserError(f"{self._product} did not start: {error.message}") from error

    async def _end(self) -> None:
        playwright, self._playwright = self._playwright, None
        if playwright and not await _ends(playwright.stop()):
            await self._thread.loop.end_processes()


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = ProcessLoop()
        self._thread = Thread(target=self.loop.run_forever, name="playwright", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], seconds: float | None) -> Result:
        """Run `work` in the loop and wait for it; `BrowserError` after `seconds`."""
        if not self._thread.is_alive():
            work.close()
            raise BrowserError("This browser is closed.")
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(seconds)
        except TimeoutError as error:
            future.cancel()
            raise BrowserError(f"The browser did not answer within {seconds:g} s.") from error

    def stop(self) -> None:
        """End the loop and its processes; further calls of `run` fail."""
        if not self._thread.is_alive():
            return
        with contextlib.suppress(BrowserError):
            self.run(self.loop.end_processes(), CLOSE_SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(CLOSE_SECONDS)
        if not self._thread.is_alive():
            self.loop.close()


class ProcessLoop(
    asyncio.SelectorEventLoop if sys.platform != "win32" else asyncio.ProactorEventLoop
):
    """Keeps the processes it starts: Playwright has no way to end a server that hangs."""

    def __init__(self) -> None:
        super().__init__()
        self._processes: list[asyncio.SubprocessTransport] = []

    async def subprocess_exec(self, *args: Any, **kwargs: Any) -> Any:
        transport, protocol = await super().subprocess_exec(*args, **kwargs)
        self._processes.append(transport)
        return transport, protocol

    async def end_processes(self) -> None:
        """Kill what still runs. A Chromium ends with the pipe to the one that started it."""
        for process in self._processes:
            if process.get_returncode() is None:
                process.kill()
        while any(process.get_returncode() is None for process in self._processes):
            await asyncio.sleep(0.02)
        self._processes.clear()


def _launch_options(executable: str | None) -> dict[str, Any]:
    browser = find_browser(executable)
    return {
        "executable_path": browser.path,
        "args": launch_arguments(browser),
        "chromium_sandbox": not is_root(),
    }


async def _ends(closing: Awaitable[None]) -> bool:
    """Whether something closed in time. What is closed already counts as closed."""
    try:
        await asyncio.wait_for(closing, CLOSE_SECONDS)
    except TimeoutError:
        return False
    except Error:
        return True
    return True


def _brief(error: Error) -> str:
    """Playwright's message without its stack and call log."""
    return error.message.strip().split("\n")[0]
