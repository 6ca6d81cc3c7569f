"""How a context becomes the text that a model reads, and what its answer means.

A model answers one of three questions: what to do next, what the next sub-instruction is and
which elements matter to it ("plan: "), and what program carries a sub-instruction out on the
snippet of those elements ("write: "). Training and policies share this one place, so that a
model plays on what it has learnt from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from itertools import groupby

from webagent.actions import Action, read
from webagent.colours import with_names
from webagent.mentions import marked
from webagent.types import Context, Step

MARKERS = ("<task>", "<did>", "<error>", "<page>")
PLAN, WRITE = "plan: ", "write: "  # stand before the instruction
CALL, ELEMENTS = "<did>", "<page>"  # in answers: between a program's calls, before elements
NUMBERS = 1024  # elements of one page that a model can name
HISTORY = 32  # past actions that are told
LOOKS = ("hover", "hover_at", "scroll")  # leave to be done what they are done for
LABEL = 24  # characters of an element that has gone, told in its place

# Of a dialog, which has eight; the three of a text area are there to be dragged.
_EDGES = re.compile(r'(?:<div[^>]* class="ui-resizable-handle[^"]*"[^>]*></div>){4,}')
_TAG_REF = re.compile(r'(<[a-z][\w:-]*) ref="(\d+)"')
_UNTOLD = re.compile(r' (?:transform|stroke|stroke-width)="[^"]*"')
_GEOMETRY = re.compile(r' (?:[cdr]?[xyr]|[xy][12]|d|points|width|height|viewBox)="[^"]*"')
_DECIMALS = re.compile(r"(\d\.\d)\d+")
_NUMBER = re.compile(r"⟨(\d+)⟩")
_LABELLED = re.compile(r"⟨(\d+)⟩([^<>]*)>([^<>]*)")
_NAMED = re.compile(r' (?:id|title|placeholder|value|class|href|fill)="([^"]{1,24})"')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_PLAIN = str.maketrans({"⟨": "(", "⟩": ")"})
_ESCAPED = str.maketrans({"⟨": "(", "⟩": ")", "<": "&lt;"})


@dataclass(frozen=True)
class ModelInput:
    """What a model reads of a context.

    `text` is `<task>instruction<did>action…<error>message<page>html`; an action that failed
    has `<error>` behind it too. Elements are numbered in page order from `start` and written
    as `⟨number⟩`, one token each; `refs` holds the page's refs in that order.
    """

    text: str
    refs: Sequence[int]
    start: int = 0

    @cached_property
    def numbers(self) -> Mapping[int, int]:
        """Ref -> number."""
        return {ref: self.start + index for index, ref in enumerate(self.refs)}

    def target(self, action: Action) -> str | None:
        """The text of an action, with numbers in place of refs.

        None if it names an element that the model was not shown.
        """
        return _numbered(str(action), action, self.numbers)

    def program(self, calls: Sequence[Action]) -> str | None:
        """The text of a program that makes these calls; None if one names what is not shown."""
        texts = [self.target(call) for call in calls]
        return CALL.join(text for text in texts if text) if all(texts) else None

    def plan(self, instruction: str, refs: Collection[int]) -> str | None:
        """The text of a sub-instruction and the elements that matter to it, in page order."""
        if any(ref not in self.numbers for ref in refs):
            return None
        named = "".join(f"⟨{self.numbers[ref]}⟩" for ref in self.refs if ref in refs)
        return plan_text(instruction) + named

    def labels(self) -> list[tuple[str, int]]:
        """What the page's elements say or are called, and their numbers; no label twice."""
        found: list[tuple[str, int]] = []
        for one in _LABELLED.finditer(self._page):
            named = _NAMED.search(one[2])
            if label := one[3].strip()[:LABEL] or (named[1] if named else ""):
                found.append((label, int(one[1])))
        counts = Counter(label for label, _ in found)
        return [(label, number) for label, number in found if counts[label] == 1]

    def action(self, text: str) -> Action:
        """The action that a model's answer means. What is none of the language is `invalid`."""
        return read(self._refs_for(text))

    def read_program(self, text: str) -> str:
        """The source, a call a line, of the program that a model's answer means."""
        pieces = _split_strings(text)
        lines = [one if quoted else one.replace(CALL, "\n") for one, quoted in pieces]
        return self._refs_for("".join(lines))

    def read_plan(self, text: str) -> tuple[str, tuple[int, ...]]:
        """The sub-instruction and the refs that a model's answer means."""
        said, _, named = text.partition(ELEMENTS)
        refs = (self._ref(int(found[1])) for found in _NUMBER.finditer(named))
        return said.replace("&lt;", "<").strip(), tuple(one for one in refs if one is not None)

    @property
    def _page(self) -> str:
        return self.text[self.text.index("<page>") :]

    def _refs_for(self, text: str) -> str:
        """The text with refs in place of numbers, but for what is quoted."""

        def ref(found: re.Match[str]) -> str:
            known = self._ref(int(found[1]))
            return found[0] if known is None else str(known)

        parts = _split_strings(text)
        return "".join(one if quoted else _NUMBER.sub(ref, one) for one, quoted in parts)

    def _ref(self, number: int) -> int | None:
        index = number - self.start
        return self.refs[index] if 0 <= index < len(self.refs) else None


