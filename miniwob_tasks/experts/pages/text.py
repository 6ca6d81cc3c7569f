"""Pages that end with a text typed or a field focused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from miniwob_tasks.experts.expert import decide
from miniwob_tasks.experts.form import button, fill, find, first, inputs, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Page, read
from webagent import actions
from webagent.types import Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert


def focus_text(context: Context) -> Decision:
    """Click the only text field, or the one whose place the instruction gives."""
    fields = inputs(read(context.observation.html), "text")
    place = re.search(r"(\d)(?:st|nd|rd) input", context.instruction)
    return first(press(fields[int(place[1]) - 1 if place else 0]))


def enter_time(context: Context) -> Decision:
    """Turn a time such as 1:05 PM into 13:05."""
    hour, minute, half = find(r"Enter (\d+):(\d+)\s*([AP]M)", context.instruction).groups()
    time = f"{int(hour) % 12 + (12 if half == 'PM' else 0):02}:{minute}"
    page = read(context.observation.html)
    field = named(page, "tt")
    typed = fill(field, time)
    return first(typed, press(button(page, "Submit")))


def read_table_2(context: Context) -> Decision:
    """Fill each field with the value that the table has for its label."""
    page = read(context.observation.html)
    values = _table(page)
    steps = [
        fill(named(page, f"tt{number}"), values[label.text.rstrip(":")])
        for number in (1, 2)
        if (label := named(page, f"ll{number}"))
    ]
    return first(*steps, press(button(page, "Submit")))


def sign_agreement(context: Context) -> Decision:
    """Sign at the end of the text, if that is asked for, and press a button."""
    page = read(context.observation.html)
    signed = re.search(r'enter the name "(.+)" then press "(\w+)"', context.instruction)
    if signed is None:
        return first(press(button(page, "Cancel")))
    field, text = named(page, "name"), named(page, "text-area")
    if field and text and text.ref is not None and "disabled" in field.attrs:
        return first(actions.scroll(text.ref, END))
    return first(fill(field, signed[1]), press(button(page, signed[2])))


def scroll_text(context: Context) -> Decision:
    """Scroll to an end of the text, once, then submit."""
    page = read(context.observation.html)
    text = named(page, "text-area")
    scrolled = any(step.decision.action.name == "scroll" for step in context.history)
    if text and text.ref is not None and not scrolled:
        down = "bottom" in context.instruction
        return first(actions.scroll(text.ref, END if down else -END))
    return first(press(button(page, "Submit")))


def answered(answer: Callable[[Page, str], str]) -> Expert:
    """Type into the only text field what `answer` makes of page and instruction; submit."""

    def answering(context: Context) -> Decision:
        page = read(context.observation.html)
        field = next(iter(inputs(page, "text")), None)
        return first(fill(field, answer(page, context.instruction)), press(button(page, "Submit")))

    return answering


def _changed_case(page: Page, instruction: str) -> str:
    text, case = find(r'Type "(.+)" in all (upper|lower) case', instruction).groups()
    return text.upper() if case == "upper" else text.lower()


def _word(page: Page, instruction: str) -> str:
    paragraph = page.first(lambda one: one.tag == "p")
    words = paragraph.text.split() if paragraph else []
    place = int(find(r"Find the (\d+)(?:st|nd|rd|th) word", instruction)[1])
    return re.sub("[^a-zA-Z]", "", words[place - 1])


def _last_word(page: Page, instruction: str) -> str:
    text = named(page, "text-area")
    return re.sub("[^a-zA-Z]", "", text.text.split()[-1]) if text else ""


def _value(page: Page, instruction: str) -> str:
    return _table(page)[find("Enter the value of (.+) into the text field", instruction)[1]]


def _captcha(page: Page, instruction: str) -> str:
    shown = named(page, "captcha")
    return "".join(shown.text.split()) if shown else ""


def _sum(page: Page, instruction: str) -> str:
    a, sign, b = find(r"(\d+) ([-+x]) (\d+) =", _problem(page)).groups()
    return str(_computed(int(a), sign, int(b)))


def _unknown(page: Page, instruction: str) -> str:
    """x in "x + 3 = 10", "3 + x = 10", "x - 3 = 10" or "3 - x = 10"."""
    a, sign, b, result = find(r"(x|\d+) ([-+]) (x|\d+) = (\d+)", _problem(page)).groups()
    if a == "x":
        return str(_computed(int(result), "-" if sign == "+" else "+", int(b)))
    return str(int(result) - int(a) if sign == "+" else int(a) - int(result))


def _blocks(page: Page, instruction: str) -> str:
    return str(len(page.where(lambda one: "addition-block" in one.classes)))


def _computed(a: int, sign: str, b: int) -> int:
    return {"+": a + b, "-": a - b, "x": a * b}[sign]


def _problem(page: Page) -> str:
    shown = named(page, "math-problem")
    return shown.text if shown else ""


def _table(page: Page) -> dict[str, str]:
    """The values of a table of two columns."""
    rows = page.where(lambda one: one.tag == "tr")
    cells = [[cell.text for cell in row.children] for row in rows]
    return {row[0]: row[1] for row in cells if len(row) == 2}


END = 100_000  # pixels; farther than any text is long

PAGES: Mapping[str, Expert] = MappingProxyType(
    {
        "enter-text-2": answered(_changed_case),
        "enter-text-dynamic": decide,
        "enter-time": enter_time,
        "find-word": answered(_word),
        "focus-text": focus_text,
        "focus-text-2": focus_text,
        "multi-orderings": decide,
        "read-table": answered(_value),
        "read-table-2": read_table_2,
        "scroll-text": answered(_last_word),
        "scroll-text-2": scroll_text,
        "sign-agreement": sign_agreement,
        "simple-algebra": answered(_unknown),
        "simple-arithmetic": answered(_sum),
        "text-transform": answered(_captcha),
        "use-autocomplete-nodelay": decide,
        "visual-addition": answered(_blocks),
    }
)
