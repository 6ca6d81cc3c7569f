"""The same (task, seed, actions) give the same pages and verdict, in any slot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from miniwob_tasks.catalog import catalog
from webagent.browser.protocol import Mode, Page
from webagent.browser.session import Session, open_browser
from webagent.policies.expert import ExpertPolicy
from webagent.policies.protocol import Policy
from webagent.policies.random import RandomPolicy
from webagent.tasks.protocol import Task
from webagent.tasks.suites import load_expert, load_task, suite
from webagent.types import Context, Step

SEED = 7
STEPS = 5
SAMPLE = [*suite("miniwob-125")[::9], *suite("compwob")[::7], *suite("compwob-reverse")[3::9]]
ALL = [*suite("miniwob-125"), *suite("compwob"), *suite("compwob-reverse")]


def trace(
    browser: Session,
    slot: int,
    task: Task,
    seed: int,
    policy: Policy,
    fresh: bool,
    steps: int = STEPS,
) -> Iterator[Page]:
    """The pages of an episode of at most so many steps."""
    start = task.start(seed)
    page = browser.reset({slot: replace(start, reload=fresh or start.reload)})[slot]
    history: tuple[Step, ...] = ()
    for _ in range(steps):
        assert isinstance(page, Page), page
        # The server's port is the one thing that may differ.
        yield replace(page, observation=replace(page.observation, url=""))
        verdict = task.judge(page.probe)
        if verdict.done:
            return
        context = Context(task.id, verdict.instruction, page.observation, history)
        [decision] = policy.act([context])
        history += (Step(page.observation, decision),)
        page = browser.step({slot: decision.action})[slot]


def check_reuse(browser: Session, task: Task) -> None:
    fresh = list(trace(browser, 0, task, SEED, RandomPolicy(1), fresh=True))
    for seed in (11, 12):  # leave traces of other episodes in the other slot
        list(trace(browser, 1, task, seed, RandomPolicy(2), fresh=False))
    assert list(trace(browser, 1, task, SEED, RandomPolicy(1), fresh=False)) == fresh


@pytest.mark.parametrize("task_id", SAMPLE)
def test_a_reused_slot_is_like_a_fresh_one(browser: Session, task_id: str):
    check_reuse(browser, load_task(task_id))


@pytest.mark.slow
def test_every_reused_slot_is_like_a_fresh_one(browser: Session):
    failures: list[str] = []
    for task_id in ALL:
        try:
            check_reuse(browser, load_task(task_id))
        except AssertionError:
            failures.append(task_id)
    assert failures == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name, entry in catalog().items() if entry.reload == "pictures"]
)
def test_an_episode_that_was_left_anywhere_leaves_no_trace(browser: Session, name: str):
    """For pages that would keep something if they were not put right: where an episode with the
    expert or at random ends after any step, the next one is as in a new page.
    """
    task, expert = load_task(f"miniwob.{name}"), ExpertPolicy(load_expert)
    whole = list(trace(browser, 0, task, SEED, expert, fresh=True, steps=task.step_limit))
    wild = list(trace(browser, 0, task, SEED, RandomPolicy(1), fresh=True))
    for steps in range(1, len(whole) + 1):
        for policy in (expert, RandomPolicy(steps)):
            for seed in (11, 12):
                list(trace(browser, 1, task, seed, policy, fresh=False, steps=steps))
            again = trace(browser, 1, task, SEED, expert, fresh=False, steps=task.step_limit)
            assert list(again) == whole, steps
            list(trace(browser, 1, task, 13, policy, fresh=False, steps=steps))
            assert list(trace(browser, 1, task, SEED, RandomPolicy(1), fresh=False)) == wild, steps


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(Mode))
def test_backends_agree(playwright: None, mode: Mode):
    policy = ExpertPolicy(load_expert)
    with (
        open_browser(slots=1, mode=mode) as fast,
        open_browser(slots=1, mode=mode, backend="playwright") as other,
    ):
        for task_id in [*suite("miniwob-22"), *suite("compwob")[::5]]:
            task = load_task(task_id)
            traces = [list(trace(one, 0, task, SEED, policy, fresh=False)) for one in (fast, other)]
            assert traces[0] == traces[1], task_id
