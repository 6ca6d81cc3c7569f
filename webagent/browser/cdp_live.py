"""Live pages over the debugging pipe: requests, navigations, dialogs, popups, downloads."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from webagent.browser.cdp_pipe import Message, Pipe
from webagent.browser.guard import Gate
from webagent.browser.protocol import Happened, Left
from webagent.browser.reach import PORTS, shown
from webagent.browser.script import WORLD, marks_script, page_script
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start

Post: TypeAlias = tuple[str, Message, str]  # method, parameters, session

LOAD_SECONDS = 10.0  # a page that is not there by then is looked at as it is
GRACE_SECONDS = 2.0  # for images and the like, when the document is complete
REQUEST_SECONDS = 2.0  # for what a script fetches
LISTEN_SECONDS = 0.02
MOST_DIALOGS = 30  # of one step; a page that raises more is in a loop
FETCHED = ("XHR", "Fetch")
GONE = ("context", "navigated", "frame with the given id", "detached")


@dataclass(slots=True)
class Traffic:
    """What goes on in a live tab, kept up to date by events."""

    gate: Gate
    frame: str
    session: str
    confirm: bool
    world: int = 0  # the execution context of the agent's script; 0: not known
    pending: float = 0.0  # since when the page is being left for one that is not there yet
    busy: bool = False
    ready: float = 0.0  # when the document was complete; 0 as long as it is not
    waited: bool = False  # whether patience with this document has run out
    documents: int = 0
    popup: str = ""
    dialogs: int = 0
    doomed: str = ""  # why the page must be ended
    notes: list[str] = field(default_factory=list[str])
    alerts: list[str] = field(default_factory=list[str])
    requests: dict[str, float] = field(default_factory=dict[str, float])
    inner: set[str] = field(default_factory=set[str])  # sessions of its frames and workers

    def unfinished(self, now: float) -> bool:
        if self.pending:
            return True
        if self.busy:
            return not self.waited and (not self.ready or now - self.ready < GRACE_SECONDS)
        return any(now - began < REQUEST_SECONDS for began in self.requests.values())

    def take(self) -> Happened:
        notes, alerts = tuple(dict.fromkeys(self.notes)), tuple(dict.fromkeys(self.alerts))
        happened = Happened(self.documents, self.popup, notes, alerts)
        self.popup, self.notes, self.alerts, self.dialogs = "", [], [], 0
        return happened

    def heard(self, session: str, method: str, parameters: Message) -> list[Post]:
        """Take an event of the tab; returns what has to be sent because of it."""
        if found := ANSWERS.get(method):
            return found(self, session, parameters)
        if session == self.session and parameters.get("frameId") in (None, self.frame):
            self._loading(method, parameters)
        return []

    def _loading(self, method: str, parameters: Message) -> None:
        match method:
            case "Page.frameStartedLoading":
                self.busy, self.ready, self.waited = True, 0.0, False
            case "Page.frameStartedNavigating":
                if parameters.get("navigationType") != "sameDocument":
                    self.pending = self.pending or time.monotonic()
            case "Page.frameStoppedLoading":
                self.busy, self.pending = False, 0.0
            case "Page.frameNavigated" if "parentId" not in parameters["frame"]:
                self.documents += 1
                self.world, self.pending = 0, 0.0
                self.requests.clear()
            case "Page.domContentEventFired":
                self.ready = time.monotonic()
            case "Page.windowOpen":
                self.popup = parameters["url"]
            case "Network.requestWillBeSent" if parameters.get("type") in FETCHED:
                self.requests[parameters["requestId"]] = time.monotonic()
            case "Network.loadingFinished" | "Network.loadingFailed":
                self.requests.pop(parameters["requestId"], None)
            case _:
                pass

    def downloads(self, parameters: Message) -> None:
        name = str(parameters.get("suggestedFilename") or "a file")
        self.notes.append(f"The page offered {shown(name)!r} to download, which was refused.")

    def _paused(self, session: str, parameters: Message) -> list[Post]:
        """Decide on a request, or on the answer that a document got."""
        one: Message = {"requestId": parameters["requestId"]}
        if (
            "responseErrorReason" in parameters
            or 300 <= parameters.get("responseStatusCode", 0) < 400
        ):
            return [("Fetch.continueRequest", one, session)]
        if "responseStatusCode" in parameters:
            headers = [*parameters.get("responseHeaders", ()), _policy(self.gate)]
            code = parameters["responseStatusCode"]
            changed: Message = {**one, "responseCode": code, "responseHeaders": headers}
            return [("Fetch.continueResponse", changed, session)]
        request, kind = parameters["request"], parameters["resourceType"]
        reach, url = self.gate.reach, str(request["url"])
        if kind != "Document":
            if reach.loads(url, kind, request["method"]):
                return [("Fetch.continueRequest", one, session)]
            return [("Fetch.failRequest", {**one, "errorReason": "BlockedByClient"}, session)]
        why = reach.refusal(url)
        if not why:
            return [("Fetch.continueRequest", one, session)]
        if parameters.get("frameId") == self.frame:
            self.notes.append(why)
        # An aborted navigation leaves the page as it is.
        return [("Fetch.failRequest", {**one, "errorReason": "Aborted"}, session)]

    def _dialog(self, session: str, parameters: Message) -> list[Post]:
        kind, said = parameters["type"], shown(" ".join(str(parameters["message"]).split()))
        accept = kind in ("alert", "beforeunload") or (self.confirm and kind == "confirm")
        answered = "OK" if accept else "Cancel"
        if kind == "alert":
            self.alerts.append(said)
        elif kind != "beforeunload":
            self.notes.append(f"The page asked {said!r} and was answered {answered}.")
        self.dialogs += 1
        if self.dialogs > MOST_DIALOGS:
            self.doomed = "The page raised dialogs without end."
        return [("Page.handleJavaScriptDialog", {"accept": accept}, session)]

    def _attached(self, session: str, parameters: Message) -> list[Post]:
        """Hold frames of other processes and workers to the same rules, from their start."""
        inner = parameters["sessionId"]
        self.inner.add(inner)
        return [
            ("Fetch.enable", {"patterns": patterns(self.gate)}, inner),
            ("Network.enable", {}, inner),
            ("Network.setBlockedURLs", {"urls": ["ws://*", "wss://*"]}, inner),
            ("Target.setAutoAttach", ATTACH, inner),
            ("Runtime.runIfWaitingForDebugger", {}, inner),
        ]

    def _detached(self, session: str, parameters: Message) -> list[Post]:
        self.inner.discard(parameters["sessionId"])
        return []


ANSWERS: Mapping[str, Callable[[Traffic, str, Message], list[Post]]] = {
    "Fetch.requestPaused": Traffic._paused,  # pyright: ignore[reportPrivateUsage]
    "Page.javascriptDialogOpening": Traffic._dialog,  # pyright: ignore[reportPrivateUsage]
    "Target.attachedToTarget": Traffic._attached,  # pyright: ignore[reportPrivateUsage]
    "Target.detachedFromTarget": Traffic._detached,  # pyright: ignore[reportPrivateUsage]
}
ATTACH: Message = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}


def patterns(gate: Gate) -> list[Message]:
    """Which requests are held until they were decided on. The gate alone sees to a strict
    page's others.
    """
    requests: Message = {"urlPattern": "*", "requestStage": "Request"}
    if gate.reach.strict:
        requests["resourceType"] = "Document"
    answers: Message = {"urlPattern": "*", "requestStage": "Response", "resourceType": "Document"}
    return [requests, answers]


def _policy(gate: Gate) -> Message:
    """A header that holds a document, and the workers it makes, to the allow-list in what
    requests are not held for: WebSockets. Frames must have an address of the web.
    """
    hosts = [one for domain in gate.reach.domains for one in domain.sources()]
    sources = " ".join(f"{scheme}://{one}" for one in hosts for scheme in PORTS)
    text = f"frame-src http: https:; connect-src data: blob: {sources}"
    return {"name": "Content-Security-Policy", "value": text}


def setting_up(start: Start, gate: Gate, context: str) -> list[tuple[str, Message]]:
    """What a fresh tab is told before it shows its first live page."""
    width, height = start.window
    size: Message = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    download: Message = {"behavior": "deny", "browserContextId": context, "eventsEnabled": True}
    return [
        ("Emulation.setDeviceMetricsOverride", size),
        ("Network.enable", {}),
        ("Page.addScriptToEvaluateOnNewDocument", {"source": marks_script()}),
        (
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": page_script(True), "worldName": WORLD},
        ),
        ("Page.setInterceptFileChooserDialog", {"enabled": True}),
        ("Browser.setDownloadBehavior", download),
        ("Fetch.enable", {"patterns": patterns(gate)}),
        ("Target.setAutoAttach", ATTACH),
    ]


Ask: TypeAlias = Callable[[Mapping[int, tuple[str, Message]]], dict[int, Message | BrowserError]]


class CdpLive:
    """`LiveDriver` of the cdp backend.

    `traffic` gives what goes on in a slot's tab, `ask` sends one request to each slot, with
    errors of the page as `{"failed": text}`, and `renew` puts a tab behind a gate into a slot.
    """

    tells_kinds = True

    def __init__(
        self,
        pipe: Callable[[], Pipe],
        traffic: Callable[[int], Traffic | None],
        ask: Ask,
        renew: Callable[[int, Start, Gate], None],
    ) -> None:
        self._pipe = pipe
        self._traffic = traffic
        self._ask = ask
        self._renew = renew

    def enter(
        self, starts: Mapping[int, Start], gates: Mapping[int, Gate]
    ) -> dict[int, BrowserError | None]:
        result: dict[int, BrowserError | None] = {}
        for slot, start in starts.items():
            try:
                self._renew(slot, start, gates[slot])
            except BrowserError as error:
                result[slot] = error
        self._pipe().attend()
        visited = self.visit({slot: one.url for slot, one in starts.items() if slot not in result})
        for slot, wrong in visited.items():
            if isinstance(wrong, BrowserError):
                result[slot] = wrong
            else:
                result[slot] = BrowserError(wrong) if wrong else None
        return result

    def visit(self, urls: Mapping[int, str | None]) -> dict[int, str | BrowserError]:
        asked: dict[int, tuple[str, Message]] = {
            slot: ("Page.navigate", {"url": url}) for slot, url in urls.items() if url
        }
        result: dict[int, str | BrowserError] = {}
        for slot in [slot for slot, url in urls.items() if not url]:
            before = self._before(slot)
            if isinstance(before, int):
                asked[slot] = ("Page.navigateToHistoryEntry", {"entryId": before})
            else:
                result[slot] = before
        return result | self._navigate(asked)

    def settle(self, slots: Collection[int]) -> dict[int, Happened | BrowserError]:
        watched = {slot: one for slot in slots if (one := self._traffic(slot))}
        deadline = time.monotonic() + LOAD_SECONDS + GRACE_SECONDS
        try:
            self._pipe().listen(0)
            while any(one.unfinished(time.monotonic()) for one in watched.values()):
                if time.monotonic() > deadline:
                    break
                self._pipe().listen(LISTEN_SECONDS)
                for one in watched.values():
                    self.hurry(one)
        except BrowserError as error:
            return dict.fromkeys(slots, error)
        for one in watched.values():
            self._end_patience(one)
        gone = BrowserError("The slot shows no page.")
        return {slot: watched[slot].take() if slot in watched else gone for slot in slots}

    def evaluate(self, scripts: Mapping[int, str]) -> dict[int, Message | BrowserError]:
        """Run scripts in the world that pages know nothing of."""
        watched = {slot: one for slot in scripts if (one := self._traffic(slot))}
        unknown = {slot: one for slot, one in watched.items() if not one.world}
        made = self._ask(
            {
                slot: ("Page.createIsolatedWorld", {"frameId": one.frame, "worldName": WORLD})
                for slot, one in unknown.items()
            }
        )
        result: dict[int, Message | BrowserError] = {}
        for slot, world in made.items():
            if isinstance(world, BrowserError) or "failed" in world:
                result[slot] = _left(world)
            else:
                unknown[slot].world = world["executionContextId"]
        shared: Message = {"awaitPromise": True, "returnByValue": True}
        asked: dict[int, tuple[str, Message]] = {
            slot: (
                "Runtime.evaluate",
                {**shared, "expression": scripts[slot], "contextId": one.world},
            )
            for slot, one in watched.items()
            if slot not in result
        }
        result |= {slot: _left(answer) for slot, answer in self._ask(asked).items()}
        for slot in [slot for slot, answer in result.items() if isinstance(answer, Left)]:
            watched[slot].world = 0
        return result

    def _navigate(self, asked: Mapping[int, tuple[str, Message]]) -> dict[int, str | BrowserError]:
        """Send the requests. A browser answers when the page has begun to come, which some
        pages never do.
        """
        pipe = self._pipe()
        sent = {
            slot: pipe.send(method, parameters, one.session)
            for slot, (method, parameters) in asked.items()
            if (one := self._traffic(slot))
        }
        try:
            answers = pipe.wait(list(sent.values()), LOAD_SECONDS)
        except BrowserError as error:
            return dict.fromkeys(asked, error)
        result: dict[int, str | BrowserError] = {}
        for slot, one in sent.items():
            if one not in answers:
                self._stop(slot)
            where = asked[slot][1].get("url", "The page before")
            result[slot] = _trouble(shown(str(where)), answers.get(one))
        return result

    def _stop(self, slot: int) -> None:
        if one := self._traffic(slot):
            self._pipe().post("Page.stopLoading", {}, one.session)

    def _before(self, slot: int) -> int | str | BrowserError:
        """The history entry of the page before, or why there is none to go to."""
        answer = self._ask({slot: ("Page.getNavigationHistory", {})})[slot]
        if isinstance(answer, BrowserError):
            return answer
        one, index = self._traffic(slot), answer.get("currentIndex", 0)
        before: Sequence[Any] = answer.get("entries", ())[:index]
        if one is None or not before or before[-1]["url"] == "about:blank":
            return "There is no page to go back to."
        return one.gate.reach.refusal(before[-1]["url"]) or int(before[-1]["id"])

    def hurry(self, one: Traffic) -> None:
        """Give up a page that does not answer. Until then the browser asks the old one nothing."""
        if one.pending and time.monotonic() - one.pending > LOAD_SECONDS:
            self._pipe().post("Page.stopLoading", {}, one.session)
            one.pending, one.busy = 0.0, False
            one.notes.append(f"The next page did not answer within {LOAD_SECONDS:g} s.")

    def _end_patience(self, one: Traffic) -> None:
        if one.busy and not one.waited:
            one.waited = True
            if not one.ready:
                one.notes.append(f"The page did not finish loading within {LOAD_SECONDS:g} s.")


def _left(answer: Message | BrowserError) -> Message | BrowserError:
    if isinstance(answer, BrowserError) or "failed" not in answer:
        return answer
    why = str(answer["failed"])
    return Left(why) if any(word in why.lower() for word in GONE) else BrowserError(why)


def _trouble(where: str, answer: Message | None) -> str:
    if answer is None:
        return f"{where} did not answer within {LOAD_SECONDS:g} s."
    if "error" in answer:
        return f"{where} could not be opened: {answer['error'].get('message', 'failed')}"
    failed = answer["result"].get("errorText", "")
    return f"{where} could not be opened: {failed}." if failed else ""
