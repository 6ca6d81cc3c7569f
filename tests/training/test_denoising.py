"""Span corruption: nothing is lost, as much is cut out as was asked for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from webagent.nn.vocabulary import END, NUMBERED, SENTINELS
from webagent.training.denoising import RATE, Denoising, denoise, examples
from webagent.training.prepared import About, Prepared

IDS = st.lists(st.integers(2_000, 8_191), min_size=2, max_size=3_000)
MEAN = st.sampled_from([1, 3, 8, 64])
SEED = st.integers(0, 2**32)


def corrupted(ids: list[int], mean: float, seed: int) -> tuple[list[int], list[int]]:
    rng = np.random.default_rng(seed)
    source, target = denoise(np.array(ids, np.uint16), rng, mean)
    return source.tolist(), target.tolist()


def spans(target: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for token in target:
        if token in SENTINELS:
            found[token] = []
        else:
            found[list(found)[-1]].append(token)
    return found


@given(IDS, MEAN, SEED)
def test_source_and_target_together_are_the_page(ids: list[int], mean: float, seed: int) -> None:
    source, target = corrupted(ids, mean, seed)
    cut = spans(target)
    assert [one for token in source for one in cut.get(token, [token])] == ids


@given(IDS, MEAN, SEED)
def test_sentinels_stand_in_order_and_apart(ids: list[int], mean: float, seed: int) -> None:
    source, target = corrupted(ids, mean, seed)
    places = [place for place, token in enumerate(source) if token in SENTINELS]
    used = [source[place] for place in places]
    assert used == list(SENTINELS)[: len(used)] == list(spans(target))
    assert all(later - earlier > 1 for earlier, later in pairwise(places))


@given(IDS, MEAN, SEED)
def test_the_share_cut_out_is_as_asked_for(ids: list[int], mean: float, seed: int) -> None:
    cut = spans(corrupted(ids, mean, seed)[1])
    count = sum(map(len, cut.values()))
    assert all(cut.values())
    assert abs(count - RATE * len(ids)) <= 1
    wanted = max(1, min(round(count / mean), len(SENTINELS)))
    assert len(cut) == wanted


def test_spans_fall_everywhere() -> None:
    hits = np.zeros(100)
    for seed in range(2_000):
        cut = spans(corrupted(list(range(2_000, 2_100)), 3, seed)[1])
        hits[[token - 2_000 for one in cut.values() for token in one]] += 1
    assert hits.min() > 0.25 * hits.mean()  # least at the two ends
    assert hits.max() < 1.5 * hits.mean()


def test_too_short_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        denoise(np.array([5_000], np.uint16), np.random.default_rng(0), 8)


@pytest.fixture
def pages() -> Prepared:
    rng = np.random.default_rng(0)
    texts = [rng.integers(2_000, 8_000, length) for length in (40, 300, 2_000)]
    for text in texts:
        text[:10] = NUMBERED.start + np.arange(10)
    ends = np.cumsum([len(text) for text in texts])
    rows = [(end - len(text), end, end, 0, 10, 0) for end, text in zip(ends, texts, strict=True)]
    ids: NDArray[np.uint16] = np.concatenate(texts).astype(np.uint16)
    return Prepared(About({}, ["page"], 3), ids, np.array(rows))


def test_examples_keep_their_limits_and_end(pages: Prepared) -> None:
    data = Denoising(pages, source=256, target=80)
    stream = examples(data)
    for _ in range(200):
        one = next(stream)
        assert len(one.source) <= 256
        assert len(one.target) <= 80
        assert one.source[-1] == one.target[-1] == END


def test_both_means_are_drawn(pages: Prepared) -> None:
    data = Denoising(pages)
    counts = {
        np.isin(data.example(2, draw).target, SENTINELS).sum() for draw in np.arange(0, 1, 0.1)
    }
    assert len(counts) == 2


def test_a_draw_numbers_elements_from_elsewhere(pages: Prepared) -> None:
    data = Denoising(pages)

    def first(draw: float) -> int:
        one = data.example(1, draw)
        both = np.concatenate([one.source, one.target])
        return int(both[(both >= NUMBERED.start) & (both < NUMBERED.stop)].min())

    assert len({first(draw) for draw in (0.1, 0.4, 0.7)}) == 3


def test_an_example_follows_from_its_number_and_draw(pages: Prepared) -> None:
    data = Denoising(pages)
    assert np.array_equal(data.example(1, 0.3).source, data.example(1, 0.3).source)
    assert not np.array_equal(data.example(1, 0.3).target, data.example(1, 0.6).target)
    assert len(data) == 3
    assert data.lengths.tolist() == [40, 300, 2_000]
