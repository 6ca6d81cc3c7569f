"""What a model is given to read: the first tokens of a text, and what of them it may write."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from webagent.errors import LongPage
from webagent.nn.copying import Copying, Words
from webagent.nn.tokenizer import HtmlTokenizer
from webagent.nn.vocabulary import END, shown


@dataclass(frozen=True, slots=True)
class Sources:
    """A batch: tokens to encode, and the numbers of the elements that each page shows."""

    tokens: Sequence[Sequence[int]]
    numbers: Sequence[frozenset[int]]


class Reader:
    """Reads texts, at most their first `longest` tokens. Warns of those that have more, once."""

    def __init__(self, tokenizer: HtmlTokenizer, longest: int) -> None:
        self._tokenizer = tokenizer
        self._copying = Copying(tokenizer)
        self._longest = longest
        self._warned = False

    def read(self, texts: Sequence[str]) -> Sources:
        """The texts' tokens, an end behind each."""
        read = self._tokenizer.encode_many(texts)
        if not self._warned and any(len(source) >= self._longest for source in read):
            self._warned = True
            warnings.warn(
                f"A page is longer than the {self._longest:,} tokens that this model reads, as it "
                "has learnt from no longer ones: of such pages it sees the beginning alone.",
                LongPage,
                stacklevel=2,
            )
        kept = [source[: self._longest - 1] for source in read]
        return Sources(
            [[*source.tolist(), END] for source in kept],
            [frozenset(shown(source).tolist()) for source in kept],
        )

    def words(self, sources: Sources) -> list[Words]:
        """The words that answers may copy of each."""
        return [self._copying.words(tokens[:-1]) for tokens in sources.tokens]
