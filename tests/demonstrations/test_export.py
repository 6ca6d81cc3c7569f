"""Run folders as demonstrations."""

from __future__ import annotations

import pytest
from demonstration_fakes import TwoSteps, TwoStepsBrowser, Typist, manifest

from webagent.browser.recorded import RecordedBrowser, Recording, state
from webagent.demonstrations.collect import Wanted, collect
from webagent.demonstrations.export import export_replayed, export_stored, keeps_pages
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.record import COLUMNS
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import RunError
from webagent.evaluation.config import Setup
from webagent.evaluation.run import evaluate
from webagent.evaluation.store import read_run
from webagent.policies.protocol import decide
from webagent.tasks.live import LiveTask

pytest.importorskip("pyarrow")
TASK = TwoSteps(hard=3)


def run_of(folder, keep_html=False, policy=None):
    setup = Setup(suite="toy", policy="typist")
    evaluate(
        [TASK],
        range(5),
        policy or Typist(clumsy=True),
        TwoStepsBrowser(),
        folder,
        setup,
        keep_html=keep_html,
        replays=0,
    )
    return read_run(folder)


def writer_for(folder, run):
    manifest = Manifest(name=run.config.suite, source=run.config.policy, config=run.config)
    return DemonstrationWriter(folder, manifest)


def replayed(folder, run, task=TASK, **options):
    with writer_for(folder, run) as writer:
        return export_replayed(run, writer, {task.id: task}, TwoStepsBrowser(), **options)


def test_a_run_with_pages_is_exported_without_a_browser(tmp_path):
    run = run_of(tmp_path / "run", keep_html=True)
    assert keeps_pages(run)
    with writer_for(tmp_path / "out", run) as writer:
        done = export_stored(run, writer)
    assert done.successes == {TASK.id: 3}
    assert done.failures == {TASK.id: 2}
    assert done.seeds == ["evaluation"]
    with pytest.raises(RunError, match="evaluation seeds"):
        done.check_training("base")


def test_a_run_without_pages_is_played_again(tmp_path):
    bare, kept = run_of(tmp_path / "bare"), run_of(tmp_path / "kept", keep_html=True)
    assert not keeps_pages(bare)
    done = replayed(tmp_path / "again", bare)
    with writer_for(tmp_path / "stored", kept) as writer:
        export_stored(kept, writer)
    assert done.left_out == {}
    columns = [name for name in COLUMNS if name not in ("boxes", "target", "url")]
    for split in ("success", "failure"):
        again, stored = (
            list(open_demonstrations(tmp_path / name).episodes(split, columns=columns))
            for name in ("again", "stored")
        )
        assert again == stored
        assert again[0][1].history[0].error == "Nothing answers to click(9)."


def test_replays_have_boxes_and_pictures(tmp_path):
    run = run_of(tmp_path / "run", keep_html=True)
    replayed(tmp_path / "out", run, screenshots=True)
    rows = next(open_demonstrations(tmp_path / "out").episodes(columns=COLUMNS))
    assert rows[-1].target is not None
    assert rows[-1].screenshot.startswith(b"\x89PNG")


def test_an_episode_that_comes_out_otherwise_is_left_out(tmp_path):
    run = run_of(tmp_path / "run")
    done = replayed(tmp_path / "out", run, task=TwoSteps(hard=2))
    assert done.left_out == {"replayed otherwise: ending": 3}
    assert done.episodes == 2


def test_an_export_goes_on(tmp_path):
    run = run_of(tmp_path / "run")
    replayed(tmp_path / "out", run)
    told = []
    done = replayed(tmp_path / "out", run, observers=[lambda *words: told.append(words)])
    assert (done.episodes, told) == (5, [])


def test_episodes_without_steps_are_counted(tmp_path):
    class Broken:
        def act(self, contexts):
            raise ValueError("no model")

    run = run_of(tmp_path / "run", policy=Broken())
    done = replayed(tmp_path / "out", run)
    assert done.left_out == {"policy error before the first step": 5}


def test_a_task_of_a_package_of_ones_own_is_trained_on_in_the_open_track(tmp_path):
    task = TwoSteps("shop.two-steps", hard=7)
    wanted = Wanted([task], per_task=3)
    with DemonstrationWriter(tmp_path, manifest()) as writer:
        done = collect(wanted, Typist(), TwoStepsBrowser(), writer)
    assert (done.successes, done.tracks) == ({task.id: 3}, ["open"])
    done.check_training("open", augmented=True)
    with pytest.raises(RunError, match="does not allow training on shop"):
        done.check_training("sites")


def test_a_trace_of_a_website_has_no_seed_that_training_could_break(tmp_path):
    """`webagent run` plays seed 0, which elsewhere is one of evaluation's."""
    task = LiveTask("Buy it", "http://shop.test/")
    moves = {"click(1)": "bought"}
    pages = {
        "start": state('<button ref="1">Buy</button>', moves=moves),
        "bought": state("<p>Thanks</p>", moves={"done()": "over"}),
        "over": state("<p>Thanks</p>", probe={"action": "done"}),
    }
    setup, browser = Setup(suite="live", policy="buyer"), RecordedBrowser({"": Recording(pages)})
    folder = tmp_path / "run"
    evaluate([task], [0], Buyer(), browser, folder, setup, keep_html=True, replays=0)
    run = read_run(folder)
    with writer_for(tmp_path / "out", run) as writer:
        done = export_stored(run, writer)
    assert (done.successes, done.seeds, done.tracks) == ({"live.shop.test": 1}, [], ["open"])
    done.check_training("open")
    [rows] = open_demonstrations(tmp_path / "out").episodes()
    assert [(row.seed, row.action) for row in rows] == [(None, "click(1)"), (None, "done()")]


class Buyer:
    def act(self, contexts):
        return [decide("done()" if one.history else "click(1)") for one in contexts]
