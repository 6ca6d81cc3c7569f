"""What a model may answer when it plans or writes a program, token by token."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webagent.examples import CALL, ELEMENTS, MARKERS
from webagent.nn.constrain import FINISHED, Grammar, State
from webagent.nn.tokenizer import HtmlTokenizer
from webagent.nn.vocabulary import END, NUMBERED

MOST_NAMED = 64  # elements that one plan names


@dataclass(frozen=True, slots=True)
class Writing:
    """A place in a program: within a call, or behind it. `page` are the elements' numbers."""

    call: State
    page: frozenset[int]


class ProgramGrammar:
    """Calls of the action language, one after the other."""

    def __init__(self, actions: Grammar, tokenizer: HtmlTokenizer) -> None:
        self.end = actions.end
        self._actions = actions
        self._next = tokenizer.texts().index(CALL)

    def begin(self, numbers: Collection[int]) -> Writing:
        return Writing(self._actions.begin(numbers), frozenset(numbers))

    def allowed(self, state: Writing, numbers: Collection[int], budget: int) -> NDArray[np.int64]:
        if state.call != FINISHED:
            return self._actions.allowed(state.call, numbers, budget)
        again = 1 + self._actions.needs(self._actions.begin(state.page)) <= budget
        return np.array(sorted([self.end, *([self._next] if again else [])]), np.int64)

    def after(self, state: Writing, token: int) -> Writing:
        if state.call == FINISHED:
            return self.begin(state.page) if token == self._next else state
        return Writing(self._actions.after(state.call, token), state.page)


@dataclass(frozen=True, slots=True)
class Planning:
    """A place in a plan: in the sub-instruction while `named` is None, then these elements."""

    words: int = 0
    named: frozenset[int] | None = None


class PlanGrammar:
    """A sub-instruction in free words, then elements of the page, each once."""

    def __init__(self, tokenizer: HtmlTokenizer) -> None:
        self.end = END
        texts = tokenizer.texts()
        self._elements = texts.index(ELEMENTS)
        barred = {END, *NUMBERED, *(texts.index(one) for one in MARKERS)}
        words = [id for id, text in enumerate(texts) if text and id not in barred]
        self._words = np.array(words, np.int64)
        self._behind = np.sort(np.append(self._words, [END, self._elements]))

    def begin(self, numbers: Collection[int]) -> Planning:
        return Planning()

    def allowed(self, state: Planning, numbers: Collection[int], budget: int) -> NDArray[np.int64]:
        if budget <= 1:
            return np.array([END], np.int64)
        if state.named is None and not state.words:
            return self._words
        if state.named is None:
            return self._behind
        left = {NUMBERED.start + number for number in numbers} - state.named
        if len(state.named) >= MOST_NAMED:
            left = set[int]()
        return np.array(sorted({END, *left}), np.int64)

    def after(self, state: Planning, token: int) -> Planning:
        if token == self._elements:
            return Planning(state.words, frozenset())
        if state.named is None:
            return Planning(state.words + 1)
        return Planning(state.words, state.named | {token})
