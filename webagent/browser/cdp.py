"""The fast backend: many page slots in one Chromium, over the debugging pipe."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence

from webagent.browser.cdp_live import ATTACH, GRACE_SECONDS, CdpLive, Traffic, setting_up
from webagent.browser.cdp_messages import (
    PICTURE,
    Target,
    capture,
    ends_in_a_move,
    evaluation,
    is_popup,
    metrics,
    value_of,
)
from webagent.browser.cdp_pipe import Message, Pipe
from webagent.browser.guard import Gate
from webagent.browser.install import Executable, launch_arguments
from webagent.browser.protocol import Input
from webagent.browser.script import page_script
from webagent.errors import BrowserError, BrowserMissing
from webagent.tasks.protocol import Start

# Nobody looks at the pages of a suite, and drawing them takes more time than playing. The
# headless shell can be told to draw a frame only when one is asked for.
FRAMES_ON_DEMAND = ("--enable-begin-frame-control", "--run-all-compositor-stages-before-draw")
FRAME_ATTEMPTS = 20  # a busy machine sometimes draws a frame and gives no picture of it
FRAME_SECONDS = 0.02  # between two frames, when the first was not enough
LIVE_SECONDS = 0.2  # between two looks at whether a live page is being left
BEGINNERS = [{"type": name} for name in ("page", "shared_worker", "service_worker")]
NO_PAGE = "The slot shows no page."
COLLECT_EVERY = 500  # evaluations of a slot between two garbage collections of its page
RENEW_AFTER = 10_000  # evaluations; the next load gets a fresh tab, since old ones grow slowly


class CdpDriver:
    """`Driver` over the debugging pipe of a Chromium that this process starts.

    The headless shell draws frames only when asked to; `frames_on_demand=False` lets it draw
    all the time, as other browsers do.
    """

    def __init__(
        self, executable: Executable, timeout: float = 15.0, *, frames_on_demand: bool = True
    ) -> None:
        self._executable = executable
        self._timeout = timeout
        self._targets: dict[int, Target] = {}
        self._frames_on_demand = frames_on_demand and executable.kind == "headless-shell"
        self._attached = False  # to popups, before they begin
        self._pipe = self._launch()
        product = self._pipe.call("Browser.getVersion")["product"]
        self.version = f"cdp {executable.kind} {product.split('/')[-1]}"
        self.live = CdpLive(lambda: self._pipe, self._traffic, self._ask_live, self._renew)

    @property
    def pid(self) -> int:
        """The browser's process id."""
        return self._pipe.pid

    def open(self, starts: Mapping[int, Start]) -> dict[int, BrowserError | None]:
        ready: dict[int, str] = {}
        result: dict[int, BrowserError | None] = {}
        for slot, start in starts.items():
            try:
                self._prepare(self._target(slot), start)
                ready[slot] = start.url
            except BrowserMissing:
                raise
            except BrowserError as error:
                result[slot] = error
                if target := self._targets.get(slot):
                    target.lost = str(error)
        try:
            self._navigate(ready)
        except BrowserError as error:
            return dict.fromkeys(starts, error)
        for slot in ready:
            lost = self._targets[slot].lost
            result[slot] = BrowserError(lost) if lost else None
        return result

    def resize(self, windows: Mapping[int, tuple[int, int]]) -> dict[int, BrowserError | None]:
        answers = self._ask({slot: metrics(window) for slot, window in windows.items()})
        for slot, target in self._targets.items():
            if slot in windows:
                target.window, target.drawn = windows[slot], None
        return {s: a if isinstance(a, BrowserError) else None for s, a in answers.items()}

    def evaluate(self, scripts: Mapping[int, str]) -> dict[int, str | BrowserError]:
        requests = {
            slot: ("Runtime.evaluate", evaluation(script))
            for slot, script in scripts.items()
            if not self._traffic(slot)
        }
        live = {slot: script for slot, script in scripts.items() if slot not in requests}
        answers = self._ask(requests) | (self.live.evaluate(live) if live else {})
        return {slot: value_of(answer) for slot, answer in answers.items()}

    def input(self, events: Mapping[int, Sequence[Input]]) -> dict[int, BrowserError | None]:
        sent: dict[int, list[int]] = {}
        result: dict[int, BrowserError | None] = {}
        for slot, inputs in events.items():
            target = self._targets.get(slot)
            if target is None or target.lost:
                result[slot] = BrowserError(target.lost if target else NO_PAGE)
                continue
            sent[slot] = [
                self._pipe.send(method, parameters, target.session)
                for one in inputs
                for method, parameters in target.messages(one)
            ]
        try:
            answers = self._moves(sent, events)
            left = [one for many in sent.values() for one in many if one not in answers]
            answers |= self._pipe.wait(left, self._timeout)
        except BrowserError as error:
            return dict.fromkeys(events, error)
        for slot, many in sent.items():
            late = [one for one in many if one not in answers]
            result[slot] = self._lose(slot, "The page took no input") if late else None
        return result

    def _moves(
        self, sent: Mapping[int, list[int]], events: Mapping[int, Sequence[Input]]
    ) -> dict[int, Message]:
        """The answers that come when frames are drawn: a move that nothing follows waits for
        one, which may overtake it.
        """
        slots = [slot for slot in sent if self._frames_on_demand and ends_in_a_move(events[slot])]
        answers: dict[int, Message] = {}
        deadline = time.monotonic() + self._timeout
        while slots and time.monotonic() < deadline:
            for slot in slots:
                self._frame(slot)
            ids = [one for slot in slots for one in sent[slot] if one not in answers]
            answers |= self._pipe.wait(ids, FRAME_SECONDS, again=True)
            slots = [s for s in slots if not all(one in answers for one in sent[s])]
            slots = [s for s in slots if not self._targets[s].lost]
        return answers

    def screenshot(self, areas: Mapping[int, tuple[int, int]]) -> dict[int, bytes | BrowserError]:
        if self._frames_on_demand:
            self._limit(areas)
            return {slot: self._frame(slot, PICTURE) for slot in areas}
        answers = self._ask({slot: capture(area) for slot, area in areas.items()})
        return {
            slot: answer if isinstance(answer, BrowserError) else base64.b64decode(answer["data"])
            for slot, answer in answers.items()
        }

    def _limit(self, areas: Mapping[int, tuple[int, int]]) -> None:
        """Draw only the area that is observed: the page's layout and input know nothing of it."""
        changed = {
            slot: area
            for slot, area in areas.items()
            if (target := self._targets.get(slot)) and target.window and target.drawn != area
        }
        requests = {
            slot: metrics(self._targets[slot].window or area, area)
            for slot, area in changed.items()
        }
        for slot in self._ask(requests) if requests else ():
            self._targets[slot].drawn = changed[slot]

    def _frame(self, slot: int, picture: Message | None = None) -> bytes | BrowserError:
        """Draw a frame and return its PNG, if one is asked for.

        Only one frame may be under way in a browser: two at once crash it.
        """
        method = "HeadlessExperimental.beginFrame"
        for _ in range(FRAME_ATTEMPTS):
            answer = self._ask({slot: (method, {"screenshot": picture} if picture else {})})[slot]
            if isinstance(answer, BrowserError):
                if target := self._targets.get(slot):
                    self._discard(target)  # its frame may still be under way
                return answer
            if not picture or "screenshotData" in answer:
                return base64.b64decode(answer.get("screenshotData", ""))
            time.sleep(FRAME_SECONDS)
        return self._lose(slot, "The page gave no picture")

    def close(self) -> None:
        self._pipe.close()

    def _launch(self) -> Pipe:
        arguments = launch_arguments(self._executable)
        if self._frames_on_demand:
            arguments += FRAMES_ON_DEMAND
        for last in (False, True):
            pipe = Pipe([str(self._executable.path), *arguments], self._listen)
            try:
                pipe.call("Target.setDiscoverTargets", {"discover": True}, timeout=30)
                return pipe
            except BrowserError as error:
                killed = not pipe.alive
                pipe.close()
                if last or not killed:
                    raise BrowserMissing(
                        f"{self._executable.path} did not start. Run `webagent browser install` "
                        "to see what it needs, or name another one with --browser."
                    ) from error
        raise AssertionError

    def _target(self, slot: int) -> Target:
        """The slot's tab; a new one if it was lost or is old, in a new browser if that has
        ended.
        """
        self._revive()
        target = self._targets.get(slot)
        if target and not (target.lost or target.traffic) and target.evaluations < RENEW_AFTER:
            return target
        if target:
            self._discard(target)
        self._targets[slot] = self._create()
        return self._targets[slot]

    def _draw_all(self) -> None:
        """Change to a browser that draws frames by itself: live pages wait for them."""
        if self._frames_on_demand:
            self._frames_on_demand = False
            self._pipe.close()

    def _revive(self) -> None:
        if not self._pipe.alive:
            self._pipe.close()
            self._targets.clear()
            self._attached = False
            self._pipe = self._launch()

    def _traffic(self, slot: int) -> Traffic | None:
        target = self._targets.get(slot)
        return target.traffic if target else None

    def _renew(self, slot: int, start: Start, gate: Gate) -> None:
        """Put a fresh tab into the slot whose whole traffic goes through the gate."""
        self._draw_all()
        self._revive()
        self._pipe.call("Target.setAutoAttach", {**ATTACH, "filter": BEGINNERS})
        self._attached = True
        if old := self._targets.pop(slot, None):
            self._discard(old)
        target = self._create(gate)
        for method, parameters in setting_up(start, gate, target.context):
            self._pipe.call(method, parameters, target.session)
        target.traffic = Traffic(gate, target.id, target.session, start.confirm)
        target.live, target.window = True, start.window
        self._targets[slot] = target

    def _create(self, gate: Gate | None = None) -> Target:
        call = self._pipe.call
        proxy = {"proxyServer": gate.url, "proxyBypassList": "<-loopback>"} if gate else {}
        context = call("Target.createBrowserContext", proxy)["browserContextId"]
        call("Browser.setDownloadBehavior", {"behavior": "deny", "browserContextId": context})
        place: Message = {"url": "about:blank", "browserContextId": context}
        if self._frames_on_demand:
            place |= {"enableBeginFrameControl": True, "newWindow": True}
        target = call("Target.createTarget", place)["targetId"]
        session = call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for method, parameters in (
            ("Page.enable", {}),
            ("Inspector.enable", {}),
            ("Emulation.setFocusEmulationEnabled", {"enabled": True}),
            ("Emulation.setLocaleOverride", {"locale": "en-US"}),
            ("Emulation.setTimezoneOverride", {"timezoneId": "UTC"}),
        ):
            call(method, parameters, session)
        return Target(target, session, context)

    def _discard(self, target: Target) -> None:
        # A page that loops for ever does not close; crashing its renderer does not ask it.
        self._pipe.post("Page.crash", {}, target.session)
        self._pipe.post("Target.closeTarget", {"targetId": target.id})
        closing = {"browserContextId": target.context}
        one = self._pipe.send("Target.disposeBrowserContext", closing)
        self._pipe.wait([one], 2)

    def _prepare(self, target: Target, start: Start) -> None:
        if target.live is not start.live:
            if target.script:
                remove = {"identifier": target.script}
                self._pipe.call("Page.removeScriptToEvaluateOnNewDocument", remove, target.session)
            added = self._pipe.call(
                "Page.addScriptToEvaluateOnNewDocument",
                {"source": page_script(start.live)},
                target.session,
            )
            target.script, target.live = added["identifier"], start.live
        if target.window != start.window:
            self._pipe.call(*metrics(start.window), target.session)
            target.window, target.drawn = start.window, None

    def _navigate(self, urls: Mapping[int, str]) -> None:
        for slot in urls:
            self._targets[slot].loaded = False
        answers = self._ask({slot: ("Page.navigate", {"url": url}) for slot, url in urls.items()})
        for slot, answer in answers.items():
            if isinstance(answer, BrowserError):
                self._targets[slot].lost = str(answer)
            elif failed := answer.get("errorText"):
                self._targets[slot].lost = f"{urls[slot]} did not load: {failed}"
        deadline = time.monotonic() + self._timeout
        while waiting := [
            s for s in urls if not (self._targets[s].loaded or self._targets[s].lost)
        ]:
            if time.monotonic() > deadline:
                for slot in waiting:
                    self._lose(slot, f"{urls[slot]} did not finish loading")
                return
            self._pipe.listen(0.5)

    def _ask(
        self, requests: Mapping[int, tuple[str, Message]]
    ) -> dict[int, Message | BrowserError]:
        """One request per slot, all in flight together. What fails costs the slot its tab."""
        return {
            slot: self._lose(slot, f"{requests[slot][0]}: {answer['failed']}")
            if not isinstance(answer, BrowserError) and "failed" in answer
            else answer
            for slot, answer in self._ask_live(requests).items()
        }

    def _ask_live(
        self, requests: Mapping[int, tuple[str, Message]]
    ) -> dict[int, Message | BrowserError]:
        """Like `_ask`, but the browser's own errors are answers: `{"failed": text}`."""
        result: dict[int, Message | BrowserError] = {}
        sent: dict[int, int] = {}
        for slot, (method, parameters) in requests.items():
            target = self._targets.get(slot)
            if target is None or target.lost:
                result[slot] = BrowserError(target.lost if target else NO_PAGE)
                continue
            sent[slot] = self._pipe.send(method, parameters, target.session)
            self._collect_garbage(target)
        try:
            answers = self._answers(sent)
        except BrowserError as error:
            return result | dict.fromkeys(sent, error)
        for slot, one in sent.items():
            answer = answers.get(one)
            if answer is None:
                result[slot] = self._lose(slot, self._targets[slot].lost or "The page hangs")
            elif "error" in answer:
                result[slot] = {"failed": answer["error"].get("message", "failed")}
            else:
                result[slot] = answer["result"]
        return result

    def _answers(self, sent: Mapping[int, int]) -> dict[int, Message]:
        """The answers to requests, one a slot. A live page that is being left gives none, which
        says nothing against it.
        """
        answers: dict[int, Message] = {}
        missing = set(sent.values())
        deadline = time.monotonic() + self._timeout
        while lives := [one for slot in sent if (one := self._traffic(slot))]:
            answers |= self._pipe.wait(list(missing), LIVE_SECONDS, again=True)
            missing -= answers.keys()
            for one in lives:
                self.live.hurry(one)
            if any(one.pending for one in lives):
                deadline = max(deadline, time.monotonic() + GRACE_SECONDS)
            if not missing or time.monotonic() > deadline:
                break
        left = 0.0 if lives else self._timeout
        return answers | self._pipe.wait(list(missing), left)

    def _collect_garbage(self, target: Target) -> None:
        target.evaluations += 1
        if target.evaluations % COLLECT_EVERY == 0:
            self._pipe.post("HeapProfiler.collectGarbage", {}, target.session)

    def _lose(self, slot: int, why: str) -> BrowserError:
        self._targets[slot].lost = self._targets[slot].lost or f"{why} (limit {self._timeout:g} s)."
        return BrowserError(self._targets[slot].lost)

    def _listen(self, session: str, method: str, parameters: Message) -> None:
        targets = list(self._targets.values())
        if method == "Target.targetCreated" and not self._attached:
            self._close_popup(parameters["targetInfo"], targets)
        elif method == "Target.attachedToTarget" and not session:
            self._release(parameters, targets)
        elif method == "Browser.downloadWillBegin":
            for target in targets:
                if target.traffic and target.traffic.frame == parameters.get("frameId"):
                    target.traffic.downloads(parameters)
        for target in targets:
            if target.session == session or (target.traffic and session in target.traffic.inner):
                self._hear(target, session, method, parameters)

    def _hear(self, target: Target, session: str, method: str, parameters: Message) -> None:
        if method == "Inspector.targetCrashed":
            if session == target.session:
                self._end_tab(target, "The page crashed.")
        elif target.traffic:
            for post in target.traffic.heard(session, method, parameters):
                self._pipe.post(*post)
            if target.traffic.doomed and not target.lost:
                self._pipe.post("Page.crash", {}, target.session)
                self._end_tab(target, target.traffic.doomed)
        elif method == "Page.loadEventFired":
            target.loaded = True
        elif method == "Page.javascriptDialogOpening":
            self._pipe.post("Page.handleJavaScriptDialog", {"accept": False}, session)

    def _end_tab(self, target: Target, why: str) -> None:
        target.lost = target.lost or why
        self._pipe.give_up(target.session, target.lost)

    def _close_popup(self, info: Message, targets: Sequence[Target]) -> None:
        if is_popup(info, targets):
            self._pipe.post("Target.closeTarget", {"targetId": info["targetId"]})

    def _release(self, attached: Message, targets: Sequence[Target]) -> None:
        """Let what is new go on. A popup's requests are held until it is closed: for ever.
        Workers that pages share have no page whose rules they keep, so they don't begin.
        """
        session, info = attached["sessionId"], attached["targetInfo"]
        live = {target.context for target in targets if target.traffic}
        if info["type"] != "page" and info.get("browserContextId") in live:
            self._pipe.post("Target.closeTarget", {"targetId": info["targetId"]})
            return
        if is_popup(info, targets):
            self._pipe.post("Fetch.enable", {"patterns": [{"urlPattern": "*"}]}, session)
        self._pipe.post("Runtime.runIfWaitingForDebugger", {}, session)
        self._close_popup(info, targets)
