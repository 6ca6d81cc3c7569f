"""click-shades: all boxes whose colour is a shade of red, green or blue."""

from __future__ import annotations

import re
from collections.abc import Mapping

from miniwob_tasks.experts.form import button, find, first
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, read
from miniwob_tasks.experts.single import Expert
from webagent.types import Context, Decision

CHANNELS = ("red", "green", "blue")
RGB = re.compile(r"background-color: rgb\((\d+), (\d+), (\d+)\)")


def click_shades(context: Context) -> Decision:
    wanted = find(r"Select all the shades of (\w+) and press Submit\.", context.instruction)[1]
    page = read(context.observation.html)
    boxes = [(one, colour) for one in page.elements if (colour := _colour(one))]
    wrong = [one for one, colour in boxes if ("selected" in one.classes) != (colour == wanted)]
    return first(press(next(iter(wrong), None)), press(button(page, "Submit")))


def _colour(element: Element) -> str | None:
    """The strongest of an element's colour channels."""
    found = RGB.search(element.attrs.get("style", ""))
    if found is None:
        return None
    return max(CHANNELS, key=lambda channel: int(found[1 + CHANNELS.index(channel)]))


PAGES: Mapping[str, Expert] = {"click-shades": click_shades}
