"""`webagent collect` and `webagent export`, as a user types them, with a browser."""

from __future__ import annotations

import pytest
from test_classic import recording, save, typed
from typer.testing import CliRunner

from webagent.browser.session import open_browser
from webagent.cli.main import app
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.record import COLUMNS, rows_of
from webagent.errors import WebAgentError
from webagent.play import Job, play
from webagent.policies.load import load_policy
from webagent.tasks.suites import load_task

pytest.importorskip("pyarrow")
TASKS = ("miniwob.enter-password", "compose.click-button+click-widget")
CHOSEN = [word for task in TASKS for word in ("--task", task)]
FIRST = 1_000_000


def run(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, WebAgentError):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.stdout.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two successes of each task, then a third by the same command with a greater number."""
    place = tmp_path_factory.mktemp("data") / "demos"
    for count in (2, 3):
        code, out = run("collect", *CHOSEN, "--per-task", count, "--slots", 2, "--out", place)
        assert code == 0, out
    assert "6 successes and 0 failures of 2 tasks" in out
    return place


def test_collected_rows_are_what_play_gives(folder):
    jobs = [Job(load_task(task), FIRST + n) for task in TASKS for n in range(3)]
    with open_browser(slots=2) as browser:
        played = {e.task + f"#{e.seed}": e for e in play(jobs, load_policy("expert"), browser)}
    found = {e[0].episode: e for e in open_demonstrations(folder).episodes(columns=COLUMNS)}
    assert found.keys() == played.keys()
    for name, rows in found.items():
        versions = rows[0].versions
        assert rows == rows_of(played[name], source="expert", versions=versions)
        assert "miniwob" in versions


def test_a_composition_decides_the_track(folder):
    assert open_demonstrations(folder).manifest.tracks == ["compositional", "sites", "open"]
    code, told = run("collect", *CHOSEN, "--track", "base", "--out", folder)
    assert (code, TASKS[1] in told) == (2, True)


@pytest.mark.parametrize(
    ("seeds", "told"), [("500000-500001", "No task"), ("0", "evaluation seeds")]
)
def test_tasks_are_chosen_by_what_failed_on_validation_seeds(tmp_path, seeds, told):
    played, out = tmp_path / "played", tmp_path / "out"
    run("eval", "--task", TASKS[0], "--policy", "expert", "--seeds", seeds, "--out", played)
    code, message = run("collect", "--failing", played, "--out", out)
    assert (code, told in message, out.exists()) == (2, True, False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "Say what to collect"),
        ((*CHOSEN, "--seeds-from", 0), "Seed 0 can't be collected"),
        ((*CHOSEN, "--policy", "nobody"), "No policy is called"),
    ],
)
def test_what_cannot_be_collected_is_refused_before_anything_is_written(tmp_path, words, told):
    code, message = run("collect", *words, "--out", tmp_path / "out")
    assert (code, told in message) == (2, True)
    assert not (tmp_path / "out").exists()


def test_a_task_short_of_successes_is_told_and_exits_with_one(tmp_path):
    words = ("--task", TASKS[0], "--policy", "random", "--per-task", 2, "--max-failures", 3)
    code, told = run("collect", *words, "--slots", 2, "--out", tmp_path)
    assert code == 1
    assert "0 of 2 wanted, given up after" in told
    assert open_demonstrations(tmp_path).manifest.failures[TASKS[0]] >= 3


def test_screenshots_are_what_the_browser_drew(tmp_path):
    words = ("--task", TASKS[0], "--per-task", 1, "--screenshots", "--slots", 1)
    assert run("collect", *words, "--out", tmp_path)[0] == 0
    context, _ = next(open_demonstrations(tmp_path).examples(columns=COLUMNS))
    with open_browser(slots=1) as browser:
        job = Job(load_task(TASKS[0]), FIRST, screenshots=True)
        (episode,) = play([job], load_policy("expert"), browser)
    seen = episode.steps[0].observation.screenshot
    assert (context.observation.screenshot == seen).all()


def test_a_run_is_exported_by_playing_it_again(tmp_path):
    run_folder = tmp_path / "run"
    words = ("--task", TASKS[0], "--seeds", "0-1", "--replays", 0, "--slots", 2)
    assert run("eval", *words, "--out", run_folder)[0] == 0
    code, told = run("export", run_folder, "--slots", 2, "--out", tmp_path / "out")
    assert (code, "2 successes and 0 failures of 1 tasks" in told) == (0, True)
    rows = next(open_demonstrations(tmp_path / "out").episodes(columns=COLUMNS))
    assert rows[0].target is not None
    assert rows[0].seed == 0


def test_classic_recordings_are_imported(tmp_path):
    save(tmp_path / "demos", "a.json", recording(typed()))
    save(tmp_path / "demos", "b.json", {"utterance": "no states"})
    code, told = run("export", tmp_path / "demos", "--classic", "--out", tmp_path / "out")
    assert code == 0
    assert "1 successes and 0 failures" in told
    assert "left out 1: states: Field required" in told
    assert "skipped.json" in told


def test_a_folder_that_is_no_run_is_named(tmp_path):
    code, told = run("export", tmp_path / "nothing", "--out", tmp_path / "out")
    assert (code, "not a run folder" in told) == (2, True)
