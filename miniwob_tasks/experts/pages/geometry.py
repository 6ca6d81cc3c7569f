"""Points to be found in a drawing, and numbers to be found again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

from miniwob_tasks.experts.form import button, first, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, read
from miniwob_tasks.experts.single import Expert
from webagent.actions import Action, click_at
from webagent.types import Context, Decision

HEADER = 50  # pixels: the pages draw a click this much above where it was
Point: TypeAlias = tuple[float, float]


def ascending_numbers(context: Context) -> Decision:
    """After the first click boxes hide the numbers, still in page order."""
    page = read(context.observation.html)
    one = page.first(lambda element: element.tag == "text" and element.text == "1")
    return first(press(one), press(page.first(lambda element: element.tag == "rect")))


def circle_center(context: Context) -> Decision:
    page = read(context.observation.html)
    circle = page.first(lambda one: "black-circle" in one.classes)
    if named(page, "blue-circle") or circle is None:
        return first(press(button(page, "Submit")))
    return first(_mark(_center(circle)))


def bisect_angle(context: Context) -> Decision:
    page = read(context.observation.html)
    vertex = page.first(lambda one: "init-blue" in one.classes)
    ends = page.where(lambda one: "init-black" in one.classes)
    drawing, submit = named(page, "svg-grid"), button(page, "Submit")
    if named(page, "blue-circle") or not (vertex and drawing and submit):
        return first(press(submit))
    origin = _center(vertex)
    middle = _bisector(origin, [_center(one) for one in ends])
    points = _points(context, drawing, submit)
    return first(_mark(min(points, key=lambda point: _turn(_angle(origin, point), middle))))


def _mark(point: Point) -> Action:
    return click_at(round(point[0]), round(point[1]) + HEADER)


def _center(circle: Element) -> Point:
    return float(circle.attrs["cx"]), float(circle.attrs["cy"])


def _points(context: Context, drawing: Element, submit: Element) -> list[Point]:
    """The whole pixels that can be marked: those of the drawing above the button on it."""
    box, below = (context.observation.boxes[one.ref or 0] for one in (drawing, submit))
    return [
        (x, y - HEADER)
        for x in range(math.ceil(box.x) + 1, math.floor(box.x + box.width))
        for y in range(math.ceil(box.y) + 1, math.floor(below.y))
    ]


def _angle(origin: Point, point: Point) -> float:
    return math.atan2(point[1] - origin[1], point[0] - origin[0])


def _bisector(origin: Point, ends: list[Point]) -> float:
    angles = [_angle(origin, end) for end in ends]
    return math.atan2(sum(map(math.sin, angles)), sum(map(math.cos, angles)))


def _turn(one: float, other: float) -> float:
    """The angle between two directions, from 0 to pi."""
    return abs((one - other + math.pi) % math.tau - math.pi)


PAGES: Mapping[str, Expert] = {
    "ascending-numbers": ascending_numbers,
    "bisect-angle": bisect_angle,
    "circle-center": circle_center,
}
