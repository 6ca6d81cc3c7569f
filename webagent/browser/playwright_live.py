"""Live pages in the Playwright backend."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from playwright.async_api import CDPSession, Dialog, Download, Error, Frame, Page, Request, Route
from playwright.async_api import TimeoutError as PlaywrightTimeout

from webagent.browser.guard import Gate
from webagent.browser.protocol import Happened, Left
from webagent.browser.reach import shown
from webagent.browser.script import WORLD, marks_script, page_script
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start

Given = TypeVar("Given")
Result = TypeVar("Result")

LOAD_SECONDS = 10.0
GRACE_SECONDS = 2.0  # for images and the like, when the document is complete
REQUEST_SECONDS = 2.0  # for what a script fetches
LISTEN_SECONDS = 0.02
MOST_DIALOGS = 30  # of one step
WEB = re.compile(r"^https?://")
GONE = ("context was destroyed", "context with specified id", "navigat", "detached", "not found")


@dataclass(eq=False)
class Life:
    """What goes on in a live page, kept up to date by events.

    In Chromium the agent's script has a world of its own. In Firefox and WebKit it shares
    the page's, where a page that wants to can deceive it.
    """

    page: Page
    gate: Gate
    confirm: bool
    chromium: CDPSession | None = None
    frame: str = ""
    patience: float = 15.0  # seconds for one answer of the page
    pending: float = 0.0  # since when the page is being left for one that is not there yet
    waited: bool = False  # whether patience with this document has run out
    documents: int = 0
    popup: str = ""
    dialogs: int = 0
    notes: list[str] = field(default_factory=list[str])
    alerts: list[str] = field(default_factory=list[str])
    requests: dict[Request, float] = field(default_factory=dict[Request, float])

    @classmethod
    async def of(
        cls, page: Page, start: Start, gate: Gate, chromium: bool, patience: float
    ) -> Life:
        """Prepare a page that shows nothing yet."""
        life = cls(page, gate, start.confirm, patience=patience)
        await page.context.route(WEB, life._decide)
        await page.context.add_init_script(marks_script())
        if chromium:
            await life._enter_world()
        else:
            await page.context.add_init_script(page_script(True))
        page.on("request", life._requested)
        page.on("requestfinished", life._ended)
        page.on("requestfailed", life._ended)
        page.on("framenavigated", life._navigated)
        page.on("dialog", life._answer)
        page.on("download", life._downloads)
        return life

    async def evaluate(self, script: str) -> str | BrowserError:
        try:
            value = await self._patiently(self._value(script))
        except Error as error:
            text = error.message.split("\n")[0]
            gone = any(word in text.lower() for word in GONE)
            return Left(text) if gone else BrowserError(text)
        return "" if value is None else str(value)

    async def visit(self, url: str | None) -> str:
        limit = LOAD_SECONDS * 1000
        where = shown(url) if url else "The page before"
        try:
            if url:
                await self.page.goto(url, wait_until="commit", timeout=limit)
                return ""
            if await self._is_first():
                return "There is no page to go back to."
            await self.page.go_back(wait_until="commit", timeout=limit)
            return ""
        except PlaywrightTimeout:
            await self._stop()
            return f"{where} did not answer within {LOAD_SECONDS:g} s."
        except Error as error:
            return f"{where} could not be opened: {error.message.split(chr(10))[0]}"

    async def settle(self, _: None) -> Happened | BrowserError:
        deadline = time.monotonic() + LOAD_SECONDS
        while self.pending:
            await asyncio.sleep(LISTEN_SECONDS)
            await self._hurry()
        left = max(deadline - time.monotonic(), LISTEN_SECONDS) * 1000
        if not self.waited:
            try:
                await self.page.wait_for_load_state("domcontentloaded", timeout=left)
                await self.page.wait_for_load_state("load", timeout=GRACE_SECONDS * 1000)
            except Error:
                self.waited = True
        while any(time.monotonic() - began < REQUEST_SECONDS for began in self.requests.values()):
            await asyncio.sleep(LISTEN_SECONDS)
        if self.dialogs > MOST_DIALOGS:
            return BrowserError("The page raised dialogs without end.")
        notes, alerts = tuple(dict.fromkeys(self.notes)), tuple(dict.fromkeys(self.alerts))
        happened = Happened(self.documents, self.popup, notes, alerts)
        self.popup, self.notes, self.alerts, self.dialogs = "", [], [], 0
        return happened

    async def _patiently(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Await an answer of the page. While it is being left it gives none, which says
        nothing against it. Raises `TimeoutError`.
        """
        task = asyncio.ensure_future(work)
        deadline = time.monotonic() + self.patience
        while not (await asyncio.wait({task}, timeout=LISTEN_SECONDS))[0]:
            if self.pending:
                deadline = max(deadline, time.monotonic() + GRACE_SECONDS)
                await self._hurry()
            if time.monotonic() > deadline:
                task.cancel()
                raise TimeoutError
        return task.result()

    async def _hurry(self) -> None:
        """Give up a page that does not answer."""
        if self.pending and time.monotonic() - self.pending > LOAD_SECONDS:
            self.notes.append(f"The next page did not answer within {LOAD_SECONDS:g} s.")
            await self._stop()

    async def _value(self, script: str) -> object:
        if self.chromium is None:
            return await self.page.evaluate(script)
        place = {"frameId": self.frame, "worldName": WORLD}
        world = await self._command("Page.createIsolatedWorld", place)
        asked = {
            "expression": script,
            "contextId": world["executionContextId"],
            "awaitPromise": True,
            "returnByValue": True,
        }
        answer = await self._command("Runtime.evaluate", asked)
        if details := answer.get("exceptionDetails"):
            thrown: dict[str, Any] = details.get("exception", {})
            raise Error(f"Script error: {thrown.get('description') or details.get('text')}")
        return answer["result"].get("value", "")

    async def _enter_world(self) -> None:
        self.chromium = await self.page.context.new_cdp_session(self.page)
        self.chromium.on("Page.windowOpen", self._opened)
        tree = await self._command("Page.getFrameTree", {})
        self.frame = tree["frameTree"]["frame"]["id"]
        await self._command("Page.enable", {})
        script = {"source": page_script(True), "worldName": WORLD}
        await self._command("Page.addScriptToEvaluateOnNewDocument", script)

    async def _command(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        assert self.chromium
        sending: Awaitable[Any] = self.chromium.send(method, parameters)  # pyright: ignore
        return cast("dict[str, Any]", await sending)

    async def _is_first(self) -> bool:
        """Whether the page before is none of a site; known in Chromium only."""
        if self.chromium is None:
            return False
        history = await self._command("Page.getNavigationHistory", {})
        before = history["entries"][: history["currentIndex"]]
        return not before or before[-1]["url"] == "about:blank"

    async def _stop(self) -> None:
        self.pending = 0.0
        if self.chromium:
            with contextlib.suppress(Error):
                await self._command("Page.stopLoading", {})

    def _opened(self, parameters: dict[str, Any]) -> None:
        self.popup = str(parameters["url"])

    def _requested(self, request: Request) -> None:
        if request.resource_type in ("xhr", "fetch"):
            self.requests[request] = time.monotonic()
        elif self._leaves(request):
            self.pending = self.pending or time.monotonic()

    def _ended(self, request: Request) -> None:
        self.requests.pop(request, None)
        if self._leaves(request):
            self.pending = 0.0

    def _leaves(self, request: Request) -> bool:
        """Whether a request is for another document in place of the page."""
        try:
            return request.is_navigation_request() and request.frame == self.page.main_frame
        except Error:
            return False  # it is of a window that is not there yet

    def _navigated(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.documents += 1
            self.pending, self.waited = 0.0, False
            self.requests.clear()

    async def _decide(self, route: Route, request: Request) -> None:
        """Abort what the gate would refuse, so that the page that is there stays. Where a
        redirect leads is not asked here, and is left to the gate.
        """
        why = self.gate.reach.refusal(request.url)
        if why and self._leaves(request):
            self.notes.append(why)
        with contextlib.suppress(Error):
            await (route.abort("aborted") if why else route.continue_())

    async def _answer(self, dialog: Dialog) -> None:
        said = shown(" ".join(dialog.message.split()))
        accept = dialog.type in ("alert", "beforeunload")
        accept = accept or (self.confirm and dialog.type == "confirm")
        if dialog.type == "alert":
            self.alerts.append(said)
        elif dialog.type != "beforeunload":
            answered = "OK" if accept else "Cancel"
            self.notes.append(f"The page asked {said!r} and was answered {answered}.")
        self.dialogs += 1
        with contextlib.suppress(Error):
            await (dialog.accept() if accept else dialog.dismiss())

    def _downloads(self, download: Download) -> None:
        name = shown(download.suggested_filename)
        self.notes.append(f"The page offered {name!r} to download, which was refused.")


class Each(Protocol):
    """Does something with all live pages of the slots at once."""

    def __call__(
        self, work: Callable[[Life, Given], Coroutine[Any, Any, Result]], given: Mapping[int, Given]
    ) -> dict[int, Result | BrowserError]: ...


class PlaywrightLive:
    """`LiveDriver` of the Playwright backend. `renew` puts pages behind gates into slots."""

    tells_kinds = False

    def __init__(
        self,
        renew: Callable[[Mapping[int, Start], Mapping[int, Gate]], dict[int, BrowserError | None]],
        each: Each,
    ) -> None:
        self._renew = renew
        self._each = each

    def enter(
        self, starts: Mapping[int, Start], gates: Mapping[int, Gate]
    ) -> dict[int, BrowserError | None]:
        if failures := self._renew(starts, gates):
            return failures
        visited = self.visit({slot: start.url for slot, start in starts.items()})
        return {slot: _failure(wrong) for slot, wrong in visited.items()}

    def visit(self, urls: Mapping[int, str | None]) -> dict[int, str | BrowserError]:
        return self._each(Life.visit, urls)

    def settle(self, slots: Collection[int]) -> dict[int, Happened | BrowserError]:
        settled = self._each(Life.settle, dict.fromkeys(slots))
        return dict(settled)


def _failure(wrong: str | BrowserError) -> BrowserError | None:
    if isinstance(wrong, BrowserError):
        return wrong
    return BrowserError(wrong) if wrong else None
