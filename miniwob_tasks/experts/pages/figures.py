"""Drawn figures: click them, count them, name them, find a point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

from miniwob_tasks.experts.form import button, find, first, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from webagent.actions import click_at
from webagent.types import Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert

SHAPES = MappingProxyType({"circle": "circle", "rect": "rectangle", "polygon": "triangle"})
LARGE = 15  # pixels; figures are 10 or 20 wide
GRID_TOP = 50  # pixels; the drawing begins below the instruction
FAR = 8  # pixels; nearer to the corner, a whole pixel turns the angle too much
DOT = 3.0, 3.5  # radius of the dot that a click makes, and of those that are given


def click_shape(context: Context) -> Decision:
    """Click a figure of a size, colour or kind."""
    words = find(r"Click on a (.+)", context.instruction)[1].split()
    return first(press(next(iter(fitting(read(context.observation.html), words)), None)))


def count_shape(context: Context) -> Decision:
    """Count the figures of a size, colour or kind."""
    words = find(r"How many (.+)s are there", context.instruction)[1].split()
    page = read(context.observation.html)
    return first(press(button(page, str(len(fitting(page, words))))))


def identify_shape(context: Context) -> Decision:
    """Press the button that names the figure."""
    page = read(context.observation.html)
    kinds = {"letter": "Letter", "digit": "Number"} | {one: one.title() for one in SHAPES.values()}
    traits = [trait for one in figures(page) for trait in _traits(one)]
    name = next((kinds[one] for one in traits if one in kinds), "")
    return first(press(button(page, name)))


def grid_coordinate(context: Context) -> Decision:
    wanted = find(r"\(-?\d+,-?\d+\)", context.instruction)[0]
    return first(press(named(read(context.observation.html), wanted)))


def find_midpoint(context: Context) -> Decision:
    """Click midway between the dots, then submit."""
    page = read(context.observation.html)
    if named(page, "blue-circle"):
        return first(press(button(page, "Submit")))
    one, other = (_center(dot) for dot in page.elements if "black-circle" in dot.classes)
    x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    return first(click_at(round(x), round(y) + GRID_TOP))


def right_angle(context: Context) -> Decision:
    """Click where the angle at the blue dot comes closest to 90 degrees, then submit."""
    page = read(context.observation.html)
    if named(page, "blue-circle"):
        return first(press(button(page, "Submit")))
    corner, arm = named(page, "init-blue"), named(page, "init-black")
    if corner is None or arm is None:
        return first()
    points = product(range(2, 148), range(2, 128))
    x, y = min(points, key=lambda point: _skew(point, _center(corner), _center(arm)))
    return first(click_at(x, y + GRID_TOP))


def fitting(page: Page, words: list[str]) -> list[Element]:
    """The figures of which all `words` are true."""
    return [one for one in figures(page) if _traits(one).issuperset(words)]


def figures(page: Page) -> list[Element]:
    return page.where(lambda one: one.tag in SHAPES or one.tag == "text")


def _traits(figure: Element) -> frozenset[str]:
    """All words that a question may use for a figure."""
    attrs = figure.attrs
    if figure.tag == "text":
        size = float(attrs["font-size"].removesuffix("px"))
        kinds = figure.text, "digit" if figure.text.isdigit() else "letter"
    else:
        size, kinds = _width(figure), (SHAPES[figure.tag], "shape")
    return frozenset({"large" if size > LARGE else "small", attrs["fill"], "item", *kinds})


def _width(figure: Element) -> float:
    if figure.tag == "circle":
        return 2 * float(figure.attrs["r"])
    if figure.tag == "rect":
        return float(figure.attrs["width"])
    across = [float(point.split(",")[0]) for point in figure.attrs["points"].split()]
    return max(across) - min(across)


def _center(circle: Element) -> tuple[float, float]:
    return float(circle.attrs["cx"]), float(circle.attrs["cy"])


def _skew(
    point: tuple[float, float], corner: tuple[float, float], arm: tuple[float, float]
) -> float:
    """How far from a right angle, as the cosine. The page compares the corners of the dots'
    boxes, not their centers.
    """
    shift = DOT[1] - DOT[0]
    x, y = point[0] + shift - corner[0], point[1] + shift - corner[1]
    a, b = arm[0] - corner[0], arm[1] - corner[1]
    length = math.hypot(x, y)
    return abs(x * a + y * b) / length / math.hypot(a, b) if length > FAR else math.inf


PAGES: Mapping[str, Expert] = MappingProxyType(
    {
        "click-shape": click_shape,
        "count-shape": count_shape,
        "find-midpoint": find_midpoint,
        "grid-coordinate": grid_coordinate,
        "identify-shape": identify_shape,
        "right-angle": right_angle,
    }
)
