"""Goals that do a part of a task wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from miniwob_tasks.experts.email import Forward
from miniwob_tasks.experts.fill import Fields, Look
from miniwob_tasks.experts.goal import Goal, Moment, Status, in_dialog, in_widget, press
from miniwob_tasks.experts.page import Element, Page
from webagent import actions
from webagent.actions import Action, click

OTHER_TEXT = "x"
SECOND = "second"  # the mark of `Then` when its first goal was reached


@dataclass(frozen=True, slots=True)
class Presses:
    """Press the buttons called `labels`, one after the other."""

    labels: tuple[str, ...]
    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        pressed = len(status.mark)
        if pressed < len(self.labels) and moment.hit(self._button(moment.page, pressed)):
            return Status(pressed + 1 == len(self.labels), status.mark + "*")
        return status

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        return press(self._button(page, len(status.mark)))

    def _button(self, page: Page, place: int) -> Element | None:
        label = self.labels[place]
        return page.first(
            lambda one: one.tag == "button" and one.text == label and not in_dialog(one)
        )


@dataclass(frozen=True, slots=True)
class Escape:
    """Close a dialog with the Escape key, which pages do not take for its x."""

    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        return Status(status.done or moment.action == actions.press("Escape"))

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        return actions.press("Escape")


@dataclass(frozen=True, slots=True)
class Untouched:
    """Fields that are sent as they are."""

    fields: Fields

    def look(self, page: Page, number: int) -> Look | None:
        found = self.fields.look(page, number)
        return found and Look(found.fields, ())


@dataclass(frozen=True, slots=True)
class OneBoxOff:
    """Boxes of which one is wrong: the first unwanted one is ticked too, or with `wanted`
    the first wanted one is not.
    """

    ticks: Fields
    wanted: bool

    def look(self, page: Page, number: int) -> Look | None:
        look = self.ticks.look(page, number)
        box = look and self.box(look)
        if look is None or box is None:
            return look
        flip = click(cast(int, box.ref))
        left = tuple(one for one in look.todo if one != flip)
        return Look(look.fields, left if len(left) < len(look.todo) else (*look.todo, flip))

    def box(self, look: Look) -> Element | None:
        """The box that is done wrongly; which one does not depend on what is ticked."""
        todo = {action.ref for action in look.todo}
        fitting = (one for one in look.fields if (one.checked != (one.ref in todo)) == self.wanted)
        return next(fitting, None)


@dataclass(frozen=True, slots=True)
class OtherOption:
    """A radio button that is not labelled `label`."""

    label: str

    def look(self, page: Page, number: int) -> Look | None:
        radios = page.where(lambda one: one.type == "radio" and not in_widget(one))
        other = next((one for one in radios if one.parent and one.parent.text != self.label), None)
        if other is None or other.ref is None:
            return None
        return Look((other,), () if other.checked else (click(other.ref),))


@dataclass(frozen=True, slots=True)
class Then:
    """Reach `first`, then `second`, which undoes it. Both are reached by one event."""

    first: Goal
    second: Goal
    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        if status.done:
            return status
        reached = self._now(status).after(Status(), moment, earlier).done
        return Status(reached and bool(status.mark), SECOND) if reached else status

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        return self._now(status).next(page, Status())

    def _now(self, status: Status) -> Goal:
        return self.second if status.mark else self.first


@dataclass(frozen=True, slots=True)
class ChangedMail:
    """Forward the right mail to the right person, with another text."""

    mail: Forward
    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        page = moment.page
        if moment.hit(page.first(lambda one: one.id == "send-forward")):
            return Status(True, status.mark)
        return status if self._text(page) else self.mail.after(status, moment, earlier)

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        text = self._text(page)
        if text and text.ref and text.text != OTHER_TEXT:
            return actions.type(text.ref, OTHER_TEXT)
        return self.mail.next(page, status)

    def _text(self, page: Page) -> Element | None:
        return page.first(lambda one: one.id == "forward-text")
