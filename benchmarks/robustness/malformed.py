"""Actions as a broken model gives them: wrong refs, odd values, text that is no action."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from webagent import actions
from webagent.actions import ACTIONS, MODIFIERS, NAMED_KEYS, Action, read
from webagent.types import Context, Decision

ELEMENT = re.compile(r'<(\w+) ref="(\d+)"([^>]*)>')
OPTION = re.compile(r"<option[^>]*>([^<]*)<")
NUMBERS: Sequence[Any] = (
    *(0, -1, 1, 7, 300, 2**31, -(2**31), 2**53, 2**63, 10**9, -(10**9), 10**400),
    *(0.0, 3.0, 1.5, 1e308, float("nan"), float("inf"), -0.0, 1j),
)
OTHERS: Sequence[Any] = (None, True, "3", "", b"3", (), (3,), {"ref": 3}, [[3]], ..., object)
ODD = (
    *("\0", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u200b", "\u202e", "\ufeff", "\ufffe", "\r\n"),
    *("\ud800", "\udfff", "\udc00\ud800", "\U0001f469\u200d\U0001f4bb", "e" + "\u0301" * 50),
    *("İ", "ß", "ﷺ", "\U0010ffff", "\t", "\n", '"', "'", "\\", "`${alert(1)}`", "%00"),
    *("</script><script>alert(1)</script>", '"); window.close(); //', "<!--", "]]>", "&nbsp;"),
    *("__webagent", "constructor", "__proto__", "' OR 1=1 --", "{{7*7}}", "../../etc/passwd"),
)
ADDRESSES = (
    *("about:blank", "javascript:while(1){}", "data:text/html,<p>x", "file:///etc/passwd"),
    *("chrome://crash", "chrome://kill", "http://127.0.0.1:1/", "http://[", "", "blob:x", "//x"),
)
KEYS = (
    *NAMED_KEYS, *"aAzZ09+-=~ é語\u00ad\u0301", "F1", "F4", "F5", "F11", "F12", "ContextMenu",
    "BrowserBack", "Cancel", "PrintScreen", "", "+", "++", "enter", "Control", "\U0001f600",
)  # fmt: skip
CHORDS = (
    *("Control+w", "Control+t", "Control+n", "Control+p", "Control+s", "Control+o", "Control+u"),
    *("Control+Shift+i", "Control+Shift+n", "Control+Shift+q", "Alt+F4", "Alt+ArrowLeft"),
    *("Alt+Home", "Control+a", "Control+x", "Control+v", "Control+z", "Control+-", "Control++"),
    *("Control+0", "Meta+q", "Meta+w", "Control+Shift+Delete", "Shift+Tab", "Control+Tab"),
    *("Shift+Escape", "Control+Alt+Delete", "Control+Control+a", "Hyper+a", "Control+", "+a"),
)
Maker: TypeAlias = Callable[[random.Random, Context], Action]


class Malformed:
    """A policy of random actions; half of them make sense. `seed` decides, with the task,
    the page and the step.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [Decision(self._choose(context)) for context in contexts]

    def _choose(self, context: Context) -> Action:
        step = len(context.history)
        rng = random.Random(
            f"{self._seed}/{context.task}/{context.instruction}/{step}/{context.observation.html}"
        )
        makers: tuple[Maker, ...] = (plausible, odd_numbers, odd_text, wrong_arguments, no_action)
        makers += (elsewhere, chord)
        return rng.choices(makers, (50, 10, 15, 5, 10, 4, 6))[0](rng, context)


