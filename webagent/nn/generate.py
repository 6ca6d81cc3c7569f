"""Decoding of a batch, a page each: the play loop's hot path.

Each call of the decoder serves all examples. What grammar and words leave no choice about is
taken without asking the model, and goes into the cache together with the next call.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils.rnn import pad_sequence

from webagent.nn.copying import DOUBT
from webagent.nn.decoder import Cache, open_cache, step
from webagent.nn.encoder import Front, encode
from webagent.nn.weights import Weights


class Guide(Protocol):
    """What goes on a copy that an answer has begun, and what likely begins one, such as
    `webagent.nn.copying.Words`.
    """

    def rest(self, tokens: Sequence[int]) -> Collection[int]:
        """The tokens that may follow these, one of which has to; none if any may."""
        ...

    def likely(self, tokens: Sequence[int]) -> Collection[int]:
        """The tokens that likely follow these; none if any may."""
        ...


class Automaton(Protocol):
    """What an answer may be, token by token; `webagent.nn.constrain` has those there are."""

    end: int

    def begin(self, numbers: Collection[int]) -> Any:
        """The state before an answer about a page whose elements have these numbers."""
        ...

    def allowed(self, state: Any, numbers: Collection[int], budget: int) -> NDArray[np.int64]:
        """The tokens that may follow, so that `budget` tokens are enough for the rest."""
        ...

    def after(self, state: Any, token: int) -> Any:
        """The state behind an allowed token."""
        ...


FEW = 256  # allowed tokens, up to which only their rows of the output matrix are used


@dataclass(frozen=True, slots=True)
class _Dice:
    """Draws tokens for one answer: an example is drawn alike in every batch."""

    temperature: float
    random: np.random.Generator

    def draw(self, logits: Tensor) -> int:
        """A place, with the probabilities that the softmax of logits / temperature gives."""
        # the largest of logits with Gumbel noise is such a draw
        noise = self.random.gumbel(scale=self.temperature, size=len(logits))
        return int((logits.float().cpu().numpy() + noise).argmax())


@dataclass(slots=True)
class _Answer:
    """One example on its way. `pending` are tokens that the decoder has not seen yet.
    Without `dice` it takes what is likeliest.
    """

    numbers: Collection[int]
    state: Any
    pending: list[int]
    dice: _Dice | None = None
    words: Guide | None = None
    tokens: list[int] = field(default_factory=list[int])
    seen: int = 0
    done: bool = False

    def allowed(self, grammar: Automaton, limit: int) -> NDArray[np.int64]:
        """What the grammar allows; in a word that is copied, no more than what goes on with it."""
        allowed = grammar.allowed(self.state, self.numbers, limit - len(self.tokens))
        if self.words and (rest := self.words.rest(self.tokens)):
            copied = np.intersect1d(allowed, list(rest))
            return copied if len(copied) else allowed
        return allowed

    def pick(self, logits: Tensor, ids: NDArray[np.int64]) -> int:
        """The one of `ids` whose logit is highest, unlikely ones doubted; or one drawn."""
        if self.dice:
            return int(ids[self.dice.draw(logits)])
        if self.words and (likely := self.words.likely(self.tokens)):
            doubted = ~np.isin(ids, list(likely))
            logits = logits - DOUBT * torch.from_numpy(doubted).to(logits.device)
        return int(ids[int(logits.argmax())])

    def take(self, token: int, end: int, limit: int) -> None:
        if token == end:
            self.done = True
            return
        self.tokens.append(token)
        self.pending.append(token)
        self.done = len(self.tokens) == limit


@torch.inference_mode()
def generate(
    weights: Weights,
    pages: Sequence[Sequence[int]],
    limit: int = 64,
    grammar: Automaton | None = None,
    numbers: Sequence[Collection[int]] | None = None,
    temperature: float = 0.0,
    seeds: Sequence[int] | None = None,
    front: Front | None = None,
    words: Sequence[Guide] | None = None,
) -> list[list[int]]:
    """The most likely next token again and again: token ids for each page, without the end.

    `pages` are token ids, `front` is what stands before them. `limit` counts the end token.
    With a grammar only actions come out, on elements of `numbers`, the element numbers on
    each page; with `words` of each page's instruction, what is begun as one of them is
    finished (`webagent.nn.copying`). Above a temperature of zero, tokens are drawn from those
    allowed; an answer follows from its page's one of `seeds`. Raises `ValueError` if the limit
    is too small for an action.
    """
    if not pages:
        return []
    dice = _all_dice(temperature, seeds, len(pages))
    lengths = torch.tensor([len(page) for page in pages])
    source = pad_sequence([torch.tensor(page) for page in pages], batch_first=True)
    device = weights.embedding.device
    encoded = encode(weights, source.to(device), lengths.to(device), front=front)
    cache = open_cache(weights, encoded)
    answers = [
        _Answer(one, grammar.begin(one) if grammar else None, [weights.shape.start], die, known)
        for one, die, known in zip(
            numbers or [()] * len(pages), dice, words or [None] * len(pages), strict=True
        )
    ]
    for answer in answers:
        _take_forced(answer, grammar, limit)
    while active := [answer for answer in answers if not answer.done]:
        states = _advance(weights, cache, answers)
        for answer, token in zip(
            active, _choose(weights, states, active, grammar, limit), strict=True
        ):
            if grammar:
                answer.state = grammar.after(answer.state, token)
            answer.take(token, weights.shape.end, limit)
            _take_forced(answer, grammar, limit)
    return [answer.tokens for answer in answers]


def _all_dice(
    temperature: float, seeds: Sequence[int] | None, count: int
) -> Sequence[_Dice | None]:
    if not temperature:
        return [None] * count
    if temperature < 0 or seeds is None or len(seeds) != count:
        raise ValueError("Sampling takes a temperature above zero, and a seed for each page.")
    return [_Dice(temperature, np.random.default_rng(seed)) for seed in seeds]


def _take_forced(answer: _Answer, grammar: Automaton | None, limit: int) -> None:
    """Take tokens as long as only one is allowed."""
    while grammar and not answer.done:
        allowed = answer.allowed(grammar, limit)
        if len(allowed) > 1:
            return
        if not len(allowed):
            raise ValueError(f"No action can be written in {limit} tokens; raise the limit.")
        token = int(allowed[0])
        answer.state = grammar.after(answer.state, token)
        answer.take(token, grammar.end, limit)


def _advance(weights: Weights, cache: Cache, answers: Sequence[_Answer]) -> Tensor:
    """Let the decoder see all pending tokens. The last states of examples not yet done."""
    runs = [[] if answer.done else answer.pending for answer in answers]
    most = max(map(len, runs))
    block = torch.tensor([run + [0] * (most - len(run)) for run in runs])
    device = cache.own.device
    states = step(weights, cache, block.to(device), [answer.seen for answer in answers])
    rows = [row for row, run in enumerate(runs) if run]
    last = [len(runs[row]) - 1 for row in rows]
    for answer, run in zip(answers, runs, strict=True):
        answer.seen += len(run)
        answer.pending = []
    return states[torch.tensor(rows, device=device), torch.tensor(last, device=device)]


def _choose(
    weights: Weights,
    states: Tensor,
    answers: Sequence[_Answer],
    grammar: Automaton | None,
    limit: int,
) -> list[int]:
    """The next token of each example, one that is allowed."""
    if grammar is None:
        logits = F.linear(states, weights.head)
        likeliest: list[int] = logits.argmax(-1).tolist()
        return [
            one.dice.draw(row) if one.dice else best
            for one, row, best in zip(answers, logits, likeliest, strict=True)
        ]
    allowed = [one.allowed(grammar, limit) for one in answers]
    if max(map(len, allowed)) > FEW:
        logits = F.linear(states, weights.head)
        return [
            one.pick(_at(row, ids), ids)
            for row, ids, one in zip(logits, allowed, answers, strict=True)
        ]
    union = np.unique(np.concatenate(allowed))
    rows = weights.head.index_select(0, torch.from_numpy(union).to(weights.head.device))
    logits = F.linear(states, rows)
    return [
        one.pick(_at(row, np.searchsorted(union, ids)), ids)
        for row, ids, one in zip(logits, allowed, answers, strict=True)
    ]


def _at(logits: Tensor, places: NDArray[np.int64]) -> Tensor:
    return logits.index_select(0, torch.from_numpy(places).to(logits.device))
