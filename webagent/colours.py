"""Colours by name: `rgb(180, 228, 180)` is said as `green`, `#f06529` as `orange`.

Instructions name colours, pages write numbers. The names are English's basic colour terms
(Berlin and Kay, 1969), with cyan and magenta between them.
"""

from __future__ import annotations

import colorsys
import re

_STYLED = re.compile(r' (?:style|fill|stroke|color|bgcolor)="[^"]*"')
_COLOUR = re.compile(
    r"rgba?\((\d+), (\d+), (\d+)(?:, [\d.]+)?\)"
    r"|#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})\b"
    r"|#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])\b"
)
# where each name's part of the colour circle ends, in degrees
_HUES = (
    (16, "red"), (42, "orange"), (68, "yellow"), (162, "green"), (196, "cyan"), (262, "blue"),
    (288, "purple"), (328, "magenta"), (344, "pink"), (360, "red"),
)  # fmt: skip
_GREY = 12  # channels of 0 to 255 that differ less have no hue
_DARK = 0.2  # value below which what has no hue is black
_LIGHT = 0.9  # value above which it is white
_BROWN = 0.65  # value below which orange is brown


def with_names(page: str) -> str:
    """The page with names for the colours that its styles give as numbers."""
    return _STYLED.sub(lambda style: _COLOUR.sub(_said, style[0]), page)


def colour_name(red: int, green: int, blue: int) -> str:
    """What a colour is called; channels from 0 to 255."""
    hue, _, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if max(red, green, blue) - min(red, green, blue) < _GREY:
        return "black" if value < _DARK else "white" if value > _LIGHT else "gray"
    name = next(name for end, name in _HUES if hue * 360 <= end)
    return "brown" if name == "orange" and value < _BROWN else name


def _said(found: re.Match[str]) -> str:
    if found[1]:
        channels = [int(one) for one in found.group(1, 2, 3)]
    elif found[4]:
        channels = [int(one, 16) for one in found.group(4, 5, 6)]
    else:
        channels = [17 * int(one, 16) for one in found.group(7, 8, 9)]
    return colour_name(*(min(one, 255) for one in channels))
