"""Sliders and spinners."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from miniwob_tasks.experts.form import button, find, first, inputs, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Page, read
from webagent import actions
from webagent.actions import Action, click
from webagent.types import Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert

NEAR = 2  # steps that are as well made with the arrow keys


def use_sliders(context: Context) -> Decision:
    """Bring each slider to its number, then submit."""
    asked = find(r"Select (-?\d+) with|combination (\[.*\])", context.instruction)
    numbers = re.findall(r"-?\d+", asked[1] or asked[2])
    slides = (_slide(context, place, int(number)) for place, number in enumerate(numbers))
    return first(*slides, press(button(read(context.observation.html), "Submit")))


def form_sequence(context: Context) -> Decision:
    """A slider, then one of three check boxes."""
    asked = find(r"Select (-?\d+) with .* click the (\d)", context.instruction)
    page = read(context.observation.html)
    ticks = [
        click(box.ref)
        for place, box in enumerate(inputs(page, "checkbox"), 1)
        if box.ref is not None and box.checked != (place == int(asked[2]))
    ]
    return first(_slide(context, 0, int(asked[1])), *ticks, press(button(page, "Submit")))


def use_spinner(context: Context) -> Decision:
    """Click the arrows of the spinner until its number is right."""
    wanted = int(find(r"Select (-?\d+) with", context.instruction)[1])
    page = read(context.observation.html)
    field = named(page, "spinner")
    value = int(field.value or 0) if field else 0
    name = "ui-spinner-up" if value < wanted else "ui-spinner-down"
    arrow = page.first(lambda one: name in one.classes)
    return first(press(button(page, "Submit") if value == wanted else arrow))


def _slide(context: Context, place: int, wanted: int) -> Action | None:
    """The next key towards `wanted`: Page Up and Down, whose step shows in the history."""
    page = read(context.observation.html)
    gap = wanted - _value(page, place)
    handles = page.where(lambda one: "ui-slider-handle" in one.classes)
    if gap == 0 or place >= len(handles):
        return None
    if "focused" not in handles[place].attrs:
        return press(handles[place])
    leap = _leap(context, place)
    if abs(gap) > max(leap / 2, 0 if leap else NEAR):
        return actions.press("PageUp" if gap > 0 else "PageDown")
    return actions.press("ArrowRight" if gap > 0 else "ArrowLeft")


def _leap(context: Context, place: int) -> int:
    """How far Page Up or Down moved the slider at most, 0 if they were not used yet."""
    pages = [read(step.observation.html) for step in context.history]
    values = [_value(page, place) for page in (*pages, read(context.observation.html))]
    moves = zip(context.history, pairwise(values), strict=True)
    paged = [move for step, move in moves if str(step.decision.action).startswith('press("Page')]
    return max((abs(after - before) for before, after in paged), default=0)


def _value(page: Page, place: int) -> int:
    shown = page.where(lambda one: re.fullmatch(r"val(-\d)?", one.id) is not None)
    return int(shown[place].text)


PAGES: Mapping[str, Expert] = MappingProxyType(
    {
        "form-sequence": form_sequence,
        "use-slider": use_sliders,
        "use-slider-2": use_sliders,
        "use-spinner": use_spinner,
    }
)
