"""A run is confirmed by playing its recorded actions again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from evaluation_fakes import SETUP, RightButton, ToyBrowser, ToyTask

from webagent.actions import click
from webagent.errors import RunError
from webagent.evaluation.record import RecordedStep
from webagent.evaluation.run import evaluate
from webagent.evaluation.store import Run, read_run
from webagent.evaluation.verify import (
    VERIFY,
    load_tasks,
    summary,
    to_verify,
    verify,
    write_verification,
)
from webagent.types import Decision, Ending

TASKS = {name: ToyTask(name, {"group": "g"}) for name in ("toy.a", "toy.b")}


class Idle:
    """Presses a button that does nothing, until a limit ends the episode."""

    def act(self, contexts):
        return [Decision(click(9))] * len(contexts)


class GivesUp(RightButton):
    """Presses what is named, but does not believe in it."""

    def act(self, contexts):
        return [replace(one, gave_up=True) for one in super().act(contexts)]


class Confused(Idle):
    def act(self, contexts):
        if any(context.history for context in contexts):
            raise ValueError("no idea")
        return super().act(contexts)


def played(folder, policy=None, browser=None) -> Run:
    policy, browser = policy or RightButton(), browser or ToyBrowser()
    evaluate(list(TASKS.values()), range(4), policy, browser, folder, SETUP, replays=0)
    return read_run(folder)


def checked(run, browser=None, limit=None):
    browser = browser or ToyBrowser(slots=3)
    records = to_verify(run, limit)
    tasks = load_tasks(run, records, TASKS.__getitem__)
    return summary(run, list(verify(run, records, tasks, browser)), browser)


def changed(run, **changes):
    return replace(run, records=(replace(run.records[0], **changes), *run.records[1:]))


@pytest.mark.parametrize(
    "policy", [RightButton(), RightButton(wrong=True), Idle(), GivesUp(), Confused()]
)
def test_a_true_record_agrees_however_its_episodes_ended(tmp_path, policy):
    result = checked(played(tmp_path / "run", policy))
    assert (result.episodes, result.replayed, result.agreed) == (8, 8, 8)
    assert result.mismatches == result.broken == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"raw_reward": 0.5}, "raw reward: 0.5 -> 1.0"),
        ({"instruction": "Press."}, "instruction: Press. -> Press button 0."),
        ({"ending": Ending.FAILURE}, "ending: failure -> success"),
        ({"success": False}, "success: False -> True"),
        ({"facts": {"ordered": False}}, "facts: {'ordered': False} -> {'ordered': True}"),
        ({"steps": (RecordedStep("click(0)"),) * 3}, "steps: 3 -> 1"),
        ({"steps": (RecordedStep("clack(0)"),)}, "ending: success -> "),
    ],
)
def test_a_record_that_was_changed_does_not(tmp_path, changes, told):
    run = changed(played(tmp_path / "run"), **changes)
    result = checked(run)
    [wrong] = result.mismatches
    assert (wrong.task, wrong.seed, result.agreed) == ("toy.a", 0, 7)
    assert any(one.startswith(told) for one in wrong.differences)


def test_other_actions_do_not_agree(tmp_path):
    run = changed(played(tmp_path / "run"), steps=(RecordedStep("click(2)"),))
    assert [one.seed for one in checked(run).mismatches] == [0]


def test_a_page_that_changed_is_found(tmp_path):
    run = played(tmp_path / "run")
    assert len(checked(run, ToyBrowser(shift=1)).mismatches) == 8


def test_infrastructure_errors_are_skipped_and_counted(tmp_path):
    run = played(tmp_path / "run", browser=ToyBrowser(broken=frozenset({2})))
    result = checked(run)
    assert (result.episodes, result.skipped, result.replayed, result.agreed) == (8, 2, 6, 6)


def test_an_episode_that_cannot_be_replayed_is_no_mismatch(tmp_path):
    result = checked(played(tmp_path / "run"), ToyBrowser(broken=frozenset({1})))
    assert [(one.task, one.seed) for one in result.broken] == [("toy.a", 1), ("toy.b", 1)]
    assert (result.agreed, result.mismatches) == (6, ())
    assert "crashed" in result.broken[0].broken


def test_a_limit_spreads_over_the_run(tmp_path):
    run = played(tmp_path / "run")
    assert [record.key for record in to_verify(run, 2)] == [("toy.a", 0), ("toy.b", 0)]
    assert len(to_verify(run, 100)) == 8


def test_tasks_must_be_what_they_were(tmp_path):
    run = played(tmp_path / "run")
    with pytest.raises(RunError, match=r"2 tasks .*, such as toy\.a"):
        load_tasks(run, run.records, lambda name: ToyTask(name, {"pages": "other"}))


def test_a_new_description_of_a_task_is_no_obstacle(tmp_path):
    run = played(tmp_path / "run")
    tasks = load_tasks(run, run.records, lambda name: ToyTask(name, {"group": "other"}))
    assert set(tasks) == set(TASKS)


def test_all_slots_play_at_once(tmp_path):
    class Watched(ToyBrowser):
        most = 0

        def reset(self, starts):
            Watched.most = max(Watched.most, len(starts))
            return super().reset(starts)

    checked(played(tmp_path / "run"), Watched(slots=4))
    assert Watched.most == 4


def test_the_result_is_kept_in_the_run_folder(tmp_path):
    run = changed(played(tmp_path / "run"), raw_reward=0.0)
    write_verification(run, checked(run))
    kept = json.loads((tmp_path / "run" / VERIFY).read_text())
    assert kept["agreed"] == 7
    assert kept["mismatches"][0]["differences"] == ["raw reward: 0.0 -> 1.0"]
    assert kept["backend"] == ["toy 1.0", "toy 1.0"]
    assert kept["versions"][0] == kept["versions"][1]
    assert kept["run"] == run.config.hash
    assert kept["date"].startswith("20")
