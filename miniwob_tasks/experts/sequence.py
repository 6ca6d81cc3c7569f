"""The goal of click-button-sequence: ONE, then TWO."""

from __future__ import annotations

from dataclasses import dataclass

from miniwob_tasks.experts.goal import Moment, Status, clause, in_dialog, pick, press
from miniwob_tasks.experts.page import Element, Page
from webagent.actions import Action


@dataclass(frozen=True, slots=True)
class Sequence:
    """ONE toggles, and TWO counts while ONE is on: where a page is stricter than that, a
    wrong press can't be mended anyway.
    """

    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        if moment.hit(self._button(moment.page, "ONE")):
            return Status(mark="" if status.mark else "one")
        if moment.hit(self._button(moment.page, "TWO")):
            return Status(bool(status.mark) and earlier, status.mark)
        return status

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        return press(self._button(page, "TWO" if status.mark else "ONE"))

    def _button(self, page: Page, label: str) -> Element | None:
        found = page.where(lambda one: one.tag == "button" and one.text == label)
        return pick([one for one in found if not in_dialog(one)], self.number)


CLAUSES = (
    clause(r"click(?:ing)? button ONE, then click(?:ing)? button TWO", lambda _: Sequence()),
)
