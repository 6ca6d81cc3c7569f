"""What the experts of single pages share: find a part of a page, fill it, take the next step."""

from __future__ import annotations

import re
from collections.abc import Sequence

from miniwob_tasks.experts.goal import Moment
from miniwob_tasks.experts.page import Element, Page, read
from webagent import actions
from webagent.actions import Action, done
from webagent.errors import PolicyError
from webagent.types import Context, Decision

BAR = 50  # pixels: the height of the instruction above a page


def first(*steps: Action | None) -> Decision:
    """The first step that is still needed, with `done()` after the last."""
    return Decision(next((one for one in steps if one), None) or done())


def find(pattern: str, text: str) -> re.Match[str]:
    """What an instruction says. Raises `PolicyError` if it says something else."""
    found = re.search(pattern, text)
    if found is None:
        raise PolicyError(f"The expert does not understand the instruction {text!r}.")
    return found


def fill(field: Element | None, text: str) -> Action | None:
    """Type `text`, unless the field holds it."""
    if field is None or field.ref is None or text == held(field):
        return None
    return actions.type(field.ref, text)


def held(field: Element) -> str:
    return field.text if field.tag == "textarea" else field.value


def named(page: Page, name: str) -> Element | None:
    """The element with the id `name`."""
    return page.first(lambda one: one.id == name)


def button(page: Page, label: str) -> Element | None:
    return page.first(lambda one: one.tag == "button" and one.text == label)


def part(area: Element | None, name: str) -> Element | None:
    """The first element of the class `name` in `area`."""
    inside = area.descendants() if area else iter(())
    return next((one for one in inside if name in one.classes), None)


def inputs(page: Page, kind: str) -> Sequence[Element]:
    """The input fields of a type, in page order."""
    return page.where(lambda one: one.tag == "input" and one.type == kind)


def drag_between(*points: float) -> Action:
    """Drag from x, y to x, y, in whole pixels."""
    return actions.drag_at(*(round(point) for point in points))


def moments(context: Context) -> list[Moment]:
    """The past steps; an action that was refused is left out of its moment."""
    return [
        Moment(read(step.observation.html), None if step.error else step.decision.action)
        for step in context.history
    ]
