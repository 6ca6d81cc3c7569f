"""Two runs are compared on what both played, and only if they played the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from evaluation_fakes import SETUP, record

from webagent.errors import RunError
from webagent.evaluation.compare import compare, write_comparison
from webagent.evaluation.config import effective
from webagent.evaluation.store import Run
from webagent.types import Ending

TASKS = {
    "compwob.a_b": {"parts": ["a", "b"], "order": "forward"},
    "compwob.a_b_c": {"parts": ["a", "b", "c"], "order": "forward"},
    "compwob-reverse.a_b": {"parts": ["a", "b"], "order": "reverse"},
}


def made(name, wins, tasks=TASKS, seeds=range(4), **changes):
    """A run in which the first `wins[task]` seeds of each task succeed."""
    config = effective(replace(SETUP, policy=name), tasks, list(seeds), "element", "toy 1.0")
    records = [record(task, seed, place < wins.get(task, 0)) for task in tasks
               for place, seed in enumerate(seeds)]  # fmt: skip
    return Run(Path(name), replace(config, **changes), tuple(records))


GOOD = made("good", {"compwob.a_b": 4, "compwob.a_b_c": 3, "compwob-reverse.a_b": 2})
BAD = made("bad", {"compwob.a_b": 1, "compwob.a_b_c": 2, "compwob-reverse.a_b": 3})


def test_the_difference_is_b_minus_a():
    result = compare(GOOD, BAD)
    assert result.all.difference == pytest.approx((-3 / 4 - 1 / 4 + 1 / 4) / 3)
    assert (result.all.a, result.all.b) == (9 / 12, 6 / 12)
    assert (result.all.only_a, result.all.only_b) == (4, 1)
    assert result.all.low <= result.all.difference <= result.all.high
    assert (result.all.pairs, result.all.tasks) == (12, 3)


def test_the_other_way_round_is_the_opposite():
    there, back = compare(GOOD, BAD).all, compare(BAD, GOOD).all
    assert there.difference == pytest.approx(-back.difference)
    assert (there.only_a, there.only_b) == (back.only_b, back.only_a)


def test_tasks_go_from_worst_to_best():
    tasks = [(one.name, one.difference) for one in compare(GOOD, BAD).tasks]
    assert tasks == [
        ("compwob.a_b", -0.75), ("compwob.a_b_c", -0.25), ("compwob-reverse.a_b", 0.25)
    ]  # fmt: skip


def test_slices_follow_the_labels():
    by = compare(GOOD, BAD).by
    assert {one.name: one.difference for one in by["parts"]} == {"2 parts": -0.25, "3 parts": -0.25}
    assert {one.name: one.difference for one in by["order"]} == {"forward": -0.5, "reverse": 0.25}
    assert [one.name for one in by["parts and order"]] == [
        "2 parts, forward", "2 parts, reverse", "3 parts, forward"
    ]  # fmt: skip


def test_only_common_seeds_count_and_the_rest_is_told():
    more = made("more", {"compwob.a_b": 6}, {"compwob.a_b": TASKS["compwob.a_b"]}, range(2, 8))
    result = compare(GOOD, more)
    assert (result.all.pairs, result.all.tasks) == (2, 1)
    assert (result.a.alone, result.b.alone) == (10, 4)
    assert "seeds: 0-3, 2-7" in result.remarks
    assert "number of tasks: 3, 1" in result.remarks


def test_runs_without_a_common_episode_are_refused():
    with pytest.raises(RunError, match="share no episode"):
        compare(GOOD, made("late", {}, seeds=range(50, 54)), force=True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"mode": "pointer"}, "mode: element, pointer"),
        ({"text": "official"}, "text: clean, official"),
        ({"layout": "open"}, "layout: official, open"),
        ({"clock_ms": None}, "clock_ms: 2000000, none"),
        ({"tasks": {**TASKS, "compwob.a_b": {"pages": "other"}}}, "1 tasks, such as compwob.a_b"),
    ],
)
def test_tasks_that_were_posed_differently_are_refused(changes, told):
    other = made("other", {}, **changes)
    with pytest.raises(RunError, match=r"--force") as error:
        compare(GOOD, other)
    assert told in str(error.value)
    assert told in "; ".join(compare(GOOD, other, force=True).obstacles)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"versions": {"webagent": "9"}}, "webagent: "),
        ({"backend": "toy 2.0"}, "backend: toy 1.0, toy 2.0"),
        ({"invalid_limit": 3}, "invalid_limit: 10, 3"),
    ],
)
def test_smaller_differences_are_remarks(changes, told):
    result = compare(GOOD, made("other", {}, **changes))
    assert result.obstacles == ()
    assert any(one.startswith(told) for one in result.remarks)


def test_labels_that_only_describe_may_differ():
    tasks = {task: labels | {"group": "new", "human": 99.0} for task, labels in TASKS.items()}
    assert compare(GOOD, made("other", {}, tasks)).obstacles == ()


def test_infrastructure_errors_are_also_left_out():
    broken = replace(BAD.records[0], success=False, ending=Ending.BROWSER_ERROR)
    result = compare(GOOD, replace(BAD, records=(broken, *BAD.records[1:])))
    assert (result.all.pairs, result.valid.pairs) == (12, 11)


def test_success_in_the_instructed_order_is_compared_where_it_is_known():
    told = replace(GOOD.records[0], facts={"ordered": False})
    result = compare(GOOD, replace(GOOD, records=(told, *GOOD.records[1:])))
    assert (result.all.only_a, result.strict.only_a) == (0, 1)
    assert compare(GOOD, BAD).strict is None


def test_runs_of_one_policy_are_named_by_their_folders():
    result = compare(GOOD, replace(GOOD, folder=Path("again")))
    assert (result.a.name, result.b.name) == ("good (good)", "good (again)")
    assert result.all.difference == 0


def test_the_page_holds_everything_and_is_inert(tmp_path):
    evil = "\"'><script>alert(1)</script>"
    other = replace(made(evil, {}, mode="pointer"), folder=tmp_path / "run")
    out = write_comparison(compare(GOOD, other, force=True), tmp_path / "page.html")
    page = BeautifulSoup(out.read_text(), "lxml")
    text = " ".join(page.get_text(" ").split())
    assert not page.find_all(["script", "iframe", "form"])
    assert evil in text
    assert "mode: element, pointer" in text
    assert [row.th.get_text() for row in page.select("section:nth-last-child(2) tbody tr")] == [
        "compwob.a_b", "compwob.a_b_c", "compwob-reverse.a_b"
    ]  # fmt: skip
    assert "\N{MINUS SIGN}75.0" in text


def test_tracks_stand_beside_the_runs(tmp_path):
    learned = made("mine", {"compwob.a_b": 1}, track="compositional")
    result = compare(GOOD, learned)
    assert (result.a.title, result.b.title) == ("good", "mine, track compositional")
    page = BeautifulSoup(write_comparison(result, tmp_path / "c.html").read_bytes(), "lxml")
    assert "B: mine, track compositional" in [one.text for one in page.select(".facts dt")]
