"""The expert solves what the catalog says it solves, on the real pages."""

import random
from collections import Counter

import pytest

import miniwob_tasks
from miniwob_tasks.experts import ComposedExpert
from miniwob_tasks.experts.page import read
from miniwob_tasks.pages import MiniWobTask
from webagent import actions
from webagent.play import Job, play
from webagent.tasks.protocol import EVALUATION_SEEDS, Variant
from webagent.tasks.suites import load_task, suite
from webagent.types import Decision, Ending

BASE = miniwob_tasks.suites()["miniwob-22"]


class Unsteady:
    """The expert, but some of its first steps are random clicks and texts."""

    def act(self, contexts):
        decisions = ComposedExpert().act(contexts)
        return [self._one(*pair) for pair in zip(contexts, decisions, strict=True)]

    def _one(self, context, decision):
        draw = random.Random(f"{context.instruction} {len(context.history)}")
        if len(context.history) >= 6 or draw.random() < 0.7:
            return decision
        one = draw.choice([one for one in read(context.observation.html).elements if one.ref])
        typed = one.tag == "input" and one.type in ("text", "password")
        return Decision(actions.type(one.ref, "abc") if typed else actions.click(one.ref))


def endings(browser, tasks, seeds, policy=None):
    jobs = (Job(task, seed) for task in tasks for seed in seeds)
    return [
        (episode.task, episode.seed, str(episode.ending), episode.detail)
        for episode in play(jobs, policy or ComposedExpert(), browser)
        if not episode.success
    ]


@pytest.mark.parametrize("task_id", BASE)
def test_expert_solves_base_task(browser, task_id):
    task = miniwob_tasks.task(task_id, Variant())
    assert endings(browser, [task], range(3)) == []


def test_step_limits_leave_room(browser):
    jobs = [Job(MiniWobTask(one.removeprefix("miniwob.")), seed) for one in BASE for seed in (3, 4)]
    for episode in play(jobs, ComposedExpert(), browser):
        assert 2 * len(episode.steps) <= load_task(episode.task).step_limit


def test_expert_goes_on_from_states_it_did_not_make(browser):
    names = suite("compwob")[::7] + suite("compwob-reverse")[3::7]
    jobs = [Job(load_task(name), seed) for name in names for seed in (0, 1)]
    ends = Counter(episode.ending for episode in play(jobs, Unsteady(), browser))
    assert set(ends) <= {Ending.SUCCESS, Ending.FAILURE, Ending.GAVE_UP}
    assert ends[Ending.SUCCESS] > len(jobs) / 2


@pytest.mark.parametrize("name", ["compwob", "compwob-reverse"])
def test_expert_solves_compositions(browser, name):
    assert endings(browser, [load_task(one) for one in suite(name)], [0]) == []


@pytest.mark.slow
@pytest.mark.parametrize("task_id", BASE)
def test_expert_solves_base_task_on_all_seeds(browser, task_id):
    failed = endings(browser, [load_task(task_id)], EVALUATION_SEEDS)
    assert failed == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compwob", "compwob-reverse"])
def test_expert_solves_compositions_on_many_seeds(browser, name):
    assert endings(browser, [load_task(one) for one in suite(name)], range(20)) == []
