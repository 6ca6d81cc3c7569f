"""The action language: one Python call per action, the same text everywhere.

Each function below is one action. Its signature and docstring are the grammar, the
prompt text and the documentation; calling it builds the `Action`.
"""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from webagent.errors import ActionError

MAX_SOURCE = 20_000  # characters; a longer "action" is a runaway model, not an action

NAMED_KEYS = (
    *("Enter", "Tab", "Escape", "Backspace", "Delete", "Space", "ArrowUp", "ArrowDown"),
    *("ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"),
)
ELEMENTS = frozenset(("ref", "source", "target"))  # parameters that name one
INVALID = "invalid"  # the name of an action that could not be read
MODIFIERS = ("Control", "Shift", "Alt", "Meta")


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the language. `str(action)` is its source; `parse` reads it back."""

    name: str
    args: tuple[int | str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(_literal(arg) for arg in self.args)})"

    @property
    def ref(self) -> int | None:
        """The element acted on, if the action names one."""
        return next(iter(self.refs), None)

    @property
    def refs(self) -> tuple[int, ...]:
        """All elements that the action names; they are its first arguments."""
        return tuple(int(one) for one in self.args[: _on_elements().get(self.name, 0)])


def click(ref: int) -> Action:
    """Click the element `ref`."""
    return Action("click", (ref,))


def type(ref: int, text: str) -> Action:
    """Replace what the field `ref` holds by `text`. Dates are YYYY-MM-DD, times HH:MM."""
    return Action("type", (ref, text))


def select(ref: int, option: str) -> Action:
    """Choose the option whose text is `option` in the drop-down or list `ref`."""
    return Action("select", (ref, option))


def press(key: str) -> Action:
    """Press a key, such as "Enter", "Tab", "a" or "Control+c", where the focus is."""
    return Action("press", (key,))


def scroll(ref: int, dy: int) -> Action:
    """Scroll the nearest scrollable box around `ref` down by `dy` pixels (up if negative)."""
    return Action("scroll", (ref, dy))


def hover(ref: int) -> Action:
    """Move the mouse over the element `ref`."""
    return Action("hover", (ref,))


def drag(source: int, target: int) -> Action:
    """Drag the element `source` onto the element `target` with the mouse."""
    return Action("drag", (source, target))


def click_at(x: int, y: int) -> Action:
    """Click the point `x`, `y` of the page, in CSS pixels from its top left."""
    return Action("click_at", (x, y))


def hover_at(x: int, y: int) -> Action:
    """Move the mouse to the point `x`, `y`."""
    return Action("hover_at", (x, y))


def drag_at(x: int, y: int, to_x: int, to_y: int) -> Action:
    """Press the mouse at `x`, `y`, move it to `to_x`, `to_y` and let go: to draw, mark or drag."""
    return Action("drag_at", (x, y, to_x, to_y))


def goto(url: str) -> Action:
    """Open `url`. Only on live sites."""
    return Action("goto", (url,))


def back() -> Action:
    """Go back one page. Only on live sites."""
    return Action("back")


def done() -> Action:
    """Say that the instruction is carried out, or that nothing more can be done."""
    return Action("done")


def answer(text: str) -> Action:
    """Give `text` as the answer to the instruction, and end."""
    return Action("answer", (text,))


ACTIONS: dict[str, Callable[..., Action]] = {
    action.__name__: action
    for action in (
        click, type, select, press, scroll, hover, drag, click_at, hover_at, drag_at,
        goto, back, done, answer,
    )
}  # fmt: skip


def parse(source: str) -> Action:
    """Read one action call, such as `type(5, "anna")`.

    Nothing is executed. Raises `ActionError` with a message for the policy.
    """
    if len(source) > MAX_SOURCE:
        raise ActionError(f"The action has {len(source)} characters; at most {MAX_SOURCE} pass.")
    try:
        with warnings.catch_warnings():  # of a backslash that escapes nothing
            warnings.simplefilter("ignore", SyntaxWarning)
            node = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ActionError(f"Not a call like click(3): {_clip(source)}") from error
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        raise ActionError(f"Not a call like click(3): {_clip(source)}")
    name = node.func.id
    if name not in ACTIONS:
        raise ActionError(_unknown(name))
    try:
        args = [ast.literal_eval(arg) for arg in node.args]
        named = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords if word.arg}
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise ActionError(f"{name} takes plain numbers and strings: {usage(name)}") from error
    if len(named) != len(node.keywords):
        raise ActionError(f"{name} takes no unpacked arguments: {usage(name)}")
    return build(name, args, named)


def read(source: str) -> Action:
    """Like `parse`, but text that is no action gives one that only costs a step.

    It is called `invalid`, holds the text, and the page answers it with the parse error.
    """
    try:
        return parse(source)
    except ActionError:
        return Action(INVALID, (_paired(source),))


def check(action: Action) -> Action:
    """The action with plain arguments. Raises `ActionError` if no page can carry it out."""
    if action.name == INVALID:
        return parse(str(action.args[0]) if action.args else "")
    if action.name not in ACTIONS:
        raise ActionError(_unknown(action.name))
    return build(action.name, action.args)


def build(name: str, args: Sequence[object], named: dict[str, object] | None = None) -> Action:
    """Check arguments against the action's signature and make the `Action`."""
    signature = inspect.signature(ACTIONS[name])
    try:
        bound = signature.bind(*args, **(named or {}))
    except TypeError as error:
        raise ActionError(f"Wrong arguments: {usage(name)}") from error
    values: list[int | str] = []
    for parameter, value in bound.arguments.items():
        wants_number = str(signature.parameters[parameter].annotation) == "int"
        if wants_number and isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int if wants_number else str):
            kind = "a whole number" if wants_number else "a string in quotes"
            raise ActionError(f"`{parameter}` must be {kind}: {usage(name)}")
        if isinstance(value, int) and abs(value) > 10**9:
            raise ActionError(f"`{parameter}` is out of range: {usage(name)}")
        values.append(_paired(value) if isinstance(value, str) else value)
    if name == "press":
        check_key(str(values[0]))
    return Action(name, tuple(values))


