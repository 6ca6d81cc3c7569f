"""What only the mouse and the picture tell: a figure on a canvas, a warm place, lines and text."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from miniwob_tasks.experts.form import button, drag_between, find, first, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, read
from miniwob_tasks.experts.single import Expert
from webagent.actions import click_at, hover_at
from webagent.errors import PolicyError
from webagent.types import Box, Context, Decision

RADIUS = 35  # of the polygon's corners
SIDES = range(3, 8)
BEYOND = {"hot": 0.0, "warm": 5.0, "cold": 10.0, "ice-cold": 40.0}
"""Distance in pixels from which on a place is only so warm."""
TRIED = 40  # places compared before each move of the mouse
LINE = 40  # pixels: length of a line that is drawn
PARAGRAPHS = {"1st": 0, "2nd": 1, "3rd": 2}

Points = NDArray[np.float64]  # (number, 2)


def count_sides(context: Context) -> Decision:
    """The outline's mean distance from its middle tells how many sides it has.

    Raises `PolicyError` if there is no screenshot: the page's HTML does not say it.
    """
    page, picture = read(context.observation.html), context.observation.screenshot
    canvas = named(page, "c")
    if picture is None or canvas is None:
        raise PolicyError("The figure is a drawing: its expert needs screenshots.")
    box = _box(canvas, context)
    dark = 255.0 - picture[:, :, 0].astype(np.float64)
    rows, columns = np.indices(dark.shape)
    x, y = columns + 0.5 - box.center[0], rows + 0.5 - box.center[1]
    outline = dark * (np.hypot(x, y) < RADIUS + 5)
    distance = float((outline * np.hypot(x, y)).sum() / outline.sum())
    sides = min(SIDES, key=lambda count: abs(_mean_distance(count) - distance))
    return first(press(button(page, str(sides))))


def _mean_distance(sides: int) -> float:
    """Mean distance of a regular polygon's outline from its middle."""
    near, half = RADIUS * math.cos(math.pi / sides), RADIUS * math.sin(math.pi / sides)
    return float(np.hypot(near, np.linspace(0, half, 100)).mean())


def hot_cold(context: Context) -> Decision:
    """Moves the mouse to where what the page says next leaves the fewest places."""
    area = named(read(context.observation.html), "touch-area")
    if area is None:
        return first()
    box = _box(area, context)
    left = _grid(box)
    pages = [*(step.observation for step in context.history[1:]), context.observation]
    for step, after in zip(context.history, pages, strict=False):
        if step.decision.action.name != "hover_at":
            continue
        place = np.array([float(arg) for arg in step.decision.action.args])
        signal = named(read(after.html), "signal")
        warmth = next(iter(signal.classes & BEYOND.keys()), "") if signal else ""
        if warmth == "hot" and step is context.history[-1]:
            return first(click_at(int(place[0]), int(place[1])))
        left = left[_warmth(left, place) == list(BEYOND).index(warmth)] if warmth else left
    if not len(left):
        return first()
    middle = left[np.argmin(((left - left.mean(0)) ** 2).sum(1))]
    if np.hypot(*(left - middle).T).max() < BEYOND["warm"]:
        return first(click_at(int(middle[0]), int(middle[1])))
    tried = left[:: max(1, len(left) // TRIED)]
    x, y = min(tried, key=lambda place: _left_over(left, place))
    return first(hover_at(int(x), int(y)))


def _grid(box: Box) -> Points:
    """The places that can be hot: whole pixels, five or more from the area's edge."""
    x, y = np.meshgrid(
        np.arange(int(box.x) + 3, int(box.x + box.width) - 2),
        np.arange(int(box.y) + 3, int(box.y + box.height) - 2),
    )
    return np.stack([x.ravel(), y.ravel()], 1).astype(np.float64)


def _warmth(places: Points, hot: Points) -> NDArray[np.int64]:
    """How warm each place is, as a number: the last of `BEYOND` that it is beyond."""
    distances: NDArray[np.float64] = np.hypot(*(places - hot).T)
    found: NDArray[np.int64] = np.searchsorted(list(BEYOND.values()), distances, side="right") - 1
    return found


def _left_over(left: Points, place: Points) -> int:
    """How many places are left in the mean if the mouse moves to `place`, times their number."""
    return int((np.bincount(_warmth(left, place)) ** 2).sum())


def draw_line(context: Context) -> Decision:
    """A line that begins in the dot goes through it: a little above its middle on the left,
    where the page looks for it.
    """
    page = read(context.observation.html)
    dot, drawing, submit = named(page, "circ"), _drawing(page.elements), button(page, "Submit")
    if _dragged(context) or dot is None or drawing is None:
        return first(press(submit))
    (x, y), box = (one - 2 for one in _box(dot, context).center), _box(drawing, context)
    if find(r"Draw a (\w+) line", context.instruction)[1] == "horizontal":
        across, down = LINE if x < box.center[0] else -LINE, 0
    else:
        across, down = 0, LINE if y < box.center[1] else -LINE
    return first(drag_between(x, y, x + across, y + down))


def highlight_text(context: Context) -> Decision:
    page = read(context.observation.html)
    paragraphs = page.where(lambda one: one.tag == "p" or one.id == "randomText")
    texts = [one for one in paragraphs if one.ref is not None]
    which = find(r"Highlight the text in the (?P<which>\w+)", context.instruction)["which"]
    text = texts[PARAGRAPHS.get(which, 0)]
    if _dragged(context):
        return first(press(button(page, "Submit")))
    box = _box(text, context)
    right, bottom = box.x + box.width - 1, box.y + box.height - 2
    return first(drag_between(box.x + 0.5, box.y + 3, right, bottom))


def _drawing(elements: tuple[Element, ...]) -> Element | None:
    return next((one for one in elements if one.tag == "svg"), None)


def _dragged(context: Context) -> bool:
    steps = context.history
    return bool(steps) and steps[-1].decision.action.name == "drag_at" and not steps[-1].error


def _box(element: Element, context: Context) -> Box:
    return context.observation.boxes[element.ref or 0]


PAGES: Mapping[str, Expert] = {
    "count-sides": count_sides,
    "draw-line": draw_line,
    "highlight-text": highlight_text,
    "highlight-text-2": highlight_text,
    "hot-cold": hot_cold,
}
