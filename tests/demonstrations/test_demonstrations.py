"""Rows, shards and manifests: what is written comes back, whatever happens in between."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from demonstration_fakes import TwoSteps, TwoStepsBrowser, Typist, manifest

from webagent.demonstrations.arrow import parquet
from webagent.demonstrations.manifest import MANIFEST, read_manifest
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.record import COLUMNS, MEANINGS, contexts, rows_of
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import RunError
from webagent.play import Job, play
from webagent.types import Step

FIRST = 1_000_000
pytest.importorskip("pyarrow")


def episodes(count, task=None, policy=None, screenshots=False):
    jobs = [Job(task or TwoSteps(), FIRST + n, screenshots) for n in range(count)]
    return list(play(jobs, policy or Typist(), TwoStepsBrowser()))


def rows(count, **options):
    return [rows_of(one, source="typist", versions="toy") for one in episodes(count, **options)]


def write(folder, all_rows, **options):
    with DemonstrationWriter(folder, manifest(), **options) as writer:
        for one in all_rows:
            writer.append(one)
        return writer.finish()


def test_rows_come_back_as_written(tmp_path):
    written = rows(5, task=TwoSteps(hard=2), screenshots=True)
    write(tmp_path, written)
    opened = open_demonstrations(tmp_path)
    for split, success in (("success", True), ("failure", False)):
        found = list(opened.episodes(split, columns=COLUMNS))
        assert found == [one for one in written if one[0].success is success]
    opened.check()


def test_contexts_are_what_the_policy_knew(tmp_path):
    policy = Typist(clumsy=True)
    write(tmp_path, rows(4, policy=policy, screenshots=True))
    examples = list(open_demonstrations(tmp_path).examples(columns=COLUMNS))
    assert len(examples) == 12

    def local(step):
        return replace(step, observation=replace(step.observation, url="/two.html"))

    for context, decision in examples:
        known = next(
            one
            for one in policy.seen
            if one.instruction == context.instruction and len(one.history) == len(context.history)
        )
        step = local(Step(known.observation, decision))
        assert context.observation == step.observation
        assert np.array_equal(context.observation.screenshot, known.observation.screenshot)
        assert context.history == tuple(local(one) for one in known.history)
        assert decision == policy.act([known])[0]


def test_a_row_alone_still_tells_its_history():
    last = rows(1, policy=Typist(clumsy=True))[0][-1]
    ((context, _),) = contexts([last])
    assert [str(step.decision.action) for step in context.history] == [
        "click(9)",
        f'type(1, "{FIRST}")',
    ]
    assert context.history[0].error == "Nothing answers to click(9)."
    assert context.observation.error is None


def test_text_columns_come_without_boxes(tmp_path):
    write(tmp_path, rows(1))
    (batch,) = open_demonstrations(tmp_path).batches()
    assert not {"boxes", "screenshot"} & set(batch.schema.names)
    ((row, _),) = open_demonstrations(tmp_path).episodes()
    assert (row.boxes, row.target) == ((), None)
    assert row.html.startswith("<input")


def test_programs_come_back_and_older_files_have_none(tmp_path):
    write(tmp_path, rows(1))
    programs = [f"type(1, '{FIRST}')\nclick(2)", ""]
    found = list(open_demonstrations(tmp_path).examples())
    assert [decision.program for _, decision in found] == programs
    assert found[1][0].history[0].decision.program == programs[0]
    file, pq = tmp_path / "success" / "part-00000.parquet", parquet()
    pq.write_table(pq.read_table(file).drop_columns(["program"]), file)
    older = list(open_demonstrations(tmp_path).examples())
    assert [decision.program for _, decision in older] == ["", ""]
    assert [decision.action for _, decision in older] == [decision.action for _, decision in found]


def test_a_page_with_half_a_surrogate_pair_can_be_kept(tmp_path):
    (episode,) = episodes(1)
    step = episode.steps[0]
    broken = replace(step, observation=replace(step.observation, html="<p>\ud83d</p>"))
    made = rows_of(replace(episode, steps=(broken,)), source="typist", versions="")
    write(tmp_path, [made])
    assert next(open_demonstrations(tmp_path).episodes())[0].html == "<p>?</p>"


def test_shuffled_episodes_stay_whole(tmp_path):
    write(tmp_path, rows(30), shard_episodes=10)
    opened = open_demonstrations(tmp_path)
    assert len(opened.shards()) == 3
    plain = [one[0].seed for one in opened.episodes()]
    mixed = list(opened.episodes(seed=3))
    assert [one[0].seed for one in mixed] != plain
    assert sorted(one[0].seed for one in mixed) == plain == list(range(FIRST, FIRST + 30))
    assert all([row.step for row in one] == [0, 1] for one in mixed)
    assert [one[0].seed for one in opened.episodes(seed=3)] == [one[0].seed for one in mixed]


def test_tasks_can_be_chosen(tmp_path):
    write(tmp_path, [*rows(3), *rows(3, task=TwoSteps("miniwob.other"))])
    found = open_demonstrations(tmp_path).episodes(tasks=["miniwob.other"])
    assert [one[0].task for one in found] == ["miniwob.other"] * 3


def test_the_manifest_says_what_is_there(tmp_path):
    done = write(tmp_path, rows(6, task=TwoSteps(hard=3)), shard_episodes=2)
    assert done == read_manifest(tmp_path)
    assert done.complete
    assert done.successes == {"miniwob.two-steps": 4}
    assert done.failures == {"miniwob.two-steps": 2}
    assert (done.episodes, done.rows) == (6, 12)
    assert done.tracks == ["base", "base+aug", "compositional", "sites", "open"]
    assert done.seeds == ["training"]
    card = (tmp_path / "README.md").read_text()
    assert "4 successful and 2 failed episodes of 1 tasks" in card
    assert all(f"| `{name}` | {MEANINGS[name]} |" in card for name in COLUMNS)


def test_training_refuses_evaluation_seeds_and_foreign_tracks(tmp_path):
    job = Job(TwoSteps("compose.click-button+click-widget"), 7)
    (episode,) = play([job], Typist(), TwoStepsBrowser())
    done = write(tmp_path, [rows_of(episode, source="typist", versions="")])
    with pytest.raises(RunError, match="evaluation seeds"):
        done.check_training("compositional")
    job = Job(TwoSteps("compose.click-button+click-widget"), 500_000)
    (episode,) = play([job], Typist(), TwoStepsBrowser())
    done = write(tmp_path / "b", [rows_of(episode, source="typist", versions="")])
    with pytest.raises(RunError, match="validation seeds"):
        done.check_training("compositional")
    done.check_training("compositional", validation=True)
    with pytest.raises(RunError, match="click-widget"):
        done.check_training("base", validation=True)


def test_an_episode_counts_once(tmp_path):
    written = rows(3)
    write(tmp_path, [*written, *written])
    assert write(tmp_path, written).episodes == 3


def test_unfinished_episodes_wait_in_the_journal(tmp_path):
    written = rows(5)
    with DemonstrationWriter(tmp_path, manifest(), shard_episodes=2) as writer:
        for one in written:
            writer.append(one)
    assert not read_manifest(tmp_path).complete
    assert read_manifest(tmp_path).episodes == 4
    assert read_manifest(tmp_path).timed == 4
    with DemonstrationWriter(tmp_path, manifest(), shard_episodes=2) as writer:
        assert set(writer.episodes) == {one[0].episode for one in written}
        writer.finish()
    assert list(open_demonstrations(tmp_path).episodes(columns=COLUMNS)) == written


@pytest.mark.parametrize("cut", ["before the manifest", "before the journal is emptied"])
def test_a_kill_within_a_flush_loses_and_doubles_nothing(tmp_path, cut):
    folder, written = tmp_path / "data", rows(3)
    with DemonstrationWriter(folder, manifest()) as writer:
        for one in written:
            writer.append(one)
    journal = (folder / ".journal" / "success.jsonl").read_bytes()
    old = (folder / MANIFEST).read_bytes()
    write(folder, [])
    (folder / ".journal" / "success.jsonl").write_bytes(journal + b'[{"task": "half a li')
    if cut == "before the manifest":
        (folder / MANIFEST).write_bytes(old)
        (folder / "success" / ".part-00001.parquet.tmp").write_bytes(b"half a file")
    write(folder, rows(4))
    seeds = [one[0].seed for one in open_demonstrations(folder).episodes()]
    assert sorted(seeds) == list(range(FIRST, FIRST + 4))
    open_demonstrations(folder).check()
    assert not list(folder.glob("success/.*"))


def test_another_configuration_is_refused(tmp_path):
    write(tmp_path, rows(1))
    with pytest.raises(RunError, match="text: clean -> official"):
        DemonstrationWriter(tmp_path, manifest(text="official"))


def test_a_folder_in_use_is_refused(tmp_path):
    with (
        DemonstrationWriter(tmp_path, manifest()),
        pytest.raises(RunError, match="Another process"),
    ):
        DemonstrationWriter(tmp_path, manifest())


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunError, match=r"thesis\.tex"):
        DemonstrationWriter(tmp_path, manifest())


def test_damage_is_found(tmp_path):
    write(tmp_path / "a", rows(2))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    file = tmp_path / "a" / "success" / "part-00000.parquet"
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    with pytest.raises(RunError, match="part-00000"):
        open_demonstrations(tmp_path / "a").check()
    file.write_bytes(data[:-1])
    with pytest.raises(RunError, match="bytes"):
        DemonstrationWriter(tmp_path / "a", manifest())
    (tmp_path / "b" / "success" / "part-00000.parquet").unlink()
    with pytest.raises(RunError, match="lacks the file"):
        DemonstrationWriter(tmp_path / "b", manifest())


def test_a_folder_without_a_manifest_is_named(tmp_path):
    with pytest.raises(RunError, match="holds no demonstrations"):
        open_demonstrations(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps({"format": 1}))
    with pytest.raises(RunError, match="cannot be read"):
        open_demonstrations(tmp_path)


@pytest.mark.filterwarnings("default")
def test_datasets_opens_it(tmp_path):
    datasets = pytest.importorskip("datasets")
    write(tmp_path / "data", rows(4, screenshots=True))
    files = str(tmp_path / "data" / "success" / "*.parquet")
    found = datasets.load_dataset(
        "parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert found.num_rows == 8
    assert set(found.column_names) == set(COLUMNS)
    first = found[0]
    assert first["screenshot"].size == (6, 4)
    assert first["screenshot"].getpixel((0, 0)) == (FIRST % 255,) * 3
    assert found[1]["history"] == [{"action": f'type(1, "{FIRST}")', "error": None}]
    assert first["target"]["height"] == pytest.approx(11.3)
    by_name = datasets.load_dataset(
        str(tmp_path / "data"), "success", split="train", cache_dir=str(tmp_path / "cache")
    )
    assert by_name.num_rows == 8
