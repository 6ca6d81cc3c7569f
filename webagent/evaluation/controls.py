"""Negative controls of a task, from its package or from what its expert did.

The general way takes the expert's actions as they are and leaves one out, does one on
another element or with another text, or does the last one too early. That an action is
another one is decided by the page that was shown, never by how the episode ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bs4 import BeautifulSoup, Tag

from webagent import actions
from webagent.actions import Action
from webagent.tasks.controls import Control, package_controls
from webagent.tasks.protocol import Task
from webagent.types import Context, Decision, Episode, Observation

STATES = re.compile(r"ui-state-\S+|selected|clicked|active|hasDatepicker")
WORD = re.compile(r"[@\w-]+(?:[.,]\w+)*")
PASSING = (actions.hover.__name__, actions.scroll.__name__)  # only ways to other actions
LASTING = ("id", "href", "style", "fill", "title", "alt")
MARGIN = 20  # px beside all elements
RIGHTMOST = 490  # px; windows are 500 wide


@dataclass(frozen=True, slots=True)
class Line:
    """An action and how to find its element again: the `place`-th that looks like `look`."""

    action: Action
    look: tuple[str, ...] = ()
    place: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """A policy that does what it says, line by line, and then ends the episode."""

    lines: tuple[Line, ...] = field(repr=False)

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self._decide(context) for context in contexts]

    def _decide(self, context: Context) -> Decision:
        number = len(context.history)
        if number >= len(self.lines):
            return Decision(actions.done())
        return Decision(_found(self.lines[number], context.observation.html))


def controls_of(task: Task, episode: Episode) -> list[Control]:
    """Ways to fail on the page of an episode that the expert solved."""
    found = package_controls(task, episode)
    return list(found) if found is not None else recorded_controls(episode)


def recorded_controls(episode: Episode) -> list[Control]:
    """Controls from the expert's actions alone. Each step is a part.

    Steps that only lead to the next one (hovering, scrolling) are no parts, and of equal
    steps in a row only the first is.
    """
    steps = [(step.observation, step.decision.action) for step in episode.steps]
    lines = [_line(action, seen.html) for seen, action in steps]
    clicked = {line.action.ref for line in lines}
    controls: list[Control] = []
    for number, (seen, action) in enumerate(steps):
        if action.name in PASSING or _repeats(lines, number):
            continue
        part = f"{number + 1} {action.name}"
        left = (*lines[:number], *lines[number + 1 :])
        controls.append(Control("skip", part, "left out", Script(left)))
        how, other = _other(action, seen, episode.verdict.instruction, clicked)
        changed = (*_led_to(lines, number, other), _line(other, seen.html), *lines[number + 1 :])
        controls.append(Control("wrong", part, how, Script(changed)))
    return controls + list(_too_early(lines))


def _repeats(lines: Sequence[Line], number: int) -> bool:
    one, before = lines[number], lines[number - 1]
    return number > 0 and (one.action.name, one.look) == (before.action.name, before.look)


def _led_to(lines: Sequence[Line], number: int, other: Action) -> Sequence[Line]:
    """The lines before a changed one; hovering over its element goes to the other one too,
    since menus take an item under the mouse for the clicked one.
    """
    before = lines[number - 1].action if number else None
    if before is None or before.name not in PASSING or before.ref != lines[number].action.ref:
        return lines[:number]
    moved = other if other.ref is None else replace(before, args=(other.args[0], *before.args[1:]))
    return (*lines[: number - 1], Line(moved))


def _too_early(lines: Sequence[Line]) -> Iterator[Control]:
    """The last step before the last other one."""
    places = [place for place, line in enumerate(lines) if line.action.name not in PASSING]
    if len(places) < 2:
        return
    before, last = places[-2:]
    moved = (*lines[:before], lines[last], *lines[before:last])
    part = f"{last + 1} {lines[last].action.name}"
    yield Control("order", part, "before the step before it", Script(moved))


def _other(
    action: Action, seen: Observation, instruction: str, clicked: set[int | None]
) -> tuple[str, Action]:
    """Another action in place of one, and what is other about it."""
    if action.name == actions.type.__name__:
        text = _other_text(str(action.args[1]), _kind_of_field(seen.html, action.ref))
        return "another text", replace(action, args=(action.args[0], text))
    if action.name == actions.select.__name__:
        if option := _other_option(seen.html, action):
            return "another option", replace(action, args=(action.args[0], option))
    elif action.ref is not None:
        hidden = {ref for ref in seen.boxes if _under(seen, ref, action.ref)}
        other = _other_element(seen.html, action.ref, instruction, clicked | hidden)
        if other is not None:
            return "another element", replace(action, args=(other, *action.args[1:]))
    return "beside all elements", _beside(seen)


def _other_text(text: str, kind: str) -> str:
    """Another text that a field of this type takes."""
    if kind in ("date", "time", "number"):
        last = int(text[-1])
        return f"{text[:-1]}{last - 1 if last else 1}"
    return f"x{text}"


def _kind_of_field(source: str, ref: int | None) -> str:
    element = _at(source, ref)
    return _attribute(element, "type") if element else ""


def _other_option(source: str, action: Action) -> str:
    element = _at(source, action.ref)
    options = [_text(one) for one in element.find_all("option")] if element else []
    return next((one for one in options if one != action.args[1]), "")


def _other_element(source: str, ref: int, instruction: str, passed: set[int | None]) -> int | None:
    """An element of the same kind that is not in `passed`, if possible one that looks
    different, and one whose row does not bear what the instruction says of the right row.
    """
    target = _at(source, ref)
    if target is None:
        return None
    alike = [
        one
        for one in _elements(source)
        if _kind(one) == _kind(target) and _ref(one) not in passed and not _nested(one, target)
    ]
    rows = [tuple(_words(_text(row)) for row in _rows(target, one)) for one in alike]
    shared = set[str].intersection(*(other for _, other in rows)) if rows else set[str]()
    asked = _words(instruction) - shared
    fitting = [
        one for one, (own, other) in zip(alike, rows, strict=True) if not asked & own & other
    ]
    best = sorted(fitting, key=lambda one: _looks(one) == _looks(target))
    return _ref(best[0]) if best else None


def _under(seen: Observation, ref: int, target: int) -> bool:
    """Whether the middle of an element lies in the box of `target`: a click there may hit
    either.
    """
    box = seen.boxes.get(target)
    if box is None:
        return False
    x, y = seen.boxes[ref].center
    return 0 <= x - box.x <= box.width and 0 <= y - box.y <= box.height


def _nested(one: Tag, other: Tag) -> bool:
    return any(one is node for node in other.parents) or any(other is node for node in one.parents)


def _rows(one: Tag, other: Tag) -> tuple[Tag, Tag]:
    """The outermost elements around each that do not hold both."""
    first, second = [one, *one.parents], [other, *other.parents]
    while len(first) > 1 and len(second) > 1 and first[-1] is second[-1]:
        first.pop()
        second.pop()
    return first[-1], second[-1]


def _beside(seen: Observation) -> Action:
    """A click on a free spot to the right of everything."""
    right = max((box.x + box.width for box in seen.boxes.values()), default=0)
    return actions.click_at(min(int(right) + MARGIN, RIGHTMOST), 4)


def _line(action: Action, source: str) -> Line:
    element = _at(source, action.ref)
    if element is None:
        return Line(action)
    look = _looks(element)
    alike = [_ref(one) for one in _elements(source) if _looks(one) == look]
    return Line(action, look, alike.index(_ref(element)))


def _found(line: Line, source: str) -> Action:
    """The action of a line, on the element that looks like its own there."""
    refs = [_ref(one) for one in _elements(source) if line.look and _looks(one) == line.look]
    if line.action.ref in refs or not refs:
        return line.action
    ref = refs[min(line.place, len(refs) - 1)]
    return replace(line.action, args=(ref, *line.action.args[1:]))


@lru_cache(maxsize=256)
def _elements(source: str) -> tuple[Tag, ...]:
    """All elements that can be acted on."""
    return tuple(BeautifulSoup(source, "lxml").select("[ref]"))


def _at(source: str, ref: int | None) -> Tag | None:
    return next((one for one in _elements(source) if _ref(one) == ref), None)


def _ref(element: Tag) -> int:
    return int(_attribute(element, "ref"))


def _kind(element: Tag) -> tuple[str, ...]:
    classes = STATES.sub("", _attribute(element, "class")).split()
    return (element.name, _attribute(element, "type"), *sorted(classes))


def _looks(element: Tag) -> tuple[str, ...]:
    """What tells an element from others, without what an action changes of it."""
    marks = (_attribute(element, name) for name in LASTING)
    return (*_kind(element), _text(element), *marks)


def _attribute(element: Tag, name: str) -> str:
    value = element.get(name, "")
    return value if isinstance(value, str) else " ".join(value or ())


def _text(element: Tag) -> str:
    return " ".join(element.get_text().split())


def _words(text: str) -> set[str]:
    return set(WORD.findall(text))
