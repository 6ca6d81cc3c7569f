"""The raw mouse and keyboard events of classic MiniWoB demonstrations, merged into actions.

A recorder sits on the document and writes each event twice: `timing` 1 before the page
has had it, 3 after. The actions here begin at the page before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from webagent import actions
from webagent.actions import Action
from webagent.demonstrations.classic_page import Node
from webagent.errors import RunError

AFTER = 3  # timing of an event that the page has had: DOM's bubbling phase
STILL = 5  # px that the mouse may move within a click

KEYS: Mapping[int, str] = {
    8: "Backspace",
    9: "Tab",
    13: "Enter",
    27: "Escape",
    32: "Space",
    33: "PageUp",
    34: "PageDown",
    35: "End",
    36: "Home",
    37: "ArrowLeft",
    38: "ArrowUp",
    39: "ArrowRight",
    40: "ArrowDown",
    46: "Delete",
}
LEAVING = ("Enter", "Escape", "ArrowUp", "ArrowDown")  # keys that do not edit a field's text


class Event(BaseModel):
    """A DOM event; `x` and `y` are in CSS pixels of the page."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str
    x: float | None = None
    y: float | None = None
    keyCode: int | None = None  # noqa: N815
    charCode: int | None = None  # noqa: N815
    timing: int | None = None


class State(BaseModel):
    """The page at one event; the first state has none. `time` is in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    dom: Node
    action: Event | None = None
    time: float = 0


@dataclass(frozen=True, slots=True)
class Deed:
    """An action, and the number of the state in which it began."""

    state: int
    action: Action


@dataclass(frozen=True, slots=True)
class _Press:
    state: int
    target: Node | None
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class _Typing:
    state: int
    field: Node


def deeds(states: Sequence[State], choice: str | None = None) -> list[Deed]:
    """The actions of a demonstration, in order.

    `choice` is what was chosen in a drop-down list, which recordings do not hold. Raises
    `RunError` that says what can't be put into the action language.
    """
    return _Merger(states, choice).run()


@dataclass(slots=True)
class _Merger:
    states: Sequence[State]
    choice: str | None
    out: list[Deed] = field(default_factory=list[Deed])
    press: _Press | None = None
    typing: _Typing | None = None

    def run(self) -> list[Deed]:
        events = [
            (number, state.action)
            for number, state in enumerate(self.states)
            if state.action and state.action.timing != AFTER
        ]
        pressed = any(event.type == "mousedown" for _, event in events)
        for number, event in events:
            if event.type == "mousedown":
                self.end(number)
                self.press = _pressed(number, self.states[number].dom, event)
            elif event.type == "mouseup" and self.press:
                self.release(number, event)
            elif event.type == "click" and not pressed:
                self.end(number)
                self.click(_pressed(number, self.states[number].dom, event))
            elif event.type in ("keydown", "keypress"):
                self.key(number, event)
        self.end(len(self.states) - 1)
        return self.out

    def end(self, number: int) -> None:
        """Finish the click and the typing that are under way when state `number` comes."""
        if self.press:
            self.click(self.press)
            self.press = None
        if self.typing:
            self.typed(self.typing, number)
            self.typing = None

    def click(self, press: _Press) -> None:
        target = press.target
        if target is None or target.name in ("body", "html"):
            action = actions.click_at(round(press.x), round(press.y))
        elif target.name == "select":
            if self.choice is None:
                raise RunError("the choice in a drop-down list is not in the recording")
            action = actions.select(target.ref, self.choice)
        else:
            action = actions.click(target.ref)
        self.out.append(Deed(press.state, action))

    def release(self, number: int, event: Event) -> None:
        press, self.press = self.press, None
        assert press
        x, y = event.x or 0, event.y or 0
        if abs(x - press.x) <= STILL and abs(y - press.y) <= STILL:
            self.click(press)
            return
        over = _other(self.states[number].dom, press.target, x, y)
        if press.target is None or over is None:
            raise RunError("a drag ends on no other element")
        self.out.append(Deed(press.state, actions.drag(press.target.ref, over.ref)))

    def key(self, number: int, event: Event) -> None:
        if self.press:
            self.end(number)
        focused = next((n for n in self.states[number].dom.nodes() if n.focused), None)
        name = KEYS.get(event.keyCode or 0, "") if event.type == "keydown" else ""
        if focused and focused.writable:
            self.edit(number, focused, event, name)
            return
        self.end(number)
        ticks = focused and focused.name in ("button", "input", "a")
        if name in ("Enter", "Space") and focused and ticks:
            self.out.append(Deed(number, actions.click(focused.ref)))
        elif name and name not in ("Tab", "Space"):
            self.out.append(Deed(number, actions.press(name)))
        elif event.type == "keypress" and not ticks and (event.charCode or 0) >= 32:
            self.out.append(Deed(number, actions.press(chr(event.charCode or 32))))

    def edit(self, number: int, focused: Node, event: Event, name: str) -> None:
        leaves = name == "Tab" or (name in LEAVING and focused.name != "textarea")
        if leaves:
            self.end(number)
            if name != "Tab":  # the next action names its own field
                self.out.append(Deed(number, actions.press(name)))
        elif self.typing is None or self.typing.field.ref != focused.ref:
            if event.type == "keypress" and event.charCode in (None, 0, 13):
                return
            self.end(number)
            self.typing = _Typing(number, focused)

    def typed(self, typing: _Typing, number: int) -> None:
        """One `type` for all keys: what the field holds in the end."""
        ref = typing.field.ref
        after = [
            node
            for state in self.states[typing.state : number + 1]
            for node in state.dom.nodes()
            if node.ref == ref
        ]
        text = str(after[-1].value or "")
        if text == str(typing.field.value or ""):
            return
        state = typing.state
        if self.out and self.out[-1].action == actions.click(ref):
            state = self.out.pop().state  # `type` focuses the field itself
        self.out.append(Deed(state, actions.type(ref, text)))


def _pressed(number: int, page: Node, event: Event) -> _Press:
    x, y = event.x or 0, event.y or 0
    return _Press(number, _target(page, x, y), x, y)


def _target(page: Node, x: float, y: float) -> Node | None:
    """The element that had the event, else the innermost one at the point."""
    marked = [node for node in page.nodes() if node.target]
    under = [node for node in page.nodes() if node.covers(x, y)]
    return (marked or under or [None])[-1]


def _other(page: Node, source: Node | None, x: float, y: float) -> Node | None:
    """The innermost element at the point that neither holds the source nor lies in it."""
    ref = source.ref if source else 0
    found: Node | None = None
    for node in page.nodes():
        refs = {one.ref for one in node.nodes()}
        inside = source and node.ref in {one.ref for one in source.nodes()}
        if node.covers(x, y) and ref not in refs and not inside:
            found = node
    return found
