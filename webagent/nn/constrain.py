"""The action grammar as an automaton over tokens: what a model may write next.

It is derived from the signatures in `webagent.actions`. A token is judged by its text,
character by character, so any vocabulary will do; an element is named by one token `⟨3⟩`,
and only numbers of elements on the page pass. `actions.parse` reads all that is let through,
once the numbers are refs again.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from webagent.actions import ACTIONS, MODIFIERS, NAMED_KEYS
from webagent.examples import MARKERS
from webagent.nn.tokenizer import HtmlTokenizer
from webagent.nn.vocabulary import END

REFS = ("ref", "source", "target")  # parameters that name an element
DIGITS = 9  # of a whole number; the language takes up to 10**9

_NUMBER = re.compile(r"⟨(\d+)⟩")
_HEX = frozenset("0123456789abcdefABCDEF")
_ESCAPED = frozenset('"\\nrt')
_KEYS = (*NAMED_KEYS, *(f"{modifier}+" for modifier in MODIFIERS))
_WHOLE = "whole"  # memory of a key slot behind an escaped key


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of an action that the model fills: kind is ref, text, key or number."""

    kind: str


Part: TypeAlias = "str | Slot"


@dataclass(frozen=True, slots=True)
class State:
    """A place in an action: `here` is what is being written, `parts` what comes behind it.

    `memory` is, in text, an escape begun; in a key or a number, what is there of it; before
    an action, what is there of its name.
    """

    here: Part
    parts: tuple[Part, ...] = ()
    memory: str = ""


HEAD, HEAD_WITHOUT_REFS = Slot("action"), Slot("action without ref")
FINISHED = State("")


@dataclass(frozen=True, slots=True)
class Step:
    """What may follow a state: tokens in rising order, the state behind each, and how many
    tokens an action needs from there at least, the end token included.
    """

    tokens: NDArray[np.int64]
    after: tuple[State, ...]
    needs: NDArray[np.int64]


def template(name: str) -> tuple[Part, ...]:
    """An action's fixed text and slots: `("press(", '"', Slot("key"), '")')`."""
    parts: list[Part] = [f"{name}("]
    glue = ""
    for parameter in inspect.signature(ACTIONS[name]).parameters.values():
        if parameter.name in REFS:
            kind, quote = "ref", ""
        elif str(parameter.annotation) == "int":
            kind, quote = "number", ""
        else:
            kind, quote = "key" if parameter.name == "key" else "text", '"'
        parts += [text for text in (glue + quote,) if text] + [Slot(kind)]
        glue = f"{quote}, "
    return (*parts, glue.removesuffix(", ") + ")")


