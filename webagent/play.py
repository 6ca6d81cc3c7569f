"""The play loop. Everything that steps a page goes through `play`.

Evaluation, collection, replay and training all consume its stream of episodes;
recording, progress and metrics observe that stream and are never part of the loop.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from webagent import actions
from webagent.actions import Action
from webagent.browser.protocol import Browser, Page
from webagent.errors import BrowserError, PolicyError, PolicyStop, TaskError
from webagent.policies.protocol import Policy, sees
from webagent.tasks.protocol import Start, Task
from webagent.types import Context, Decision, Ending, Episode, Observation, Step, Verdict

LONGEST_ROUND = 25  # seeds of a task in a row, so that a slot can use its page again


@dataclass(frozen=True, slots=True)
class Job:
    """One episode to play. `screenshots` puts a picture into each observation."""

    task: Task
    seed: int
    screenshots: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """An episode in progress in some slot."""

    job: Job
    began: float
    attempts: int = 1
    verdict: Verdict = field(default_factory=lambda: Verdict(""))
    observation: Observation | None = None
    steps: tuple[Step, ...] = ()

    @property
    def context(self) -> Context:
        assert self.observation is not None
        return Context(self.job.task.id, self.verdict.instruction, self.observation, self.steps)

    def end(self, ending: Ending, detail: str = "") -> Episode:
        seconds = time.monotonic() - self.began
        return Episode(
            self.job.task.id, self.job.seed, ending, self.verdict, self.steps,
            self.observation, seconds, self.attempts, detail,
        )  # fmt: skip


def play(
    jobs: Iterable[Job],
    policy: Policy,
    browser: Browser,
    *,
    invalid_limit: int = 10,
    attempts: int = 3,
) -> Iterator[Episode]:
    """Play every job and yield each episode when it ends, in no fixed order.

    All free slots take jobs, the policy decides for all of them in one batch, and the
    browser carries the decisions out together. An episode whose browser fails starts
    again, up to `attempts` times; one with `invalid_limit` invalid actions in a row ends.
    Raises `PolicyStop` when the policy can't go on; what was yielded before stays valid.
    """
    queue = iter(jobs)
    again: list[Running] = []
    running: dict[int, Running] = {}
    while True:
        beginning = dict(zip(_free(browser, running), _next(again, queue), strict=False))
        if not (running or beginning):
            return
        pages = browser.reset({slot: _start(one.job, policy) for slot, one in beginning.items()})
        running |= beginning
        decisions = _decide(policy, _ready(running, beginning))
        for slot, decision in decisions.items():
            if isinstance(decision, Exception):
                yield running.pop(slot).end(Ending.POLICY_ERROR, _describe(decision))
        chosen = {s: d for s, d in decisions.items() if isinstance(d, Decision)}
        pages |= browser.step({slot: decision.action for slot, decision in chosen.items()})
        for slot, page in pages.items():
            one = _advance(running[slot], chosen.get(slot), page)
            if isinstance(one, Running):
                running[slot] = one
                ending = _ending(one, invalid_limit)
                if ending:
                    yield running.pop(slot).end(ending)
                continue
            failed = running.pop(slot)
            if failed.attempts < attempts:
                again.append(Running(failed.job, failed.began, failed.attempts + 1))
            else:
                yield failed.end(Ending.BROWSER_ERROR, str(one))


def _free(browser: Browser, running: Mapping[int, Running]) -> list[int]:
    return [slot for slot in range(browser.slots) if slot not in running]


def _next(again: list[Running], queue: Iterator[Job]) -> Iterator[Running]:
    while again:
        yield again.pop()
    for job in queue:
        yield Running(job, time.monotonic())


def _start(job: Job, policy: Policy) -> Start:
    return replace(
        job.task.start(job.seed), screenshots=job.screenshots or sees(policy, job.task.id)
    )


def _ready(running: Mapping[int, Running], beginning: Mapping[int, Running]) -> dict[int, Context]:
    return {slot: one.context for slot, one in running.items() if slot not in beginning}


def _decide(policy: Policy, contexts: Mapping[int, Context]) -> dict[int, Decision | Exception]:
    """One decision per slot. If a batch fails, each context is asked alone, so that only
    the episodes that cause an exception end with it.
    """
    if not contexts:
        return {}
    try:
        decisions = [_checked(one) for one in policy.act(list(contexts.values()))]
        return dict(zip(contexts, decisions, strict=True))
    except PolicyStop:
        raise
    except Exception as error:
        if len(contexts) == 1:
            return dict.fromkeys(contexts, error)
    alone: dict[int, Decision | Exception] = {}
    for slot, context in contexts.items():
        alone |= _decide(policy, {slot: context})
    return alone


def _checked(decision: object) -> Decision:
    action: object = getattr(decision, "action", None)
    if isinstance(decision, Decision) and isinstance(action, Action):
        return decision
    raise PolicyError(
        f"A policy returns one Decision per context, and its action is an Action, such as "
        f'decide("click(3)"); this one returned {decision!r:.80}.'
    )


def _advance(
    one: Running, decision: Decision | None, page: Page | BrowserError
) -> Running | BrowserError:
    """The episode after a reset (no decision) or a step; an error if the browser failed."""
    if isinstance(page, BrowserError):
        return page
    steps = one.steps
    if decision and one.observation:
        steps += (Step(one.observation, decision, page.observation.error),)
    if decision and decision.gave_up:  # some tasks take the policy's word that it is done
        return replace(one, observation=page.observation, steps=steps)
    try:
        verdict = one.job.task.judge(page.probe)
    except TaskError as error:
        return BrowserError(str(error))
    return replace(one, verdict=verdict, observation=page.observation, steps=steps)


def _ending(one: Running, invalid_limit: int) -> Ending | None:
    if one.verdict.done:
        return Ending.SUCCESS if one.verdict.success else Ending.FAILURE
    if not one.steps:
        return None
    if one.steps[-1].decision.gave_up or one.steps[-1].decision.action.name in (
        actions.done.__name__,
        actions.answer.__name__,
    ):
        return Ending.GAVE_UP
    recent = one.steps[-invalid_limit:]
    if len(recent) == invalid_limit and all(step.error for step in recent):
        return Ending.INVALID_ACTIONS
    return Ending.STEP_LIMIT if len(one.steps) >= one.job.task.step_limit else None


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
