"""The play loop, over a browser made of counters."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webagent import actions
from webagent.browser.protocol import Mode, Page
from webagent.errors import BrowserError, PolicyStop
from webagent.play import Job, play
from webagent.policies.protocol import decide
from webagent.tasks.protocol import Start
from webagent.tasks.suites import load_task
from webagent.types import Context, Decision, Ending, Observation, Verdict


@dataclass(frozen=True)
class Count:
    """Click 1 three times; clicking 2 fails; clicking 9 is invalid."""

    id: str = "count"
    step_limit: int = 6
    labels: dict = field(default_factory=dict)

    def start(self, seed: int) -> Start:
        return Start(f"count:{seed}")

    def judge(self, probe) -> Verdict:
        return Verdict("Count to three", abs(probe) == 3, probe / 3, probe == 3)


class CountingBrowser:
    mode = Mode.ELEMENT
    version = "counters"

    def __init__(self, slots: int = 3, breaks=lambda slot: False):
        self.slots, self.breaks = slots, breaks
        self.counts: dict[int, int] = {}
        self.widest = 0

    def reset(self, starts):
        assert not set(starts) & {s for s in self.counts if s >= self.slots}
        self.counts.update(dict.fromkeys(starts, 0))
        return {slot: self._page(slot) for slot in starts}

    def step(self, requested):
        self.widest = max(self.widest, len(requested))
        return {slot: self._do(slot, action) for slot, action in requested.items()}

    def close(self):
        pass

    def _do(self, slot, action):
        if action == actions.click(1):
            self.counts[slot] += 1
        elif action == actions.click(2):
            self.counts[slot] = -3
        return self._page(slot, "There is no element 9." if action == actions.click(9) else None)

    def _page(self, slot, error=None):
        if self.breaks(slot):
            return BrowserError("The page hangs")
        count = self.counts[slot]
        return Page(Observation(f"<p>{count}</p>", error=error), count)


class Always:
    def __init__(self, action=None, raises=None):
        self.action, self.raises = action or actions.click(1), raises

    def act(self, contexts):
        if self.raises:
            raise self.raises
        return [Decision(self.action) for _ in contexts]


def run(policy, jobs=1, browser=None, **options):
    browser = browser or CountingBrowser()
    return list(play([Job(Count(), seed) for seed in range(jobs)], policy, browser, **options))


@pytest.mark.parametrize(
    ("policy", "ending", "steps"),
    [
        (Always(), Ending.SUCCESS, 3),
        (Always(actions.click(2)), Ending.FAILURE, 1),
        (Always(actions.done()), Ending.GAVE_UP, 1),
        (Always(actions.answer("3")), Ending.GAVE_UP, 1),
        (Always(actions.press("Tab")), Ending.STEP_LIMIT, 6),
        (Always(actions.click(9)), Ending.INVALID_ACTIONS, 4),
        (Always(raises=ValueError("odd")), Ending.POLICY_ERROR, 0),
    ],
)
def test_endings(policy, ending, steps):
    [episode] = run(policy, invalid_limit=4)
    assert episode.ending is ending
    assert episode.success == (ending is Ending.SUCCESS)
    assert len(episode.steps) == steps
    if ending is Ending.POLICY_ERROR:
        assert episode.detail == "ValueError: odd"


def test_history_holds_what_was_seen_and_what_was_wrong():
    seen: list[Context] = []

    class Watch(Always):
        def act(self, contexts):
            seen.extend(contexts)
            return super().act(contexts)

    run(Watch(actions.click(9)), invalid_limit=3)
    assert [len(context.history) for context in seen] == [0, 1, 2]
    assert seen[0].observation.error is None
    assert seen[2].history[0].error == "There is no element 9."
    assert seen[2].history[0].observation.html == "<p>0</p>"
    assert seen[2].instruction == "Count to three"


def test_slots_are_kept_busy_and_the_policy_is_asked_in_batches():
    browser = CountingBrowser(slots=4)
    assert len(run(Always(), jobs=10, browser=browser)) == 10
    assert browser.widest == 4


def test_a_broken_browser_is_retried_and_then_named():
    failures = iter([True, False, True])
    browser = CountingBrowser(slots=1, breaks=lambda slot: next(failures, False))
    [episode] = run(Always(), browser=browser)
    assert (episode.ending, episode.attempts) == (Ending.SUCCESS, 3)

    [episode] = run(Always(), browser=CountingBrowser(breaks=lambda slot: True), attempts=2)
    assert (episode.ending, episode.attempts) == (Ending.BROWSER_ERROR, 2)
    assert episode.ending.infrastructure
    assert episode.detail == "The page hangs"


def test_a_policy_error_ends_only_the_episode_it_comes_from():
    class Picky:
        def act(self, contexts):
            if any("bad" in c.task for c in contexts):
                raise KeyError("bad")
            return [Decision(actions.click(1)) for _ in contexts]

    jobs = [Job(Count("good"), 0), Job(Count("bad"), 0), Job(Count("good"), 1)]
    endings = [(e.task, e.ending) for e in play(jobs, Picky(), CountingBrowser())]
    assert sorted(endings) == [
        ("bad", Ending.POLICY_ERROR),
        ("good", Ending.SUCCESS),
        ("good", Ending.SUCCESS),
    ]


@pytest.mark.parametrize(
    "answers", [[actions.click(1)], ["click(1)"], [Decision("click(1)")], [None], [], None]
)
def test_a_policy_that_returns_something_else_is_told_so(answers):
    class Wrong:
        def act(self, contexts):
            return answers

    [episode] = run(Wrong())
    assert episode.ending is Ending.POLICY_ERROR
    if answers:
        assert "Decision" in episode.detail


def test_text_that_is_no_action_costs_a_step(browser):
    class Babbler:
        def act(self, contexts):
            return [decide("I would click the button") for _ in contexts]

    [episode] = play([Job(load_task("miniwob.click-button"), 0)], Babbler(), browser)
    assert episode.ending in (Ending.STEP_LIMIT, Ending.INVALID_ACTIONS)
    assert "Not a call like click(3)" in episode.steps[0].error
    assert str(episode.steps[0].decision.action) == 'invalid("I would click the button")'


def test_a_permanent_error_stops_the_run():
    with pytest.raises(PolicyStop):
        run(Always(raises=PolicyStop("The quota is used up.")))


@given(
    jobs=st.integers(0, 12),
    slots=st.integers(1, 5),
    seed=st.integers(0, 1000),
    breakage=st.floats(0, 0.4),
)
def test_every_job_gives_exactly_one_episode(jobs, slots, seed, breakage):
    rng = random.Random(seed)
    moves = [actions.click(1), actions.click(2), actions.click(9), actions.press("a")]

    class Anything:
        def act(self, contexts):
            return [Decision(rng.choice(moves)) for _ in contexts]

    browser = CountingBrowser(slots, breaks=lambda slot: rng.random() < breakage)
    episodes = run(Anything(), jobs, browser, invalid_limit=2)
    assert Counter(e.seed for e in episodes) == Counter(range(jobs))
    for episode in episodes:
        assert episode.attempts <= 3
        assert len(episode.steps) <= 6
