"""How a session talks with the script in its pages."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image

from webagent.actions import Action, check_key
from webagent.browser.protocol import Driver, Input, Keys, Mouse
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start


def call(name: str, *arguments: object) -> str:
    """A JavaScript call of the page's half, with JSON arguments."""
    return f"__webagent.{name}({', '.join(orjson.dumps(one).decode() for one in arguments)})"


def arguments(action: Action) -> list[object]:
    """An action's arguments as the page's half takes them."""
    if action.name == "press":
        modifiers, key = check_key(str(action.args[0]))
        return [key, modifiers]
    return list(action.args)


def converse(
    driver: Driver, replies: Mapping[int, str | BrowserError]
) -> tuple[dict[int, dict[str, Any]], dict[int, BrowserError], set[int]]:
    """Send the input events that pages ask for until each has given its state.

    Returns the states, the failures, and the slots whose mouse was moved.
    """
    states: dict[int, dict[str, Any]] = {}
    failed: dict[int, BrowserError] = {}
    moved: set[int] = set()
    while replies:
        wanted: dict[int, Sequence[Input]] = {}
        for slot, reply in replies.items():
            if isinstance(reply, BrowserError):
                failed[slot] = reply
                continue
            try:
                answer: dict[str, Any] = orjson.loads(reply)
            except orjson.JSONDecodeError as error:
                failed[slot] = BrowserError(f"The page's state cannot be read: {error}")
                continue
            if "events" in answer:
                wanted[slot] = [_input(event) for event in answer["events"]]
                if any(isinstance(event, Mouse) for event in wanted[slot]):
                    moved.add(slot)
            else:
                states[slot] = answer
        sent = driver.input(wanted) if wanted else {}
        failed.update({slot: error for slot, error in sent.items() if error})
        resumes = {slot: call("resume") for slot in wanted if slot not in failed}
        replies = driver.evaluate(resumes) if resumes else {}
    return states, failed, moved


def take_pictures(
    driver: Driver, starts: Mapping[int, Start]
) -> dict[int, NDArray[np.uint8] | BrowserError]:
    """A picture of each slot's observed area, where its start asks for pictures."""
    areas = {slot: one.area or one.window for slot, one in starts.items() if one.screenshots}
    pictures = driver.screenshot(areas) if areas else {}
    return {
        slot: png if isinstance(png, BrowserError) else _decode(png, *areas[slot])
        for slot, png in pictures.items()
    }


def _input(event: dict[str, Any]) -> Input:
    if "kind" in event:
        return Mouse(event["kind"], event["x"], event["y"])
    return Keys(event.get("text", ""), event.get("key", ""), tuple(event.get("modifiers", ())))


def _decode(png: bytes, width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[:height, :width]
