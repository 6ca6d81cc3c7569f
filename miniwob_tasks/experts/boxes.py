"""Goals that tick check boxes or choose an option."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from miniwob_tasks.experts.fill import Fill, Look
from miniwob_tasks.experts.goal import clause, in_widget
from miniwob_tasks.experts.page import Element, Page
from webagent.actions import Action, click

ITEM = r"\w+(?=[,.]|$| and click(?:ing)? submit)"


@dataclass(frozen=True, slots=True)
class Ticks:
    """The boxes labelled `items`, or with `similar` those labelled by synonyms.

    A single item may also be a radio button: the words of click-option and click-checkboxes
    are the same, only the page tells them apart.
    """

    items: tuple[str, ...]
    similar: bool = False

    def look(self, page: Page, number: int) -> Look | None:
        if option := self._option(page):
            return Look((option,), () if option.checked else _clicks([option]))
        groups = _groups(page)
        if not groups:
            return None
        fitting = [one for one in groups if self._fits(one)] if self.items else []
        boxes = (fitting or groups)[0 if fitting else min(number, len(groups) - 1)]
        wrong = [one for one in boxes if one.checked != (self._place(one) is not None)]
        # In the instruction's order: then the next to tick is the next that it names.
        return Look(tuple(boxes), _clicks(sorted(wrong, key=lambda one: self._place(one) or 0)))

    def _option(self, page: Page) -> Element | None:
        if self.similar or len(self.items) != 1:
            return None
        radios = page.where(lambda one: one.type == "radio" and not in_widget(one))
        return next((one for one in radios if _label(one) == self.items[0]), None)

    def _place(self, box: Element) -> int | None:
        """Which item the box is, from 0 up; None if it is none."""
        label = _label(box)
        same = [synonyms(item) if self.similar else (item,) for item in self.items]
        return next((number for number, words in enumerate(same) if label in words), None)

    def _fits(self, boxes: list[Element]) -> bool:
        return sum(self._place(one) is not None for one in boxes) >= len(set(self.items))


@cache
def synonyms(word: str) -> frozenset[str]:
    """The words that mean the same as `word`, itself included."""
    table = (Path(__file__).parent / "synonyms.txt").read_text("utf-8")
    groups = [frozenset(line.split()) for line in table.splitlines()]
    return next((group for group in groups if word in group), frozenset({word}))


def _groups(page: Page) -> list[list[Element]]:
    """Check boxes by the nearest container that has an id."""
    boxes = page.where(lambda one: one.type == "checkbox" and not in_widget(one))
    return [list(group) for _, group in groupby(boxes, lambda one: id(_container(one)))]


def _container(box: Element) -> Element | None:
    return next((one for one in box.lineage() if one is not box and one.id), None)


def _label(box: Element) -> str:
    return box.parent.text if box.parent else ""


def _clicks(boxes: list[Element]) -> tuple[Action, ...]:
    return tuple(click(one.ref) for one in boxes if one.ref is not None)


def _items(text: str) -> tuple[str, ...]:
    return () if text == "nothing" else tuple(text.split(", "))


CLAUSES = (
    clause(
        rf"select(?:ing)? (?P<similar>words similar to )?(?P<items>{ITEM}(?:, {ITEM})*)"
        r"(?P<sends> and click(?:ing)? submit)?",
        lambda found: Fill(
            Ticks(_items(found["items"]), bool(found["similar"])),
            frozenset({"submit"}),
            bool(found["sends"]),
        ),
    ),
)