def check_key(key: str) -> tuple[list[str], str]:
    """Split "Control+a" into modifiers and key; raise `ActionError` on an unknown one."""
    *modifiers, last = re.split(r"(?<=[^+])\+", key) if len(key) > 1 else [key]
    unknown = [word for word in modifiers if word not in MODIFIERS]
    if unknown or not (last in NAMED_KEYS or (len(last) == 1 and last.isprintable())):
        raise ActionError(
            f"No key is called {_clip(key)}. Use one character or one of "
            f"{', '.join(NAMED_KEYS)}, with {'+, '.join(MODIFIERS)}+ in front if wanted."
        )
    return modifiers, last


def _unknown(name: str) -> str:
    return f"No action is called {_clip(name)}; there are {', '.join(ACTIONS)}."


def usage(name: str) -> str:
    """The action's call and meaning on one line, as prompts and error messages show it."""
    function = ACTIONS[name]
    words = ", ".join(
        f"{parameter.name}: {parameter.annotation}"
        for parameter in inspect.signature(function).parameters.values()
    )
    return f"{name}({words}): {inspect.getdoc(function)}"


def grammar() -> str:
    """All actions, one line each."""
    return "\n".join(usage(name) for name in ACTIONS)


@cache
def _on_elements() -> Mapping[str, int]:
    """How many elements each action names, with its first arguments."""
    named = {name: inspect.signature(action).parameters for name, action in ACTIONS.items()}
    return {name: len(ELEMENTS & set(one)) for name, one in named.items()}


def _literal(value: object) -> str:
    if not isinstance(value, str):  # what `check` refuses is written down all the same
        return str(value) if isinstance(value, int) else repr(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _escape(c) for c in escaped) + '"'


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _paired(text: str) -> str:
    """The text with surrogate pairs joined and halves of pairs replaced: valid Unicode."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _clip(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
