"""Tabs of the cdp backend, and the protocol's messages to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webagent.browser.cdp_live import Traffic
from webagent.browser.cdp_pipe import Message
from webagent.browser.keys import key_events
from webagent.browser.protocol import Input, Mouse
from webagent.errors import BrowserError

PICTURE: Message = {"format": "png", "optimizeForSpeed": True}


@dataclass(slots=True)
class Target:
    """A browser tab: one slot."""

    id: str
    session: str
    context: str
    script: str = ""
    live: bool | None = None
    window: tuple[int, int] | None = None
    drawn: tuple[int, int] | None = None  # the top left part that frames show; None: all
    loaded: bool = False
    lost: str = ""  # why it can no longer be used
    evaluations: int = 0
    button_down: bool = False
    traffic: Traffic | None = None  # of a live page

    def messages(self, event: Input) -> list[tuple[str, Message]]:
        """The protocol's messages for an input event; a drag moves with the button down."""
        if not isinstance(event, Mouse):
            return [("Input.dispatchKeyEvent", one) for one in key_events(event)]
        if event.kind != "move":
            self.button_down = event.kind == "down"
        held = self.button_down or event.kind == "up"
        kind = {"move": "mouseMoved", "down": "mousePressed", "up": "mouseReleased"}[event.kind]
        parameters: Message = {
            "type": kind,
            "x": event.x,
            "y": event.y,
            "button": "left" if held else "none",
            "buttons": int(self.button_down),
            "clickCount": int(event.kind != "move"),
        }
        return [("Input.dispatchMouseEvent", parameters)]


def is_popup(info: Message, targets: Sequence[Target]) -> bool:
    mine = {target.id for target in targets}
    live = {target.context for target in targets if target.traffic}
    foreign = info.get("openerId") or info.get("browserContextId") in live
    return bool(info["type"] == "page" and foreign and info["targetId"] not in mine)


def ends_in_a_move(events: Sequence[Input]) -> bool:
    return isinstance(last := events[-1], Mouse) and last.kind == "move"


def capture(area: tuple[int, int]) -> tuple[str, Message]:
    clip = {"x": 0, "y": 0, "width": area[0], "height": area[1], "scale": 1}
    return "Page.captureScreenshot", {**PICTURE, "clip": clip}


def metrics(window: tuple[int, int], drawn: tuple[int, int] | None = None) -> tuple[str, Message]:
    width, height = window
    size: Message = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    if drawn:
        size["viewport"] = {"x": 0, "y": 0, "width": drawn[0], "height": drawn[1], "scale": 1}
    return "Emulation.setDeviceMetricsOverride", size


def evaluation(script: str) -> Message:
    return {"expression": script, "awaitPromise": True, "returnByValue": True}


def value_of(answer: Message | BrowserError) -> str | BrowserError:
    if isinstance(answer, BrowserError):
        return answer
    if details := answer.get("exceptionDetails"):
        exception: dict[str, Any] = details.get("exception", {})
        return BrowserError(f"Script error: {exception.get('description') or details.get('text')}")
    return str(answer["result"].get("value", ""))
