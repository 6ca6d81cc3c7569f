"""Boxes, cards and buttons to mark."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from miniwob_tasks.experts.form import button, fill, find, first, inputs, moments, named, part
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Page, read
from webagent.actions import Action
from webagent.types import Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert

DIGITS = (
    "0110 1001 1001 1001 1001 1001 0110",
    "0010 0110 0010 0010 0010 0010 0010",
    "0110 1001 1001 0010 0100 1000 1111",
    "0110 1001 0001 0110 0001 1001 0110",
    "1000 1010 1010 1111 0010 0010 0010",
    "1111 1000 1000 1110 0001 1001 0110",
    "0110 1001 1000 1110 1001 1001 0110",
    "1111 1001 0001 0010 0010 0100 0100",
    "0110 1001 1001 0110 1001 1001 0110",
    "0110 1001 1001 0111 0001 1001 0110",
)  # row by row, as the pictures on the page show them


def number_checkboxes(context: Context) -> Decision:
    """Tick the boxes that draw a digit."""
    digit = int(find(r'Draw the number "(\d)"', context.instruction)[1])
    page = read(context.observation.html)
    pattern = DIGITS[digit].replace(" ", "")
    wrong = [
        box
        for box, mark in zip(inputs(page, "checkbox"), pattern, strict=False)
        if box.checked != (mark == "1")
    ]
    return first(*map(press, wrong), press(button(page, "Submit")))


def odd_or_even(context: Context) -> Decision:
    """Mark each number of the list."""
    page = read(context.observation.html)
    steps: list[Action | None] = []
    for row in page.where(lambda one: "row" in one.classes):
        number = part(row, "display-number")
        mark = part(row, "odd" if number and int(number.text) % 2 else "even")
        if mark and "selected" not in mark.classes:
            steps.append(press(mark))
    return first(*steps, press(button(page, "Submit")))


def form_sequence_2(context: Context) -> Decision:
    """A radio button and a text field, both by their place."""
    asked = find(r'the (\d)\w\w radio .* number "(-?\d+)" into the (\d)', context.instruction)
    page = read(context.observation.html)
    radio = inputs(page, "radio")[int(asked[1]) - 1]
    texts = [
        fill(field, asked[2] if place == int(asked[3]) else "")
        for place, field in enumerate(inputs(page, "text"), 1)
    ]
    chosen = None if radio.checked else press(radio)
    return first(chosen, *texts, press(button(page, "Submit")))


def find_greatest(context: Context) -> Decision:
    """Turn each card, then the greatest once more, then submit."""
    page = read(context.observation.html)
    seen: dict[int, int] = {}
    for one in (*(moment.page for moment in moments(context)), page):
        seen |= _values(one)
    cards = page.where(lambda one: "card" in one.classes)
    unseen = next((card for place, card in enumerate(cards) if place not in seen), None)
    if unseen:
        return first(press(unseen))
    best = max(seen, key=lambda place: seen[place])
    return first(press(named(page, "submit") if best in _values(page) else cards[best]))


def unicode_test(context: Context) -> Decision:
    """Click a button by its label."""
    label = find(r'Click on the "(.+)" button', context.instruction)[1]
    return first(press(button(read(context.observation.html), label)))


def _values(page: Page) -> dict[int, int]:
    """The numbers of the cards that are turned up, by the cards' place."""
    cards = page.where(lambda one: "card" in one.classes)
    return {place: int(card.text) for place, card in enumerate(cards) if card.text.isdecimal()}


PAGES: Mapping[str, Expert] = MappingProxyType(
    {
        "find-greatest": find_greatest,
        "form-sequence-2": form_sequence_2,
        "number-checkboxes": number_checkboxes,
        "odd-or-even": odd_or_even,
        "unicode-test": unicode_test,
    }
)