class Grammar:
    """The automaton for one vocabulary.

    `texts` are the tokens' texts by id, "" for one that no action may hold; `end` is the id
    of the end token. `actions` are the names that may be used, by default all. `joining` are
    the tokens that go on a word; if there are any, another token that starts with a letter
    has a space before it when it follows a letter. Raises `ValueError` if the vocabulary
    cannot write the actions.
    """

    def __init__(
        self,
        texts: Sequence[str],
        end: int,
        actions: Collection[str] = tuple(ACTIONS),
        joining: Collection[int] = (),
    ) -> None:
        unknown = sorted(set(actions) - set(ACTIONS))
        if unknown or not actions:
            raise ValueError(f"No actions are called {unknown}; there are {list(ACTIONS)}.")
        self.end = end
        self._templates = [template(name) for name in ACTIONS if name in actions]
        barred = {*MARKERS, ""}
        self._texts = {id: text for id, text in enumerate(texts) if text not in barred}
        self._joining = frozenset(joining)
        self._starts = {text: id for id, text in self._texts.items() if id not in self._joining}
        self._inside = {text: id for id, text in self._texts.items() if id in self._joining}
        self._by_first: dict[str, list[int]] = {}
        for id, text in self._texts.items():
            self._by_first.setdefault(text[0], []).append(id)
        self._longest = max(map(len, self._texts.values()), default=0)
        self._steps: dict[State, Step] = {FINISHED: _step({end: (FINISHED, 0)})}
        self._check()

    @cached_property
    def numbers(self) -> Mapping[int, int]:
        """Element number -> token id."""
        found = ((_NUMBER.fullmatch(text), token) for text, token in self._starts.items())
        return {int(match[1]): token for match, token in found if match}

    def begin(self, numbers: Collection[int]) -> State:
        """The state before an action on a page whose elements have these numbers."""
        known = any(number in self.numbers for number in numbers)
        return State(HEAD if known else HEAD_WITHOUT_REFS)

    def allowed(self, state: State, numbers: Collection[int], budget: int) -> NDArray[np.int64]:
        """The tokens that may follow, such that `budget` tokens are enough for the rest of
        the action: these, and the end token, which is all that may follow a finished one.
        Empty only if the budget was too small from the start.
        """
        if isinstance(state.here, Slot) and state.here.kind == "ref":
            ids = {self.numbers[number] for number in numbers if number in self.numbers}
            return np.array(sorted(ids), dtype=np.int64)
        step = self._step(state)
        return step.tokens[step.needs < budget]

    def after(self, state: State, token: int) -> State:
        """The state behind an allowed token."""
        if isinstance(state.here, Slot) and state.here.kind == "ref":
            return _enter(state.parts)
        step = self._step(state)
        return step.after[int(np.searchsorted(step.tokens, token))]

    def needs(self, state: State) -> int:
        """How many tokens the rest of an action takes at least, the end token included."""
        parts = [state.here, *state.parts]
        if state.here in (HEAD, HEAD_WITHOUT_REFS):
            return min(
                1 + sum(self._least(part) for part in (head, *parts))
                for head, parts in self._heads(state)
            )
        return 1 + self._least(parts[0], state.memory) + sum(map(self._least, parts[1:]))

    def _check(self) -> None:
        """Whether the vocabulary has what a way to the end of each state needs."""
        fixed = {part for one in self._templates for part in one if isinstance(part, str)}
        wanted = [*sorted(fixed), *_KEYS, *"01n"]
        missing = [text for text in wanted if not self._spelling(text)]
        if any(Slot("ref") in one for one in self._templates) and not self.numbers:
            missing.append("⟨0⟩")
        if missing:
            raise ValueError(f"The vocabulary lacks tokens that actions need: {missing}")

    def _heads(self, state: State) -> list[tuple[str, tuple[Part, ...]]]:
        """What is left of each possible action's name, and what follows it."""
        return [
            (str(one[0])[len(state.memory) :], one[1:])
            for one in self._templates
            if str(one[0]).startswith(state.memory)
            and (state.here == HEAD or Slot("ref") not in one)
        ]

    def _least(self, part: Part, memory: str = "") -> int:
        if isinstance(part, str):
            return len(self._spelling(part))
        if part.kind == "text":
            return len(memory)  # an escape: at most a token for each character it lacks
        if part.kind == "number":
            return int(memory in ("", "-"))
        if part.kind == "key":
            return self._key_needs(memory)
        return 1

    def _key_needs(self, memory: str) -> int:
        if memory in (*NAMED_KEYS, _WHOLE) or (len(memory) == 1 and memory != "\\"):
            return 0
        if memory in ("", "\\"):
            return 1
        ends = [key[len(memory) :] for key in _KEYS if key.startswith(memory)]
        return min(len(self._spelling(end, memory)) + end.endswith("+") for end in ends)

    def _spelling(self, text: str, before: str = "") -> list[str]:
        """The text in tokens, the longest first; empty if it cannot be written."""
        found: list[str] = []
        while text:
            token = self._prefix(text, before)[0]
            if not token:
                return []
            found.append(token)
            before, text = token, text[len(token) :]
        return found

    def _prefix(self, text: str, before: str = "") -> tuple[str, int]:
        """The longest token, text and id, that the text starts with where it stands behind
        `before`; "" if there is none.
        """
        inside = bool(self._joining) and _letters_meet(before, text)
        known = self._inside if inside else self._starts
        for length in range(min(self._longest, len(text)), 0, -1):
            if text[:length] in known:
                return text[:length], known[text[:length]]
        return "", -1

    def _step(self, state: State) -> Step:
        if state not in self._steps:
            self._steps[state] = self._make_step(state)
        return self._steps[state]

    def _make_step(self, state: State) -> Step:
        if isinstance(state.here, str):
            text, id = self._prefix(state.here)
            following = {id: _run(state, text)}
        elif state.here in (HEAD, HEAD_WITHOUT_REFS):
            following = self._name(state)
        else:
            following = self._fill(state)
        return _step(
            {id: (after, self.needs(after)) for id, after in following.items() if after is not None}
        )

    def _name(self, state: State) -> dict[int, State | None]:
        following: dict[int, State | None] = {}
        for rest, parts in self._heads(state):
            text, id = self._prefix(rest, state.memory)
            longer = State(state.here, (), state.memory + text)
            following[id] = _enter(parts) if text == rest else longer
        return following

    def _fill(self, state: State) -> dict[int, State | None]:
        """The tokens that a slot may go on with.

        Where a token ends inside fixed text and a longer one covers more of it, only the
        longer one passes: that is how a tokenizer writes it.
        """
        assert isinstance(state.here, Slot)
        following: dict[int, State | None] = {}
        for first, ids in self._by_first.items():
            if _character(state, first) is None:
                continue
            for id in ids:
                text = self._texts[id]
                if self._joining and id not in self._joining and _letter_before(state, text):
                    continue
                after = None if _NUMBER.fullmatch(text) else _run(state, text)
                if after is not None and not self._extended(text, after):
                    following[id] = after
        return following

    def _extended(self, text: str, after: State) -> bool:
        fixed = after.here if isinstance(after.here, str) else ""
        return any(text + fixed[:end] in self._starts for end in range(1, len(fixed) + 1))