def plan_text(instruction: str) -> str:
    """What stands before the elements of a plan that says this sub-instruction."""
    return instruction.translate(_ESCAPED) + ELEMENTS


def write_input(context: Context, start: int = 0, *, mentions: bool = True) -> ModelInput:
    """The text that asks for a program: the context's instruction is the sub-instruction, its
    page the snippet, its history what was done for the same sub-instruction before.
    """
    return _asked(context, WRITE, context.history, start, mentions)


def plan_input(
    context: Context, said: Sequence[str], start: int = 0, *, mentions: bool = True
) -> ModelInput:
    """The text that asks for the next sub-instruction; `said` are those given before. One that
    was repeated is told once: how many programs served it tells nothing.
    """
    return _asked(context, PLAN, [one for one, _ in groupby(said)], start, mentions)


def model_input(context: Context, start: int = 0, *, mentions: bool = True) -> ModelInput:
    """The text that asks for the next action. Elements past number 1,023 are shown without
    a number. With `mentions`, the instruction says which elements it mentions
    (`webagent.mentions`).

    Training draws `start` at random, so that no number is learnt by heart.
    """
    return _asked(context, "", context.history, start, mentions)


def _asked(
    context: Context, question: str, past: Sequence[Step | str], start: int, mentions: bool
) -> ModelInput:
    html = _UNTOLD.sub("", _EDGES.sub("", context.observation.html.translate(_PLAIN)))
    html = with_names(_GEOMETRY.sub(lambda found: _DECIMALS.sub(r"\1", found[0]), html))
    refs: list[int] = []

    def number(found: re.Match[str]) -> str:
        if start + len(refs) >= NUMBERS:
            return found[1]
        refs.append(int(found[2]))
        return f"{found[1]}⟨{start + len(refs) - 1}⟩"

    page = _TAG_REF.sub(number, html)
    numbers = {ref: start + index for index, ref in enumerate(refs)}
    did = "".join(f"<did>{_told(one, numbers)}" for one in past[-HISTORY:])
    error = context.observation.error
    wrong = f"<error>{error.translate(_ESCAPED)}" if error else ""
    steps = context.history[-HISTORY:]
    said = _instruction_text(context.instruction, page if mentions else None, steps, numbers)
    instruction = question + said
    return ModelInput(f"<task>{instruction}{did}{wrong}<page>{page}", refs, start)


def _instruction_text(
    instruction: str, page: str | None, past: Sequence[Step], numbers: Mapping[int, int]
) -> str:
    """The instruction as text, marked with what it mentions of the page, if there is one, and
    with what of that was acted on.
    """
    said = instruction.translate(_PLAIN)
    if page is not None:
        acted = [one for one in past if not one.error and one.decision.action.name not in LOOKS]
        refs = {ref for step in acted for ref in step.decision.action.refs}
        done = {numbers[ref] for ref in refs if ref in numbers}
        gone = [text for step in acted for text in _gone(step, numbers)]
        said = marked(said, page, done, gone)
    return said.replace("<", "&lt;")


def _gone(step: Step, numbers: Mapping[int, int]) -> Iterator[str]:
    """What an action typed into an element that the page has no more, and what that said."""
    action = step.decision.action
    if action.ref is not None and action.ref not in numbers:
        yield unescape(_label(step))
        yield from (one for one in action.args if isinstance(one, str))


def ref_count(html: str) -> int:
    """How many elements of a page carry a ref."""
    return sum(1 for _ in _TAG_REF.finditer(html))


def _told(past: Step | str, numbers: Mapping[int, int]) -> str:
    """A sub-instruction, or an action; of an element that has gone, what it said."""
    if isinstance(past, str):
        return past.translate(_ESCAPED)
    action = past.decision.action
    text = str(action)[:200].translate(_ESCAPED)
    numbered = _numbered(text, action, numbers)
    if numbered is None:
        rest = f", {_STRING.findall(text)[0]}" if _STRING.search(text) else ""
        numbered = f"{action.name}({_label(past)[:LABEL].translate(_ESCAPED)}{rest})"
    return f"{numbered}<error>" if past.error else numbered


def _label(step: Step) -> str:
    ref = step.decision.action.ref
    found = re.search(rf'<[a-z][\w:-]* ref="{ref}"([^>]*)>([^<]*)', step.observation.html)
    if not found:
        return ""
    named = re.search(r' (?:title|id)="([^"]*)"', found[1])
    return found[2].strip() or (named[1] if named else "")


def _numbered(text: str, action: Action, numbers: Mapping[int, int]) -> str | None:
    """`text` with the refs that the action names as numbers; None if one has none."""
    refs = action.refs
    if not refs:
        return text
    if any(ref not in numbers for ref in refs):
        return None
    head, tail = text[: text.index("(") + 1], text[text.index("(") + 1 :]
    shown = ", ".join(str(ref) for ref in refs)
    return head + ", ".join(f"⟨{numbers[ref]}⟩" for ref in refs) + tail[len(shown) :]


def _split_strings(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a string literal."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in _STRING.finditer(text):
        pieces += [(text[end : found.start()], False), (found[0], True)]
        end = found.end()
    return [*pieces, (text[end:], False)]
