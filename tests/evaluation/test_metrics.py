"""Scores against values worked out by hand, and properties that always hold."""

from __future__ import annotations

import random

import pytest
from evaluation_fakes import record
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from webagent.evaluation.metrics import (
    composition_gap,
    forward_reverse,
    paired,
    pooled_mean,
    summarize,
    task_mean,
    wilson,
)
from webagent.types import Ending

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
records = st.lists(
    st.builds(
        record,
        task=st.sampled_from(["miniwob.a", "compwob.a_b", "compwob-reverse.a_b"]),
        seed=st.integers(0, 5),
        success=st.booleans(),
    ),
    max_size=20,
    unique_by=lambda one: one.key,
)
LABELS = {
    "miniwob.a": {"group": "base", "parts": 1, "base": ["a"]},
    "miniwob.b": {"group": "base", "parts": 1, "base": ["b"]},
    "compwob.a_b": {"group": "two", "parts": ["a", "b"], "order": "forward", "base": ["a", "b"]},
    "compwob-reverse.a_b": {"group": "two", "parts": 2, "order": "reverse", "base": ["a", "b"]},
}


def test_wilson_is_the_known_value():
    rate = wilson(8, 10)
    assert (rate.value, rate.low, rate.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)


@given(counts)
def test_wilson_holds_the_rate(count):
    rate = wilson(*count)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


@given(st.lists(counts, min_size=1, max_size=8))
def test_the_bootstrap_is_deterministic_ignores_order_and_holds_the_mean(rows):
    mean = task_mean(rows)
    assert mean == task_mean(list(reversed(rows)))
    assert mean.low <= mean.value <= mean.high
    assert mean.value == pytest.approx(sum(k / n for k, n in rows) / len(rows))


def test_a_mean_over_tasks_weighs_tasks_and_a_pooled_mean_weighs_episodes():
    rows = [(10, 10), (0, 30)]
    assert task_mean(rows).value == 0.5
    assert pooled_mean(rows).value == 0.25


def test_the_interval_knows_that_episodes_of_a_task_belong_together():
    same_task_rates = task_mean([(50, 100)] * 10)
    all_or_nothing = task_mean([(100, 100)] * 5 + [(0, 100)] * 5)
    assert same_task_rates.value == all_or_nothing.value == 0.5
    width = same_task_rates.high - same_task_rates.low
    assert all_or_nothing.high - all_or_nothing.low > 5 * width


def test_a_perfect_score_still_has_doubt():
    mean = task_mean([(10, 10), (10, 10)])
    assert mean.high == 1
    assert mean.low == pytest.approx(wilson(20, 20).low)


