"""A text editor, a text area to resize, a list that replaces a drop-down, a colour picker."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from miniwob_tasks.experts.form import BAR, button, fill, find, first, named, part
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from webagent import actions
from webagent.actions import Action, click_at, drag
from webagent.assets import miniwob_html
from webagent.errors import PolicyError
from webagent.types import Box, Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert

STYLES = MappingProxyType({"bold": "bold", "italics": "italic", "underlined": "underline"})
SQUARE = 6  # pixels: smaller than the patch of a colour
STYLED = frozenset({"strong", "em", "u", "span"})  # what the editor writes around styled text
COLORS = MappingProxyType(
    {
        "red": "rgb(230, 0, 0)",
        "orange": "rgb(255, 153, 0)",
        "yellow": "rgb(255, 255, 0)",
        "green": "rgb(0, 138, 0)",
        "blue": "rgb(0, 102, 204)",
        "purple": "rgb(153, 51, 255)",
    }
)


def text_editor(context: Context) -> Decision:
    """Select the text with keys, then press the button of the style."""
    pattern = r"(?:text (\S+)|everything) the (?:style|color) (\w+)"
    word, look = find(pattern, context.instruction).groups()
    page = read(context.observation.html)
    editor = page.first(lambda one: "ql-editor" in one.classes)
    if editor is None or any(one.tag in STYLED for one in editor.descendants()):
        return first(press(button(page, "Submit")))
    name = f"ql-{STYLES[look]}" if look in STYLES else "ql-picker-label"
    tool = page.first(lambda one: name in one.classes)
    keys = [actions.press(key) for key in _selecting(editor.text, word)]
    plan = [one for one in (press(editor), *keys, press(tool)) if one]
    made = _made(plan, context)
    if opened := page.first(lambda one: "ql-expanded" in one.classes):
        label = part(opened, "ql-picker-label")
        return first(press(_swatch(page, COLORS[look]) if made == len(plan) else label))
    return first(plan[made % len(plan)])


def resize_textarea(context: Context) -> Decision:
    """Drag the corner once, by the distance between two parts of the frame."""
    asked = find(r"the (width|height) is (larger|smaller)", context.instruction)
    page = read(context.observation.html)
    area = named(page, "tt")
    if area and _size(context, area) != _first_size(context, area):
        return first(press(button(page, "Submit")))
    side = "e" if asked[1] == "width" else "s"
    to = area if asked[2] == "smaller" else _handle(page, side)
    corner = _handle(page, "se")
    if corner is None or corner.ref is None or to is None or to.ref is None:
        return first()
    return first(drag(corner.ref, to.ref))


def form_sequence_3(context: Context) -> Decision:
    """Choose from a list that opens with a click, then press a button."""
    asked = find(r'Choose (.+) from the dropdown.* labeled "(\w+)"', context.instruction)
    page = read(context.observation.html)
    opener = page.first(lambda one: "selectric" in one.classes)
    if opener and opener.text.startswith(asked[1]):
        return first(press(button(page, asked[2])))
    item = page.first(lambda one: one.tag == "li" and one.text == asked[1])
    return first(press(item), press(opener))


def use_colorwheel(context: Context) -> Decision:
    name = find(r"Select (\w+) with the color picker", context.instruction)[1]
    return _pick(_colors()[name], context)


def use_colorwheel_2(context: Context) -> Decision:
    """The colour is a patch in the instruction, which only the picture shows.

    Raises `PolicyError` if there is none.
    """
    picture = context.observation.screenshot
    if picture is None:
        raise PolicyError("The colour is shown, not named: its expert needs screenshots.")
    return _pick("{:02X}{:02X}{:02X}".format(*_patch(picture[:BAR])), context)


def _pick(color: str, context: Context) -> Decision:
    """Type the colour's number into the field, then close the picker, which may cover Submit."""
    page = read(context.observation.html)
    opened = page.first(lambda one: "jscolor-active" in one.classes)
    area = named(page, "area")
    corner = context.observation.boxes.get(area.ref) if area and area.ref and opened else None
    close = click_at(round(corner.x) + 1, round(corner.y) + 1) if corner else None
    return first(fill(named(page, "col"), color), close, press(button(page, "Submit")))


def _patch(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colour of the first square of one colour, other than the ground's, in the top left."""
    squares = sliding_window_view(picture, (SQUARE, SQUARE), axis=(0, 1))
    same = (squares == squares[..., :1, :1]).all((2, 3, 4)) & (
        squares[..., 0, 0] != picture[0, 0]
    ).any(2)
    row, column = np.argwhere(same)[0]
    return picture[row, column]


def _selecting(text: str, word: str | None) -> Sequence[str]:
    """The keys that select a word, or everything. Word jumps stop before punctuation."""
    if word is None:
        return ["Control+a"]
    start = re.search(rf"(?<!\S){re.escape(word)}(?!\S)", text)
    stops = [found.end() for found in re.finditer(r"\w+|[^\w\s]+", text)]
    begin = start.start() if start else 0
    jumps = sum(stop <= begin for stop in stops)
    steps = begin - max((stop for stop in stops if stop <= begin), default=0)
    parts = len(re.findall(r"\w+|[^\w\s]+", word))
    return [
        "Control+Home",
        *["Control+ArrowRight"] * jumps,
        *["ArrowRight"] * steps,
        *["Control+Shift+ArrowRight"] * parts,
    ]


def _made(plan: Sequence[Action], context: Context) -> int:
    """How many steps of a plan are made, whose effects the page does not show: as many as
    the history ends with.
    """
    past = [step.decision.action for step in context.history]
    counts = range(min(len(plan), len(past)) + 1)
    return max(count for count in counts if past[len(past) - count :] == plan[:count])


def _swatch(page: Page, color: str) -> Element | None:
    style = f"background-color: {color}"
    return page.first(lambda one: one.attrs.get("style") == style)


def _handle(page: Page, side: str) -> Element | None:
    return page.first(lambda one: f"ui-resizable-{side}" in one.classes)


def _size(context: Context, area: Element) -> Box | None:
    return context.observation.boxes.get(area.ref or 0)


def _first_size(context: Context, area: Element) -> Box | None:
    seen = [step.observation for step in context.history] + [context.observation]
    return seen[0].boxes.get(area.ref or 0)


@cache
def _colors() -> Mapping[str, str]:
    """The hexadecimal numbers of colour names, without a number sign, from the pages."""
    source = (miniwob_html() / "common" / "ui_utils.js").read_text("utf-8")
    found = re.findall(r'"(\w+)"\s*:\s*"#([0-9a-fA-F]{6})"', source)
    return {name: number.upper() for name, number in found}


PAGES: Mapping[str, Expert] = MappingProxyType(
    {
        "form-sequence-3": form_sequence_3,
        "resize-textarea": resize_textarea,
        "text-editor": text_editor,
        "use-colorwheel": use_colorwheel,
        "use-colorwheel-2": use_colorwheel_2,
    }
)
