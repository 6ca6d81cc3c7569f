"""The learned policy: an HTML-T5 reads the instruction and the page, and writes an action."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

from webagent.actions import ACTIONS
from webagent.examples import model_input
from webagent.nn.checkpoint import load
from webagent.nn.constrain import grammar_of
from webagent.nn.encoder import Front
from webagent.nn.generate import generate
from webagent.nn.precision import fastest, named
from webagent.nn.source import Reader
from webagent.nn.tokenizer import load as load_tokenizer
from webagent.nn.weights import weights
from webagent.policies.models import longest_page, read_card, reads_mentions
from webagent.types import Context, Decision

LIVE = ("goto", "back")  # no task page has an address bar
LONGEST_ACTION = 400  # tokens: on a wiki, texts of a page are typed


class HtmlT5Policy:
    """Plays from a model folder. `longest` is how many tokens of a page are read; by default
    as many as of the longest page that the model has learnt from.

    With a `temperature` above zero it samples its answers. What it draws follows from `seed`
    and the context alone, so a run repeats, and another seed gives other answers. Raises
    `PolicyError` if the folder holds no model.
    """

    def __init__(
        self,
        folder: Path,
        longest: int | None = None,
        actions: Collection[str] = tuple(name for name in ACTIONS if name not in LIVE),
        temperature: float = 0.0,
        seed: int = 0,
    ) -> None:
        precision = fastest()
        self._weights = weights(load(folder, precision).model)
        self._tokenizer = load_tokenizer(folder)
        self._grammar = grammar_of(self._tokenizer, actions)
        self._reader = Reader(self._tokenizer, longest or longest_page(folder))
        self._mentions = reads_mentions(folder)
        self._temperature = temperature
        self._seed = seed
        self.card = {**read_card(folder), "precision": named(precision)}

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        """The most likely action of each context, or one drawn, by one batch of the model."""
        return self.answer(contexts)

    def answer(self, contexts: Sequence[Context], front: Front | None = None) -> list[Decision]:
        """As `act`, with what stands before each context's text."""
        read = [model_input(context, mentions=self._mentions) for context in contexts]
        sources = self._reader.read([one.text for one in read])
        seeds = [
            _seed(self._seed, context, one.text)
            for context, one in zip(contexts, read, strict=True)
        ]
        answers = generate(
            self._weights, sources.tokens, LONGEST_ACTION, self._grammar, sources.numbers,
            self._temperature, seeds, front, self._reader.words(sources),
        )  # fmt: skip
        texts = [self._tokenizer.decode(answer) for answer in answers]
        return [Decision(one.action(text)) for one, text in zip(read, texts, strict=True)]


def _seed(seed: int, context: Context, text: str) -> int:
    """A number for what is drawn, from all that the model reads, the task and the step."""
    state = f"{seed}/{context.task}/{len(context.history)}/{text}"
    return int.from_bytes(hashlib.sha256(state.encode("utf-8", "replace")).digest()[:8])