@given(records, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(some, shuffler: random.Random):
    shuffled = list(some)
    shuffler.shuffle(shuffled)
    assert summarize(some, LABELS) == summarize(shuffled, LABELS)


def test_a_later_record_replaces_an_earlier_one():
    summary = summarize([record("t", 0, False), record("t", 1), record("t", 0, True)], {})
    assert summary.episodes == 2
    assert summary.success.value == 1


def test_infrastructure_errors_have_both_denominators():
    broken = record("t", 2, False, ending=Ending.BROWSER_ERROR)
    summary = summarize([record("t", 0), record("t", 1, False), broken], {})
    assert summary.infrastructure == 1
    assert summary.success.value == pytest.approx(1 / 3)
    assert summary.valid.value == pytest.approx(1 / 2)
    assert summary.endings == {"success": 1, "failure": 1, "browser error": 1}


def test_a_task_that_only_broke_has_no_valid_rate():
    summary = summarize([record("t", 0, False, ending=Ending.BROWSER_ERROR)], {})
    assert summary.success.value == 0
    assert summary.valid is None


def test_strict_asks_for_the_instructed_order():
    some = [
        record("t", 0, facts={"ordered": True}),
        record("t", 1, facts={"ordered": False}),
        record("t", 2, False, facts={"ordered": True}),
        record("t", 3),
    ]
    assert summarize(some, {}).strict.value == 0.5
    assert summarize([record("t", 0)], {}).strict is None


def test_breakdowns_by_label():
    some = [record("miniwob.a", s) for s in range(4)]
    some += [record("compwob.a_b", s, s < 1) for s in range(4)]
    some += [record("compwob-reverse.a_b", s, s < 2) for s in range(4)]
    by = summarize(some, LABELS).by
    assert {one.name: one.mean.value for one in by["group"]} == {"base": 1, "two": 0.375}
    assert {one.name: one.mean.value for one in by["parts"]} == {"1 part": 1, "2 parts": 0.375}
    assert [one.name for one in by["parts and order"]] == ["2 parts, forward", "2 parts, reverse"]


def test_quartiles_of_instruction_length_hold_every_episode_once():
    some = [record("t", n, n % 2 == 0, instruction="w " * n) for n in range(1, 41)]
    slices = summarize(some, {}).by["instruction length"]
    assert [one.mean.episodes for one in slices] == [10, 10, 10, 10] or len(slices) == 4
    assert sum(one.mean.episodes for one in slices) == 40
    assert slices[0].name.startswith("1-")


def test_success_by_page_depth_counts_every_episode_that_tells_it():
    some = [record("t", n, n > 5, depth=n % 3) for n in range(12)]
    slices = summarize(some, {}).by["page depth"]
    assert sum(one.mean.episodes for one in slices) == 12


def test_parts_are_counted_whether_or_not_the_others_were_right():
    def told(*right: bool):
        return {"parts": [{"kind": kind, "right": r} for kind, r in zip("ab", right, strict=True)]}

    some = [record("t", n, False, facts=told(n < 3, n < 1)) for n in range(4)]
    slices = summarize([*some, record("t", 9)], {}).by["part done right"]
    assert [(one.name, one.mean.value, one.mean.episodes) for one in slices] == [
        ("a", 0.75, 4), ("b", 0.25, 4),
    ]  # fmt: skip


def test_forward_and_reverse_are_paired_by_name_and_seed():
    some = [record("compwob.a_b", s, True) for s in range(4)]
    some += [record("compwob-reverse.a_b", s, s == 1) for s in range(3)]
    order = forward_reverse(some, LABELS)
    assert order.difference.episodes == 3
    assert (order.first, order.second) == (1, pytest.approx(1 / 3))
    assert (order.only_first, order.only_second) == (2, 0)
    assert order.difference.value == pytest.approx(2 / 3)


def test_without_common_pairs_there_is_nothing_to_compare():
    assert paired({("a", 0): record("a", 0)}, {("a", 1): record("a", 1)}) is None


def test_the_gap_is_against_the_product_of_base_rates():
    rates = {"miniwob.a": 0.5, "miniwob.b": 0.8, "compwob.a_b": 0.3, "compwob-reverse.a_b": 0.1}
    gap = composition_gap(rates, LABELS)
    assert [point.product for point in gap.points] == pytest.approx([0.4, 0.4])
    assert (gap.product, gap.composed) == pytest.approx((0.4, 0.2))
    assert gap.correlation is None


def test_the_gap_correlates_products_with_composed_rates():
    bases = {f"miniwob.{name}": rate for name, rate in zip("abc", (0.2, 0.5, 0.9), strict=True)}
    labels = {f"c.{name}": {"base": [name, name]} for name in "abc"}
    gap = composition_gap(bases | {"c.a": 0.1, "c.b": 0.2, "c.c": 0.9}, labels)
    expected = stats.pearsonr([0.04, 0.25, 0.81], [0.1, 0.2, 0.9]).statistic
    assert gap.correlation == pytest.approx(expected)


def test_a_composition_with_an_unplayed_base_task_is_left_out():
    assert composition_gap({"miniwob.a": 1.0, "compwob.a_b": 1.0}, LABELS) is None


def test_an_empty_run_has_no_score():
    summary = summarize([], {})
    assert summary.episodes == 0
    assert summary.success is None


def test_a_difference_where_all_pairs_agree_is_no_certainty():
    won = {("t", seed): record(task="t", seed=seed) for seed in range(3)}
    lost = {key: record(task="t", seed=key[1], success=False) for key in won}
    better, worse = paired(won, lost), paired(lost, won)
    assert better and worse
    assert better.difference.value == better.difference.high == 1 > better.difference.low > 0
    assert worse.difference.value == worse.difference.low == -1 < worse.difference.high < 0
