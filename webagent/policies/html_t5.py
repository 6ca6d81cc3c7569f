"""The learned policy: an HTML-T5 reads the instruction and the page, and writes an action."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from webagent.actions import ACTIONS
from webagent.examples import model_input
from webagent.nn.checkpoint import load
from webagent.nn.constrain import grammar_of
from webagent.nn.generate import generate
from webagent.nn.tokenizer import load as load_tokenizer
from webagent.nn.vocabulary import END
from webagent.nn.weights import weights
from webagent.types import Context, Decision, Json

CARD = "training.json"  # what training says of the model: track, recipe, data
LIVE = ("goto", "back")  # no task page has an address bar
LONGEST_ACTION = 96  # tokens


class HtmlT5Policy:
    """Plays from a model folder. `longest` is how many tokens of a page are read.

    Raises `PolicyError` if the folder holds no model.
    """

    def __init__(
        self,
        folder: Path,
        longest: int = 1024,
        actions: Collection[str] = tuple(name for name in ACTIONS if name not in LIVE),
    ) -> None:
        self._weights = weights(load(folder).model)
        self._tokenizer = load_tokenizer(folder)
        self._grammar = grammar_of(self._tokenizer, actions)
        self._longest = longest
        self.card = read_card(folder)

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        """The most likely action of each context, by one batch of the model."""
        read = [model_input(context) for context in contexts]
        sources = self._tokenizer.encode_many([one.text for one in read])
        pages = [[*source[: self._longest - 1].tolist(), END] for source in sources]
        numbers = [frozenset(one.numbers.values()) for one in read]
        answers = generate(self._weights, pages, LONGEST_ACTION, self._grammar, numbers)
        texts = [self._tokenizer.decode(answer) for answer in answers]
        return [Decision(one.action(text)) for one, text in zip(read, texts, strict=True)]


def is_model(folder: Path) -> bool:
    """Whether a folder looks like one that training wrote."""
    return (folder / "config.json").is_file()


def read_card(folder: Path) -> Mapping[str, Json]:
    """What training says of the model; empty for a model from elsewhere."""
    file = folder / CARD
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}