def plausible(rng: random.Random, context: Context) -> Action:
    """Something that the page can do."""
    elements = ELEMENT.findall(context.observation.html) or [("p", "1", "")]
    tag, ref, _ = rng.choice(elements)
    other = int(rng.choice(elements)[1])
    words = context.instruction.split() or ["word"]
    options = OPTION.findall(context.observation.html) or words
    if tag in ("input", "textarea") and rng.random() < 0.7:
        return actions.type(int(ref), rng.choice([*words, "2026-01-05", "12:30", "7", "#ff0000"]))
    return rng.choices(
        (
            actions.click(int(ref)),
            actions.select(int(ref), rng.choice(options)),
            actions.press(rng.choice(NAMED_KEYS)),
            actions.scroll(int(ref), rng.randint(-300, 300)),
            actions.hover(int(ref)),
            actions.drag(int(ref), other),
            actions.click_at(rng.randint(0, 200), rng.randint(0, 250)),
            rng.choice((actions.done(), actions.answer(rng.choice(words)))),
        ),
        (8, 3, 3, 2, 2, 3, 3, 0.3),
    )[0]


def odd_numbers(rng: random.Random, context: Context) -> Action:
    """An action on elements and places that are not there."""
    refs = [int(ref) for _, ref, _ in ELEMENT.findall(context.observation.html)] or [1]

    def number() -> Any:
        return rng.choice((*NUMBERS, rng.choice(refs), max(refs) + 1))

    name = rng.choice(("click", "type", "select", "scroll", "hover", "drag", "click_at"))
    if name in ("click", "hover"):
        return Action(name, (number(),))
    return Action(name, (number(), "text" if name in ("type", "select") else number()))


def odd_text(rng: random.Random, context: Context) -> Action:
    """Real elements and fields, with text that is no usual text."""
    elements = ELEMENT.findall(context.observation.html)
    fields = [int(ref) for tag, ref, _ in elements if tag in ("input", "textarea", "select")]
    ref = rng.choice(fields or [1])
    name = rng.choices(("type", "select", "answer", "press"), (12, 3, 0.3, 1))[0]
    words = text(rng)
    return Action(name, (words,) if name in ("answer", "press") else (ref, words))


def wrong_arguments(rng: random.Random, context: Context) -> Action:
    """A known action with too many, too few or wrong kinds of arguments."""
    pool = (*NUMBERS, *OTHERS, "text")
    arguments = tuple(rng.choice(pool) for _ in range(rng.randint(0, 4)))
    return Action(rng.choice([*ACTIONS, "invalid"]), cast(Any, arguments))


def no_action(rng: random.Random, context: Context) -> Action:
    """Text that a model wrote in place of an action, or an unknown name."""
    source = str(plausible(rng, context))
    at, end = sorted(rng.choices(range(len(source) + 1), k=2))
    return rng.choice(
        (
            read(source[:at] + source[end:]),
            read(source[:at] + rng.choice(ODD) + source[at:]),
            read(rng.choice(("(", "[", "click(", "-", "'", "\\")) * rng.choice((1, 50, 19_000))),
            read(text(rng)),
            read(f"I will {source} because it is right."),
            read(f"{rng.choice(list(ACTIONS))}(*[{source}], **{{}})"),
            read("__import__('os').system('true')"),
            Action(rng.choice(("", "eval", "Click", "click ", "__class__", "\ud800", "x" * 9999))),
            Action("invalid", (text(rng),)),
        )
    )


def elsewhere(rng: random.Random, context: Context) -> Action:
    """Addresses, which task pages have not."""
    return rng.choice((actions.back(), actions.goto(rng.choice((*ADDRESSES, text(rng))))))


def chord(rng: random.Random, context: Context) -> Action:
    """Keys that a browser takes for itself, and keys that do not exist."""
    held = rng.sample(MODIFIERS, rng.randint(0, 3))
    return actions.press(rng.choice((rng.choice(CHORDS), "+".join([*held, rng.choice(KEYS)]))))


def text(rng: random.Random) -> str:
    """Any text: odd, of any characters, empty, or very long."""
    anything = (chr(rng.randrange(0x110000)) for _ in range(rng.randint(1, 40)))
    return rng.choices(
        (
            rng.choice(ODD),
            "".join(rng.choices(ODD, k=5)),
            "".join(anything),
            rng.choice(ODD) * rng.choice((100, 1000)),
            "a" * rng.choice((500, 5_000, 19_000, 100_000)),
            "",
        ),
        (6, 4, 6, 1, 0.3, 1),
    )[0]
