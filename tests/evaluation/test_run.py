"""Evaluation and replay from jobs to files, in a pretend browser."""

from __future__ import annotations

import logging
from dataclasses import replace

import orjson
import pytest
from evaluation_fakes import SETUP, RightButton, ToyBrowser, ToyTask, record

from webagent.errors import PolicyStop, RunError
from webagent.evaluation.record import RecordedStep
from webagent.evaluation.replay import choose, read_replays, replay, write_replays
from webagent.evaluation.run import check_seeds, evaluate, order
from webagent.evaluation.store import EPISODES, read_run
from webagent.types import Ending

TASKS = [ToyTask("toy.a"), ToyTask("toy.b")]


def run(folder, browser=None, policy=None, seeds=range(6), **options):
    return evaluate(
        TASKS, seeds, policy or RightButton(), browser or ToyBrowser(), folder, SETUP, **options
    )


def test_an_evaluation_writes_everything(tmp_path):
    seen = []
    summary = run(tmp_path, observers=[lambda record, done, total: seen.append((done, total))])
    assert summary.success.value == 1
    assert summary.episodes == 12
    assert seen == [(n, 12) for n in range(1, 13)]
    assert {path.name for path in tmp_path.iterdir()} == {
        ".lock", "config.json", "episodes.jsonl", "replays", "report.html", "summary.json",
    }  # fmt: skip
    saved = orjson.loads((tmp_path / "summary.json").read_bytes())
    assert saved["success"]["value"] == 1
    about = orjson.loads((tmp_path / "config.json").read_bytes())["about"]
    assert about["slots"] == ToyBrowser().slots
    assert about["cores"] >= 1


def test_the_track_of_a_policy_stands_beside_its_score(tmp_path):
    learned = replace(SETUP, track="base+aug")
    for name, setup in (("expert", SETUP), ("learned", learned)):
        summary = evaluate(TASKS, [0], RightButton(), ToyBrowser(), tmp_path / name, setup)
        saved = orjson.loads((tmp_path / name / "summary.json").read_bytes())
        assert saved["track"] == summary.track == setup.track
    assert summary.track == "base+aug"


def test_a_run_resumes_without_playing_again(tmp_path):
    whole = run(tmp_path / "whole", policy=RightButton(wrong=True))
    folder = tmp_path / "resumed"

    def interrupt(record, done, total):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(folder, policy=RightButton(wrong=True), observers=[interrupt])
    assert len(read_run(folder).records) == 5
    seen = []
    resumed = run(
        folder, policy=RightButton(wrong=True), observers=[lambda *event: seen.append(event[1:])]
    )
    assert seen == [(n, 12) for n in range(6, 13)]
    assert resumed == whole
    assert len((folder / EPISODES).read_bytes().splitlines()) == 12


def test_broken_episodes_are_played_again_on_resume(tmp_path):
    broken = run(tmp_path, ToyBrowser(broken=frozenset({3})))
    assert (broken.infrastructure, broken.endings["browser error"]) == (2, 2)
    assert run(tmp_path).infrastructure == 0


def test_a_policy_that_cannot_go_on_leaves_a_folder_to_resume(tmp_path):
    class Quota(RightButton):
        def act(self, contexts):
            if any(context.instruction == "Press button 2." for context in contexts):
                raise PolicyStop("The quota is used up.")
            return super().act(contexts)

    with pytest.raises(PolicyStop):
        run(tmp_path, policy=Quota())
    assert run(tmp_path).episodes == 12


def test_early_rounds_cover_all_tasks_and_later_ones_stay_on_a_page():
    keys = list(order(["a", "b"], range(40), frozenset({("a", 0)})))
    assert keys[:5] == [("b", 0), ("a", 1), ("a", 2), ("a", 3), ("a", 4)]
    assert len(set(keys)) == len(keys) == 79


