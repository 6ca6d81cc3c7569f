"""daily-calendar: a new event is dragged over half hours, then named."""

from __future__ import annotations

from collections.abc import Mapping

from miniwob_tasks.experts.form import fill, find, first, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Page, read
from miniwob_tasks.experts.single import Expert
from webagent.actions import Action, drag, scroll
from webagent.types import Box, Context, Decision

EVENT = (
    r"Create a (?P<length>[\d.]+) (?P<unit>hour|min)s? event named \"(?P<name>\w+)\", "
    r"between (?P<start>\d+)(?P<half>AM|PM) and .*"
)
WINDOW = 8  # half hours in which the event must lie
TOP = 60  # pixels from the top of the page: where the free half hours are brought to
NEAR = 20  # pixels that they may be off


def daily_calendar(context: Context) -> Decision:
    found = find(EVENT, context.instruction)
    page = read(context.observation.html)
    if form := named(page, "create-event"):
        create = next(one for one in form.descendants() if "create" in one.classes)
        return first(fill(named(page, "event-name"), found["name"]), press(create))
    length = round(float(found["length"]) * (2 if found["unit"] == "hour" else 1 / 30))
    start = 2 * (int(found["start"]) % 12 + (12 if found["half"] == "PM" else 0))
    return first(_create_event(page, context.observation.boxes, start, length))


def _create_event(page: Page, boxes: Mapping[int, Box], start: int, length: int) -> Action | None:
    """Drag over the first free half hours from `start` on, once they are in view."""
    slots = [named(page, f"hh-{start + place}") for place in range(WINDOW)]
    refs = [one.ref for one in slots if one and one.ref]
    taken = [boxes[one.ref] for one in page.elements if "event" in one.classes and one.ref]
    free = [not any(_covers(one, boxes[ref]) for one in taken) for ref in refs]
    start_at = next(at for at in range(WINDOW) if all(free[at : at + length]))
    away = round(boxes[refs[start_at]].y - TOP)
    if abs(away) > NEAR:
        return scroll(refs[start_at], away)
    return drag(refs[start_at], refs[start_at + length - 1])


def _covers(event: Box, slot: Box) -> bool:
    return event.y <= slot.center[1] <= event.y + event.height


PAGES: Mapping[str, Expert] = {"daily-calendar": daily_calendar}
