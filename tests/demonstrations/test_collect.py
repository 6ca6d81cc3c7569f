"""Collecting: the right number, the right seeds, and going on after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from demonstration_fakes import TwoSteps, TwoStepsBrowser, Typist, manifest

from webagent.demonstrations.collect import Wanted, collect
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import PolicyStop, RunError
from webagent.types import Ending

FIRST = 1_000_000
HERE = Path(__file__).parent
pytest.importorskip("pyarrow")


def collected(folder, wanted, policy=None, browser=None, **options):
    with DemonstrationWriter(folder, manifest(), shard_episodes=4) as writer:
        return collect(wanted, policy or Typist(), browser or TwoStepsBrowser(), writer, **options)


def seeds(folder, split="success"):
    return sorted(one[0].seed for one in open_demonstrations(folder).episodes(split))


def test_each_task_gets_its_number_in_spite_of_failures(tmp_path):
    tasks = [TwoSteps("miniwob.easy"), TwoSteps("miniwob.hard", hard=2)]
    done = collected(tmp_path, Wanted(tasks, per_task=6))
    assert done.successes == {"miniwob.easy": 6, "miniwob.hard": 6}
    assert set(done.failures) == {"miniwob.hard"}
    assert done.short == {}
    assert all(seed % 2 == 0 for seed in seeds(tmp_path, "failure"))


def test_a_task_that_cannot_be_solved_is_given_up(tmp_path):
    tasks = [TwoSteps("miniwob.easy"), TwoSteps("miniwob.never", hard=1)]
    done = collected(tmp_path, Wanted(tasks, per_task=3, max_failures=5))
    assert done.successes == {"miniwob.easy": 3}
    assert 5 <= done.failures["miniwob.never"] <= 6  # one more can be under way
    assert "0 of 3 wanted, given up" in done.short["miniwob.never"]
    assert "given up" in (tmp_path / "README.md").read_text()


def test_more_can_be_added(tmp_path):
    collected(tmp_path, Wanted([TwoSteps()], per_task=3))
    browser = TwoStepsBrowser()
    done = collected(tmp_path, Wanted([TwoSteps()], per_task=5), browser=browser)
    assert [seed for _, seed in browser.played] == [FIRST + 3, FIRST + 4]
    assert seeds(tmp_path) == list(range(FIRST, FIRST + 5))
    assert done.complete


def test_a_policy_that_stops_loses_nothing(tmp_path):
    class Tired(Typist):
        def act(self, contexts):
            if len(self.seen) > 5:
                raise PolicyStop("no more today")
            return super().act(contexts)

    with pytest.raises(PolicyStop):
        collected(tmp_path, Wanted([TwoSteps()], per_task=9), Tired())
    browser = TwoStepsBrowser()
    collected(tmp_path, Wanted([TwoSteps()], per_task=9), browser=browser)
    assert 0 < len(browser.played) < 9
    assert seeds(tmp_path) == list(range(FIRST, FIRST + 9))


def test_errors_before_the_first_step_are_counted(tmp_path):
    class Broken:
        def act(self, contexts):
            raise ValueError("no model")

    done = collected(tmp_path, Wanted([TwoSteps()], per_task=1, max_failures=2), Broken())
    assert done.left_out == {"policy error: ValueError: no model": 2}
    assert done.episodes == 0
    assert done.short


def test_observers_see_successes_towards_the_goal(tmp_path):
    told = []
    collected(
        tmp_path,
        Wanted([TwoSteps(hard=2)], per_task=2),
        observers=[lambda episode, done, goal: told.append((episode.ending, done, goal))],
    )
    assert told[-1] == (Ending.SUCCESS, 2, 2)
    assert {goal for _, _, goal in told} == {2}
    assert any(ending is Ending.FAILURE for ending, _, _ in told)


@pytest.mark.parametrize("seed", [0, 99, 500_000, 999_999])
def test_only_training_seeds_are_taken(tmp_path, seed):
    with pytest.raises(RunError, match=f"Seed {seed:,}"):
        collected(tmp_path, Wanted([TwoSteps()], per_task=1, first_seed=seed))


def test_validation_seeds_are_taken_where_asked(tmp_path):
    wanted = Wanted([TwoSteps()], per_task=3, first_seed=500_998, validation=True)
    done = collected(tmp_path, wanted)
    assert seeds(tmp_path) == [500_998, 500_999]
    assert done.seeds == ["validation"]
    assert done.short == {"miniwob.two-steps": "2 of 3 wanted, all seeds played"}
    first = Wanted([TwoSteps()], per_task=1, validation=True)
    collected(tmp_path / "b", first)
    assert seeds(tmp_path / "b") == [500_000]
    with pytest.raises(RunError, match="validation seeds are"):
        collected(tmp_path / "c", replace(first, first_seed=3))


SLOW = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_collect import collected
from demonstration_fakes import TwoSteps, Typist
from webagent.demonstrations.collect import Wanted

class Slow(Typist):
    def act(self, contexts):
        time.sleep(0.003)
        return super().act(contexts)

collected(Path(sys.argv[1]), Wanted([TwoSteps()], per_task=1000), Slow())
"""


def test_killed_it_goes_on_where_it_was(tmp_path):
    folder = tmp_path / "data"
    for least in (6, 14):
        process = subprocess.Popen([sys.executable, "-c", SLOW, str(folder), str(HERE)])
        journal, limit = folder / ".journal" / "success.jsonl", time.monotonic() + 60
        while len(list(folder.glob("success/*.parquet"))) * 4 < least or not journal.exists():
            assert process.poll() is None, "it should still be collecting"
            assert time.monotonic() < limit
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with DemonstrationWriter(folder, manifest()) as writer:
        kept = {int(name.split("#")[1]) for name in writer.episodes}
    assert len(kept) >= 14
    browser = TwoStepsBrowser()
    wanted = Wanted([TwoSteps()], per_task=len(kept) + 10)
    collected(folder, wanted, browser=browser)
    assert not kept & {seed for _, seed in browser.played}
    assert seeds(folder) == list(range(FIRST, FIRST + len(kept) + 10))
    open_demonstrations(folder).check()
