"""Things that are dragged: sorted in lists, put into boxes, moved in a direction."""

from __future__ import annotations

import re
from collections.abc import Mapping

from miniwob_tasks.experts.form import button, drag_between, find, first, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from miniwob_tasks.experts.single import Expert
from webagent.actions import Action, drag
from webagent.types import Box, Context, Decision

COLUMNS = 3
ROWS = {"top": 0, "center": 1, "bottom": 2}
SIDES = {"left": 0, "center": 1, "right": 2}
STEPS = {"up": -1, "down": 1}
GRID_STEPS = {"up": -COLUMNS, "down": COLUMNS, "left": -1, "right": 1}
SHAPES = {"rectangles": "rect", "circles": "circle", "triangles": "polygon"}
CONTAINER = "shape-container"
DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
FAR = 20  # pixels: a shape that is dragged so far has moved
PAST = 8  # pixels past the middle of a place in the grid, for what is there to give way


def drag_items(context: Context) -> Decision:
    found = find(r"Drag (?P<name>\S+) (?P<where>.*)\.", context.instruction)
    items = _items(read(context.observation.html))
    source = [one.text for one in items].index(found["name"])
    return first(_drag(items[source], items[_in_list(found["where"], source, len(items))]))


def drag_items_grid(context: Context) -> Decision:
    found = find(r"Drag (?P<name>\S+) (?P<where>.*)\.", context.instruction)
    items = _items(read(context.observation.html))
    source = [one.text for one in items].index(found["name"])
    target = items[_in_grid(found["where"], source)]
    (x, y), (to_x, to_y) = (
        context.observation.boxes[one.ref or 0].center for one in (items[source], target)
    )
    return first(drag_between(x, y, to_x + (PAST if to_x > x else -PAST), to_y))


def drag_sort_numbers(context: Context) -> Decision:
    """Brings the first number that is out of order to its place."""
    page = read(context.observation.html)
    items = _items(page)
    numbers = [int(one.text) for one in items]
    for place, wanted in enumerate(sorted(numbers)):
        if numbers[place] != wanted:
            return first(_drag(items[numbers.index(wanted, place)], items[place]))
    return first(press(button(page, "Submit")))


def drag_box(context: Context) -> Decision:
    page = read(context.observation.html)
    small, large = named(page, "draggableSmall"), named(page, "draggableLarge")
    boxes = context.observation.boxes
    if small and large and small.ref and large.ref:
        inside = _holds(boxes[large.ref], boxes[small.ref])
        return first(None if inside else _drag(small, large), press(button(page, "Submit")))
    return first(press(button(page, "Submit")))


def drag_shapes(context: Context) -> Decision:
    kind = find(r"Drag all (\w+) into the black box\.", context.instruction)[1]
    page = read(context.observation.html)
    container = named(page, CONTAINER)
    wanted = [one for one in _shapes(page) if one.tag == SHAPES[kind]]
    return first(*(_put(one, container, context) for one in wanted), press(button(page, "Submit")))


def drag_shapes_2(context: Context) -> Decision:
    what = find(r"Drag all (.+) into the left box, and everything else .*", context.instruction)[1]
    page = read(context.observation.html)
    left, right = page.where(lambda one: one.id == CONTAINER)
    colour, tag = what.removesuffix(" shapes"), SHAPES.get(what)
    moves = [
        _put(one, left if tag == one.tag or colour == one.attrs.get("fill") else right, context)
        for one in _shapes(page)
    ]
    return first(*moves, press(button(page, "Submit")))


def drag_in_direction(context: Context) -> Decision:
    across, down = DIRECTIONS[find(r"Drag the \w+ (\w+)", context.instruction)[1]]
    page = read(context.observation.html)
    shape, submit = next(iter(_shapes(page)), None), button(page, "Submit")
    if shape is None or "transform" in shape.attrs:
        return first(press(submit))
    x, y = context.observation.boxes[shape.ref or 0].center
    return first(drag_between(x, y, x + across * FAR, y + down * FAR))


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer.x < inner.x < outer.x + outer.width - inner.width
        and outer.y < inner.y < outer.y + outer.height - inner.height
    )


def _items(page: Page) -> list[Element]:
    """The labels of a sorted list, which move with the lines that they are on."""
    return page.where(
        lambda one: one.parent is not None and (one.parent.tag, one.tag) == ("li", "div")
    )


def _in_list(where: str, source: int, count: int) -> int:
    if found := re.search(r"to the (\d)", where):
        return int(found[1]) - 1
    if "top" in where or "bottom" in where:
        return 0 if "top" in where else count - 1
    return source + STEPS[where.split()[0]]


def _in_grid(where: str, source: int) -> int:
    words = where.split()
    if words[0] in GRID_STEPS:
        return source + GRID_STEPS[words[0]]
    return COLUMNS * ROWS[words[2]] + SIDES[words[-1]]


def _shapes(page: Page) -> list[Element]:
    return page.where(lambda one: one.tag in SHAPES.values() and one.id != CONTAINER)


def _put(shape: Element, container: Element | None, context: Context) -> Action | None:
    """Drag a shape into a box, None if it is there."""
    if container is None or container.ref is None or shape.ref is None:
        return None
    boxes = context.observation.boxes
    inside = _holds(boxes[container.ref], boxes[shape.ref])
    return None if inside else _drag(shape, container)


def _drag(source: Element, target: Element) -> Action | None:
    return None if source.ref is None or target.ref is None else drag(source.ref, target.ref)


PAGES: Mapping[str, Expert] = {
    "drag-box": drag_box,
    "drag-circle": drag_in_direction,
    "drag-items": drag_items,
    "drag-items-grid": drag_items_grid,
    "drag-shapes": drag_shapes,
    "drag-shapes-2": drag_shapes_2,
    "drag-single-shape": drag_in_direction,
    "drag-sort-numbers": drag_sort_numbers,
}
