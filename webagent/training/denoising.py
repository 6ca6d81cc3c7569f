"""Span corruption: the objective that HTML-T5 is pre-trained with.

Spans of a page are cut out, in the mean `mean` tokens long and together `RATE` of it, and
the model writes them (T5, arXiv 1910.10683, section 3.1.4). HTML-T5 mixes means of 8 and 64
(arXiv 2307.12856, section 3.1), drawn per example here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webagent.nn.vocabulary import END, SENTINELS
from webagent.training.prepared import About, Example, Ids, Prepared

MEANS = (8, 64)
RATE = 0.15
SOURCE, TARGET = 4096, 910  # HTML-T5's limits, in tokens

Positions = NDArray[np.int64]


def denoise(ids: Ids, rng: np.random.Generator, mean: float, rate: float = RATE) -> tuple[Ids, Ids]:
    """The ids with spans replaced by sentinels, and the spans, each behind its sentinel.

    Spans never touch and may lie at either end. Neither part has an end token. Raises
    `ValueError` for fewer than two ids, of which nothing could be left or cut out.
    """
    if len(ids) < 2:
        raise ValueError(f"Nothing can be cut out of {len(ids)} tokens; give at least two.")
    starts, ends = _spans(len(ids), rng, mean, rate)
    sentinels = np.arange(SENTINELS.start, SENTINELS.start + len(starts)).astype(np.uint16)
    before = np.concatenate([[0], ends[:-1]])
    source: list[Ids] = []
    target: list[Ids] = []
    for here, start, end, sentinel in zip(before, starts, ends, sentinels[:, None], strict=True):
        source += [ids[here:start], sentinel]
        target += [sentinel, ids[start:end]]
    source.append(ids[ends[-1] :])
    return np.concatenate(source), np.concatenate(target)


@dataclass(frozen=True, slots=True)
class Denoising:
    """Cut pages as examples to learn from, in the shape of `Prepared`.

    Each draw of a page cuts out other spans and numbers its elements from elsewhere.
    `source` and `target` are the most tokens of an example, with its end token; a longer
    page gives a stretch of itself.
    """

    pages: Prepared
    means: Sequence[float] = MEANS
    rate: float = RATE
    source: int = SOURCE
    target: int = TARGET

    def __len__(self) -> int:
        return len(self.pages)

    @property
    def about(self) -> About:
        return self.pages.about

    @property
    def tasks(self) -> NDArray[np.int64]:
        """All zero: pages belong to one task, that of reading them."""
        return self.pages.tasks

    @property
    def steps(self) -> NDArray[np.int64]:
        return self.pages.steps

    @property
    def wrong(self) -> NDArray[np.bool_]:
        return self.pages.wrong

    @property
    def costs(self) -> NDArray[np.int64]:
        return self.lengths

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each page, or as many of them as an example takes; about the source's."""
        return np.minimum(self.pages.lengths, self._longest)

    def example(self, number: int, draw: float = 0.0) -> Example:
        """An example. All that is random follows from `number` and `draw` (0 to 1)."""
        rng = np.random.default_rng((number, int(draw * 2**53)))
        ids = self.pages.example(number, float(rng.random())).source
        if (spare := len(ids) - self._longest) > 0:
            begin = int(rng.integers(spare + 1))
            ids = ids[begin : begin + self._longest]
        mean = self.means[int(rng.integers(len(self.means)))]
        source, target = denoise(ids, rng, mean, self.rate)
        end = np.array([END], np.uint16)
        return Example(np.concatenate([source, end]), np.concatenate([target, end]))

    @property
    def _longest(self) -> int:
        """Tokens of a page whose source and target, with all sentinels, fit."""
        by_target = int((self.target - 2) / (self.rate * (1 + 1 / min(self.means))))
        return max(2, min(self.source - 2, by_target))


def examples(data: Denoising, seed: int = 0) -> Iterator[Example]:
    """Examples without end: all pages in random order, then again in another."""
    rng = np.random.default_rng(seed)
    while len(data):
        for number in rng.permutation(len(data)):
            yield data.example(int(number), float(rng.random()))


def _spans(
    length: int, rng: np.random.Generator, mean: float, rate: float
) -> tuple[Positions, Positions]:
    """Where spans begin and end: their lengths are a random split of the tokens cut out,
    the gaps between them one of the tokens that stay.
    """
    out = min(max(round(length * rate), 1), length - 1)
    count = min(max(round(out / mean), 1), out, length - out + 1, len(SENTINELS))
    lengths = _split(out, count, rng)
    gaps = _split(length - out + 2, count + 1, rng)  # those at the ends may be empty
    gaps[0] -= 1
    ends = np.cumsum(gaps[:-1] + lengths)
    return ends - lengths, ends


def _split(total: int, parts: int, rng: np.random.Generator) -> Positions:
    """`total` in `parts` random whole numbers, each at least 1."""
    cuts = np.sort(rng.choice(total - 1, parts - 1, replace=False)) + 1
    return np.diff(np.concatenate([[0], cuts, [total]])).astype(np.int64)
