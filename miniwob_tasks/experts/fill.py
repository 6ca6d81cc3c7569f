"""Goals that bring fields to wanted values and send them with a button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from miniwob_tasks.experts.goal import Moment, Status, in_dialog, in_popup, in_widget, press
from miniwob_tasks.experts.page import Element, Page
from webagent.actions import Action


@dataclass(frozen=True, slots=True)
class Look:
    """The fields as they are on a page, and the actions still needed to make them right."""

    fields: tuple[Element, ...]
    todo: tuple[Action, ...]


class Fields(Protocol):
    def look(self, page: Page, number: int) -> Look | None:
        """None if the page does not show the fields. For `number` see `Goal`."""
        ...


@dataclass(frozen=True, slots=True)
class Fill:
    """Fill `fields`. With `sends`, also press their own button, whose text is in `buttons`.

    Sent values count if they were right, and all earlier goals done, when the button was
    pressed. Fields without an own button are done as long as their values are right.
    """

    fields: Fields
    buttons: frozenset[str]
    sends: bool
    number: int = 0
    button_has_id: bool = True

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        look = self.fields.look(moment.page, self.number)
        if look is None:
            return status
        if not self.sends:
            return Status(not look.todo)
        if moment.hit(self._button(moment.page, look)):
            return Status(earlier and not look.todo)
        return status

    def done(self, status: Status, page: Page) -> bool:
        if self.sends or (look := self.fields.look(page, self.number)) is None:
            return status.done
        return not look.todo

    def next(self, page: Page, status: Status) -> Action | None:
        look = self.fields.look(page, self.number)
        if look is None:
            return None
        return look.todo[0] if look.todo else press(self._button(page, look))

    def _button(self, page: Page, look: Look) -> Element | None:
        """The nearest button below the fields, else any. Generated buttons may bear the
        same text; an id, or for the movie form none, tells which is the form's own.
        """
        last = max((one.position for one in look.fields), default=-1)
        found = page.where(lambda one: one.ref is not None and self._is_button(one))
        below = [one for one in found if one.position > last] or found
        return next((one for one in below if bool(one.id) == self.button_has_id), None) or next(
            iter(below), None
        )

    def _is_button(self, element: Element) -> bool:
        if element.tag == "label" or element.text.lower() not in self.buttons:
            return False
        return not (in_dialog(element) or in_popup(element) or in_widget(element))