@pytest.mark.parametrize("seeds", [[], [100], [0, 500_000], [1_000_000]])
def test_seeds_of_other_purposes_are_refused(tmp_path, seeds):
    with pytest.raises(RunError):
        check_seeds(seeds)
    with pytest.raises(RunError):
        run(tmp_path, seeds=seeds)
    assert not (tmp_path / "config.json").exists()


def test_evaluation_and_validation_seeds_pass(tmp_path):
    check_seeds(range(100))
    check_seeds([500_000, 500_999])
    assert run(tmp_path, seeds=[123], any_seeds=True).episodes == 2


def test_replays_agree_and_show_the_page(tmp_path):
    run(tmp_path, policy=RightButton(wrong=True), replays=4)
    shown = read_replays(tmp_path)
    assert [one.mismatch for one in shown] == [""] * 4
    assert {one.success for one in shown} == {True, False}
    step = shown[0].steps[0]
    assert (step.picture.width, step.picture.height) == (60, 40)
    assert step.box.x == 5
    assert step.action == "click(0)"
    assert step.note == "the named one"


def test_a_replay_that_differs_is_reported_loudly(tmp_path, caplog):
    run(tmp_path, replays=0)
    records = read_run(tmp_path).records[:2]
    named = {task.id: task for task in TASKS}
    with caplog.at_level(logging.WARNING):
        found = write_replays(tmp_path, replay(records, named, ToyBrowser(shift=1)))
    assert "success: True -> False" in found[0].mismatch
    assert "instruction: Press button" in found[0].mismatch
    assert "do not trust this run's scores" in caplog.text


def test_a_record_that_claims_a_success_is_found_out(tmp_path):
    lie = record("toy.a", 1, instruction="Press button 1.", steps=(RecordedStep("click(0)"),))
    [found] = replay([lie], {"toy.a": TASKS[0]}, ToyBrowser())
    assert "raw reward: 1.0 -> -1.0" in found.mismatch


def test_a_record_that_is_too_short_is_found_out():
    lie = record("toy.a", 1, instruction="Press button 1.", steps=(RecordedStep("click(5)"),))
    [found] = replay([lie], {"toy.a": TASKS[0]}, ToyBrowser())
    assert "success: True -> False" in found.mismatch


def test_an_unreadable_action_is_shown_and_does_not_agree():
    odd = record("toy.a", 1, steps=(RecordedStep("__import__('os')"),))
    [found] = replay([odd], {"toy.a": TASKS[0]}, ToyBrowser())
    assert "__import__" in found.steps[0].action
    assert "success: True -> False" in found.mismatch


def test_replays_of_one_task_do_not_mix():
    records = [
        record("toy.a", n, instruction=f"Press button {n}.", steps=(RecordedStep(f"click({n})"),))
        for n in range(3)
    ]
    found = list(replay(records, {"toy.a": TASKS[0]}, ToyBrowser()))
    assert {(one.seed, one.mismatch) for one in found} == {(0, ""), (1, ""), (2, "")}


def test_chosen_episodes_are_spread_and_failures_come_first():
    labels = {f"t{n}": {"group": f"g{n % 4}", "parts": n % 3} for n in range(12)}
    records = [record(f"t{n}", seed, seed > 2) for n in range(12) for seed in range(10)]
    gave_up = replace(record("t3", 50, False), ending=Ending.GAVE_UP)
    broken = replace(record("t3", 51, False), ending=Ending.BROWSER_ERROR)
    chosen = choose([*records, gave_up, broken], labels, 12)
    assert len(chosen) == 12
    assert [one.success for one in chosen] == [False] * 8 + [True] * 4
    assert gave_up in chosen
    assert broken not in chosen
    assert len({one.task for one in chosen if not one.success}) == 8
    assert {labels[one.task]["group"] for one in chosen if one.success} == {"g0", "g1", "g2", "g3"}
    assert chosen == choose([broken, gave_up, *reversed(records)], labels, 12)