def grammar_of(tokenizer: HtmlTokenizer, actions: Collection[str] = tuple(ACTIONS)) -> Grammar:
    """The automaton for a tokenizer of this package."""
    return Grammar(tokenizer.texts(), END, actions, tokenizer.joining())


def _letters_meet(before: str, text: str) -> bool:
    pair = before[-1:] + text[:1]
    return len(pair) == 2 and pair.isascii() and pair.isalpha()


def _letter_before(state: State, text: str) -> bool:
    """Whether an implied space before this text would break a key or an escape."""
    assert isinstance(state.here, Slot)
    kind, memory = state.here.kind, state.memory
    if kind == "key":
        return memory != _WHOLE and _letters_meet(memory, text)
    return kind == "text" and memory.endswith("a") and _letters_meet("a", text)


def _step(following: Mapping[int, tuple[State, int]]) -> Step:
    tokens = sorted(following)
    return Step(
        np.array(tokens, dtype=np.int64),
        tuple(following[token][0] for token in tokens),
        np.array([following[token][1] for token in tokens], dtype=np.int64),
    )


def _enter(parts: tuple[Part, ...]) -> State:
    return State(parts[0], parts[1:]) if parts else FINISHED


def _run(state: State, text: str) -> State | None:
    """The state behind some characters, or None where they may not stand."""
    if state.here == Slot("text") and not state.memory and _plain(text):
        return state
    current: State | None = state
    for character in text:
        current = _character(current, character)
        if current is None:
            return None
    return current


def _plain(text: str) -> bool:
    return '"' not in text and "\\" not in text and text.isprintable()


def _character(state: State, character: str) -> State | None:
    if isinstance(state.here, str):
        if not state.here.startswith(character):
            return None
        rest = state.here[1:]
        return State(rest, state.parts) if rest else _enter(state.parts)
    if not character.isprintable():
        return None
    rules = {"text": _text, "key": _key, "number": _number}
    rule = rules.get(state.here.kind)
    memory = rule(state.memory, character) if rule else None
    if memory is not None:
        return State(state.here, state.parts, memory)
    if rule and _closed(state):
        return _character(_enter(state.parts), character)
    return None


def _closed(state: State) -> bool:
    """Whether what stands in the slot may end here."""
    assert isinstance(state.here, Slot)
    if state.here.kind == "text":
        return not state.memory
    if state.here.kind == "number":
        return state.memory not in ("", "-")
    single = len(state.memory) == 1 and state.memory != "\\"
    return single or state.memory in (*NAMED_KEYS, _WHOLE)


def _text(memory: str, character: str) -> str | None:
    """Memory is "\\" behind a backslash; in an escape, a letter for each digit to come, the
    last one "a" where a letter was written last.
    """
    if memory == "\\":
        return "" if character in _ESCAPED else {"x": "ha", "u": "hhha"}.get(character)
    if memory:
        left = len(memory) - 1
        last = "a" if character.isalpha() else "h"
        return (("h" * (left - 1) + last) if left else "") if character in _HEX else None
    if character == '"':
        return None
    return "\\" if character == "\\" else ""


def _key(memory: str, character: str) -> str | None:
    """Memory is what is there of the last key of a combination."""
    if memory == _WHOLE:
        return None
    if memory == "\\":
        return _WHOLE if character in '"\\' else None
    if character == "\\":
        return None if memory else "\\"
    if character == '"':
        return None
    longer = memory + character
    if longer.endswith("+") and longer in _KEYS:
        return ""
    known = len(longer) == 1 or any(key.startswith(longer) for key in _KEYS)
    return longer if known else None


def _number(memory: str, character: str) -> str | None:
    """Memory is the sign, a zero, or a 1 for each digit."""
    if character == "-":
        return None if memory else "-"
    if character not in "0123456789" or memory == "0" or memory.count("1") == DIGITS:
        return None
    if memory in ("", "-"):
        return "0" if character == "0" else "1"
    return memory + "1"
