"""The run folder survives kills, torn lines and misuse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import orjson
import pytest
from evaluation_fakes import SETUP
from hypothesis import given
from hypothesis import strategies as st

from webagent.actions import parse
from webagent.errors import RunError
from webagent.evaluation.config import differences, effective, span
from webagent.evaluation.record import from_line, record_of, to_line
from webagent.evaluation.store import EPISODES, RunWriter, read_run
from webagent.types import Decision, Ending, Episode, Observation, Step, Try, Verdict

CONFIG = effective(SETUP, {"toy.a": {"group": "toy"}}, [0, 1, 2], "element", "toy 1.0")


def episode(seed: int, ending: Ending = Ending.SUCCESS, **verdict: object) -> Episode:
    step = Step(Observation("<p>page</p>"), Decision(parse("click(1)"), "why"), "an error")
    return Episode("toy.a", seed, ending, Verdict("Do it.", **verdict), (step,), None, 0.1)


def filled(folder, *episodes: Episode) -> None:
    with RunWriter(folder, CONFIG) as writer:
        for one in episodes:
            writer.append(one)


def test_what_is_appended_is_read_back(tmp_path):
    filled(tmp_path, episode(1, raw_reward=0.5, facts={"ordered": True}), episode(0))
    run = read_run(tmp_path)
    assert [one.seed for one in run.records] == [0, 1]
    assert run.records[1] == record_of(episode(1, raw_reward=0.5, facts={"ordered": True}))
    assert run.config.hash == CONFIG.hash


def test_decisions_are_read_back_whole(tmp_path):
    tries = (Try("text(9)", "no ref 9", "go"), Try("x = 1", "no action"))
    decision = Decision(parse("done()"), "no way on", "done()", True, tries, (3, 1))
    made = episode(0)
    filled(tmp_path, replace(made, steps=(replace(made.steps[0], decision=decision),)))
    assert read_run(tmp_path).records[0].decisions == [decision]


def test_records_from_before_decisions_were_kept_whole_are_read():
    line = to_line(record_of(episode(0)))
    assert not any(name in line for name in (b"tries", b"gave_up", b"refs"))
    assert from_line(line).decisions == [Decision(parse("click(1)"), "why")]


def test_html_is_kept_only_on_request(tmp_path):
    filled(tmp_path / "without", episode(0))
    with RunWriter(tmp_path / "with", CONFIG, keep_html=True) as writer:
        writer.append(episode(0))
    assert read_run(tmp_path / "without").records[0].steps[0].html is None
    assert read_run(tmp_path / "with").records[0].steps[0].html == "<p>page</p>"


@given(st.text(), st.floats())
def test_every_text_and_reward_survives_a_line(text, reward):
    record = record_of(episode(0, raw_reward=reward))
    record = replace(record, detail=text)
    assert from_line(to_line(record)) == record


def test_half_a_surrogate_pair_does_not_stop_a_run():
    record = replace(record_of(episode(0)), detail="bad \ud800 text", facts={"x": "\udfff"})
    assert from_line(to_line(record)).detail == "bad ? text"


def test_a_resumed_run_skips_finished_episodes_and_repeats_broken_ones(tmp_path):
    filled(tmp_path, episode(0), episode(1, Ending.BROWSER_ERROR), episode(2, Ending.FAILURE))
    with RunWriter(tmp_path, CONFIG) as writer:
        assert writer.done == {("toy.a", 0), ("toy.a", 2)}
        writer.append(episode(1))
    assert [one.ending for one in read_run(tmp_path).records] == [
        Ending.SUCCESS, Ending.SUCCESS, Ending.FAILURE,
    ]  # fmt: skip


@given(cut=st.integers(1, 150))
def test_a_torn_last_line_costs_only_itself(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("torn")
    filled(folder, episode(0), episode(1))
    path = folder / EPISODES
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    kept = 2 if cut == 1 else 1  # only the line end is missing: the episode is complete
    assert len(read_run(folder).records) == kept
    with RunWriter(folder, CONFIG) as writer:
        assert len(writer.done) == kept
        writer.append(episode(2))
    assert len(read_run(folder).records) == kept + 1


def test_a_damaged_line_in_the_middle_is_named(tmp_path):
    filled(tmp_path, episode(0), episode(1))
    path = tmp_path / EPISODES
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], b'{"task": 3}', lines[1], b""]))
    with pytest.raises(RunError, match=r"episodes\.jsonl, line 2 is damaged \(task"):
        read_run(tmp_path)


def test_another_configuration_is_refused_by_name(tmp_path):
    filled(tmp_path)
    other = replace(CONFIG, policy="wrong", seeds=[0, 1, 2, 3, 4])
    with pytest.raises(RunError, match=r"policy: right -> wrong; seeds: 0-2 -> 0-4") as caught:
        RunWriter(tmp_path, other)
    assert "choose another folder" in str(caught.value)


def test_what_differs_within_cards_and_tasks_is_named():
    card = {"model": "one", "corrections": ["a", "b"], **dict.fromkeys("wxyz", 0)}
    old = replace(CONFIG, card=card, tasks={f"toy.{name}": {"text": "clean"} for name in "abcdef"})
    new = replace(
        CONFIG,
        card={**card, "model": "two", "corrections": ["a", "c"], "size": {"a": 1}},
        tasks={"toy.a": {"text": "official"}, "toy.b": {"text": "clean"}},
    )
    assert differences(old, new) == [
        "card.corrections: ['a', 'b'] -> ['a', 'c']",
        "card.model: one -> two",
        "card.size: absent -> {'a': 1}",
        "tasks.toy.a.text: clean -> official",
        *(f"tasks.toy.{name}: {{'text': 'clean'}} -> absent" for name in "cde"),
        "tasks: 1 more",
    ]


def test_long_values_are_told_from_where_they_differ():
    begin = "webagent?planner=scripted&" * 10
    old, new = (replace(CONFIG, policy=f"{begin}shots={shots}") for shots in (1, 2))
    [told] = differences(old, new)
    assert "shots=1 -> " in told and told.endswith("shots=2") and len(told) < 100
    old, new = (replace(CONFIG, policy=shots + begin) for shots in "12")
    [told] = differences(old, new)
    assert told.startswith("policy: 1webagent?") and " -> 2webagent?" in told


def test_command_and_date_do_not_make_another_experiment(tmp_path):
    filled(tmp_path)
    with RunWriter(tmp_path, replace(CONFIG, about={"command": ["other"]})) as writer:
        assert not writer.done


def test_the_order_of_labels_does_not_matter_for_the_hash():
    one = replace(CONFIG, tasks={"a": {"x": 1, "y": [2]}, "b": {}})
    other = replace(CONFIG, tasks={"b": {}, "a": {"y": (2,), "x": 1}})
    assert one.hash == other.hash != CONFIG.hash


def test_two_runs_cannot_write_into_one_folder(tmp_path):
    with RunWriter(tmp_path, CONFIG), pytest.raises(RunError, match="Another process is writing"):
        RunWriter(tmp_path, CONFIG)
    RunWriter(tmp_path, CONFIG).close()


def test_a_folder_of_other_files_is_not_touched(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RunError, match=r"other files \(thesis\.tex\)"):
        RunWriter(tmp_path, CONFIG)
    RunWriter(tmp_path / "new", CONFIG).close()


def test_a_folder_that_is_no_run_says_so(tmp_path):
    with pytest.raises(RunError, match="not a run folder"):
        read_run(tmp_path)
    (tmp_path / "config.json").write_text('{"suite": 3}')
    with pytest.raises(RunError, match=r"config\.json cannot be read"):
        read_run(tmp_path)


def test_a_killed_process_loses_no_finished_episode(tmp_path):
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        import test_store
        from webagent.evaluation.store import RunWriter
        writer = RunWriter(Path(sys.argv[1]), test_store.CONFIG)
        for seed in range(10**9):
            writer.append(test_store.episode(seed))
            print(seed, flush=True)
        """
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        said = [int(process.stdout.readline()) for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        said += [int(line) for line in process.stdout.read().splitlines(keepends=True)
                 if line.endswith("\n")]  # fmt: skip
    with RunWriter(tmp_path, CONFIG) as writer:  # the lock died with its owner
        assert writer.done >= {("toy.a", seed) for seed in said}


def test_files_are_plain_json(tmp_path):
    filled(tmp_path, episode(0))
    config = orjson.loads((tmp_path / "config.json").read_bytes())
    assert config["hash"] == CONFIG.hash
    assert config["about"]["python"]
    line = orjson.loads((tmp_path / EPISODES).read_bytes())
    assert line["steps"] == [{"action": "click(1)", "note": "why", "error": "an error"}]


def test_spans_of_seeds():
    assert span([3, 1, 2, 7, 9, 10]) == "1-3, 7, 9-10"
    assert span([]) == ""
