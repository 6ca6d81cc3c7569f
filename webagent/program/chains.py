"""Selenium's `ActionChains`: what is done with the mouse and the keyboard, carried out at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from webagent import actions
from webagent.program.element import CODES, Element, send_keys
from webagent.program.javascript import scroll_by
from webagent.program.replay import Replay, parsed

_MODIFIERS = tuple(CODES[name] for name in ("CONTROL", "SHIFT", "ALT", "META", "COMMAND"))


class ActionChains:
    """As much of it as our actions can do. Double and right clicks, offsets within an element
    and clicks with a key held they can't. To move the mouse and click there is one action.
    """

    guest_methods: ClassVar[Sequence[str]] = (
        "click", "click_and_hold", "drag_and_drop", "drag_and_drop_by_offset", "key_down",
        "key_up", "move_to_element", "pause", "perform", "release", "reset_actions",
        "scroll_by_amount", "scroll_to_element", "send_keys", "send_keys_to_element",
    )  # fmt: skip
    guest_attributes: ClassVar[Sequence[str]] = ()

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._steps: list[Callable[[], object]] = []
        self._mouse: Element | None = None  # the element that it is over
        self._moved = False  # there as the last step, which may be part of the next one
        self._dragged: Element | None = None
        self._held: list[str] = []  # keys

    def move_to_element(self, element: Element) -> ActionChains:
        if self._dragged is None:
            self._settle()
            self._moved = True
        self._mouse = element
        return self

    def click(self, element: Element | None = None) -> ActionChains:
        if self._held:
            raise RuntimeError("A click with a key held is none of our actions.")
        return self._then(self._target(element).click)

    def click_and_hold(self, element: Element | None = None) -> ActionChains:
        self._dragged = self._target(element)
        return self

    def release(self, element: Element | None = None) -> ActionChains:
        if self._dragged is None:
            raise RuntimeError("Nothing is held: click_and_hold(element) first, in this chain.")
        source, self._dragged = self._dragged, None
        return self.drag_and_drop(source, self._target(element))

    def drag_and_drop(self, source: Element, target: Element) -> ActionChains:
        self._target(target)
        return self._then(lambda: self._replay.act(actions.drag(source.ref, target.ref)))

    def drag_and_drop_by_offset(self, source: Element, x: float, y: float) -> ActionChains:
        """Only of an element in the window: actions at points see no further."""
        return self._then(partial(self._drag_by, source, round(x), round(y)))

    def key_down(self, key: str, element: Element | None = None) -> ActionChains:
        if key not in _MODIFIERS:
            raise RuntimeError("Only Control, Shift, Alt and Meta can be held: send_keys(key).")
        if element:
            self.click(element)
        self._held.append(key)
        return self

    def key_up(self, key: str, *_: object) -> ActionChains:
        self._held = [one for one in self._held if one != key]
        return self

    def send_keys(self, *keys: object) -> ActionChains:
        """To the field that has the focus when its turn comes."""
        held = tuple(self._held)
        return self._then(lambda: send_keys(self._replay, (*held, *keys), self._focused()))

    def send_keys_to_element(self, element: Element, *keys: object) -> ActionChains:
        return self._then(partial(element.send_keys, *self._held, *keys))

    def scroll_by_amount(self, x: float, y: float) -> ActionChains:
        return self._then(partial(scroll_by, self._replay, round(y)))

    def pause(self, *_: object) -> ActionChains:
        return self  # pages are observed when they have come to rest

    scroll_to_element = pause  # actions scroll to their element by themselves

    def reset_actions(self) -> None:
        self._steps, self._moved, self._dragged, self._held = [], False, None, []

    def perform(self) -> None:
        self._settle()
        steps, self._steps = self._steps, []
        for step in steps:
            step()

    def _target(self, element: Element | None) -> Element:
        """The element named, else the one under the mouse, which need not move there before."""
        found = element or self._mouse
        if found is None:
            raise RuntimeError("It isn't said where: move_to_element(element) first.")
        if found is not self._mouse:
            self._settle()
        self._mouse, self._moved = found, False
        return found

    def _then(self, step: Callable[[], object]) -> ActionChains:
        self._settle()
        self._steps.append(step)
        return self

    def _settle(self) -> None:
        """If the mouse was moved and nothing was done there, that is an action of its own."""
        if self._moved and (over := self._mouse):
            self._steps.append(lambda: self._replay.act(actions.hover(over.ref)))
        self._moved = False

    def _drag_by(self, source: Element, x: int, y: int) -> None:
        box = self._replay.now.boxes.get(source.ref)
        if box is None:
            raise RuntimeError("It isn't known where the element lies: use drag_and_drop.")
        at_x, at_y = map(round, box.center)
        self._replay.act(actions.drag_at(at_x, at_y, at_x + x, at_y + y))

    def _focused(self) -> Element | None:
        found = parsed(self._replay.now.html).xpath("//*[@ref][@focused]")
        return Element(self._replay, found[-1]) if found else None
