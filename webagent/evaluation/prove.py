"""The proof of the tasks: each can be solved, no wrong way solves it, its pages repeat.

For every task (a) its expert succeeds; (b) negative controls, generated from what the
expert did, fail; (c) the same seed gives the same pages and verdict in a fresh and in a
used slot, on every backend. `prove_pages` plays (a) and (c), `prove_controls` (a) and (b);
`tally` judges what they played.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import orjson

from webagent.browser.protocol import Browser
from webagent.evaluation.controls import controls_of
from webagent.play import Job, play
from webagent.policies.protocol import Policy
from webagent.policies.random import RandomPolicy
from webagent.tasks.controls import LATER, Control, Kind
from webagent.tasks.protocol import Start, Task
from webagent.types import Context, Decision, Ending, Episode, Json, Verdict

KINDS: tuple[Kind, ...] = ("skip", "wrong", "order")
BROKEN = (Ending.BROWSER_ERROR, Ending.POLICY_ERROR)
LITTER_SEEDS = (100, 200)  # added to the seed of the episodes that leave traces in a slot
LITTER_STEPS = 8
MORE_SEEDS = 12  # tried in turn for controls that some of the given seeds do not offer

Result: TypeAlias = Literal["failed", "unordered", "passed", "broken", "impossible"]
"""How a control ended: "unordered" is a success whose verdict says that the order was not
kept, which is what a control of the order may bring; "passed" is a defect."""


@dataclass(frozen=True, slots=True)
class Played:
    """An episode of the expert. `digest` is over all its pages, actions and its verdict."""

    seed: int
    fresh: bool
    ending: str
    digest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A control and how it ended. `reason`: why it was impossible, or what broke."""

    kind: Kind
    part: str
    how: str
    seed: int
    result: Result
    ending: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was played of one task, for each "backend/mode"."""

    pages: Mapping[str, Sequence[Played]] = field(default_factory=dict[str, Sequence[Played]])
    controls: Mapping[str, Sequence[Outcome]] = field(default_factory=dict[str, Sequence[Outcome]])

    @property
    def outcomes(self) -> list[Outcome]:
        return [one for outcomes in self.controls.values() for one in outcomes]


@dataclass(frozen=True, slots=True)
class Count:
    """Of the controls of one kind: how many were played, and how they ended."""

    played: int
    failed: int
    unordered: int
    impossible: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The judgement of a task. `solved` of `expert` episodes of the expert succeeded;
    `same` of `compared` gave what the first one of that seed and mode gave.
    """

    task: str
    solved: int
    expert: int
    same: int
    compared: int
    counts: Mapping[Kind, Count]
    exceptions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Staged:
    """A task under an id of its own, so that each episode can have its own policy.

    `fresh` loads the page anew; `limit` ends the episode after so many steps.
    """

    task: Task
    id: str
    fresh: bool = False
    limit: int | None = None

    @property
    def step_limit(self) -> int:
        return self.limit or self.task.step_limit

    @property
    def labels(self) -> Mapping[str, Json]:
        return self.task.labels

    def start(self, seed: int) -> Start:
        start = self.task.start(seed)
        return replace(start, reload=self.fresh or start.reload)

    def judge(self, probe: Json) -> Verdict:
        return self.task.judge(probe)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays which task id."""

    players: Mapping[str, Policy]

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self.players[context.task].act([context])[0] for context in contexts]


def prove_pages(task: Task, seeds: Sequence[int], expert: Policy, browser: Browser) -> list[Played]:
    """The expert on each seed in a fresh page, and again after a random policy used it.

    `browser` must have one slot.
    """
    fresh = Staged(task, f"{task.id}@fresh", fresh=True)
    litter = Staged(task, f"{task.id}@litter", limit=LITTER_STEPS)
    used = Staged(task, f"{task.id}@used")
    players = {fresh.id: expert, litter.id: RandomPolicy(), used.id: expert}
    jobs: list[Job] = []
    for seed in seeds:
        traces = [Job(litter, seed + more) for more in LITTER_SEEDS]
        jobs += [Job(fresh, seed), *traces, Job(used, seed)]
    return [
        _played(one, fresh=one.task == fresh.id)
        for one in play(jobs, Cast(players), browser)
        if one.task != litter.id
    ]


def prove_controls(
    task: Task, seeds: Sequence[int], expert: Policy, browser: Browser
) -> tuple[list[Played], list[Outcome]]:
    """The expert and every control on every seed, and the expert again after them.

    Controls that some of these seeds do not offer are played on further ones instead.
    """
    played, found = _controls(task, seeds, expert, browser)
    outcomes = _play_controls(task, found, browser)
    for seed in range(max(seeds) + 1, max(seeds) + 1 + MORE_SEEDS):
        missing = _missing(outcomes, len(seeds))
        if not missing:
            break
        more, found = _controls(task, [seed], expert, browser)
        played += more
        wanted = [(seed, one) for _, one in found if one.policy and _key(one) in missing]
        outcomes += _play_controls(task, wanted, browser)
    again, _ = _controls(task, seeds, expert, browser)
    return played + again, outcomes


def digest(episode: Episode) -> str:
    """Sixteen hex digits over all that an episode showed and how it was judged."""
    verdict = episode.verdict
    shown = [
        *([step.observation.html, str(step.decision.action), step.error] for step in episode.steps),
        episode.final.html if episode.final else None,
        [verdict.instruction, verdict.done, verdict.raw_reward, verdict.success, verdict.facts],
    ]
    plain = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()[:16]


def tally(task: str, proof: Proof) -> Tally:
    """Judge what was played of a task."""
    expert = [(cell, one) for cell, played in proof.pages.items() for one in played]
    unsolved = [
        f"{cell}, seed {one.seed}: the expert's episode ended with {one.ending}"
        for cell, one in expert
        if one.ending != Ending.SUCCESS
    ]
    differing = list(_differing(expert))
    wrong = [
        f"{cell}, seed {one.seed}: {one.part}, {one.how}: {one.result} ({one.reason or one.ending})"
        for cell, outcomes in proof.controls.items()
        for one in outcomes
        if one.result in ("passed", "broken")
    ]
    return Tally(
        task=task,
        solved=len(expert) - len(unsolved),
        expert=len(expert),
        same=len(expert) - len(differing),
        compared=len(expert),
        counts={kind: _count(kind, proof.outcomes) for kind in KINDS},
        exceptions=[*unsolved, *differing, *wrong],
    )


def missing_parts(proof: Proof) -> list[tuple[str, str]]:
    """Parts of which no control of a kind could be played, and why."""
    reasons = {(one.kind, one.part): one.reason for one in proof.outcomes}
    played = {(one.kind, one.part) for one in proof.outcomes if one.result != "impossible"}
    return [(f"{key[0]} {key[1]}", reasons[key]) for key in sorted(reasons.keys() - played)]


def _differing(expert: Sequence[tuple[str, Played]]) -> Iterator[str]:
    """Episodes unlike the first of the same seed and mode."""
    first: dict[tuple[str, int], str] = {}
    for cell, one in expert:
        mode = cell.partition("/")[2]
        if first.setdefault((mode, one.seed), one.digest) != one.digest:
            slot = "fresh" if one.fresh else "used"
            yield f"{cell}, seed {one.seed}: other pages in a {slot} slot"


def _played(episode: Episode, *, fresh: bool) -> Played:
    return Played(episode.seed, fresh, str(episode.ending), digest(episode))


def _count(kind: Kind, outcomes: Iterable[Outcome]) -> Count:
    results = [one.result for one in outcomes if one.kind == kind]
    impossible = results.count("impossible")
    return Count(
        len(results) - impossible, results.count("failed"), results.count("unordered"), impossible
    )


def _controls(
    task: Task, seeds: Sequence[int], expert: Policy, browser: Browser
) -> tuple[list[Played], list[tuple[int, Control]]]:
    """The expert's episodes, and the controls on each seed that it solves."""
    jobs = [Job(task, seed) for seed in seeds]
    episodes = sorted(play(jobs, expert, browser), key=lambda one: one.seed)
    found = [
        (one.seed, control) for one in episodes if one.success for control in controls_of(task, one)
    ]
    return [_played(one, fresh=False) for one in episodes], found


def _play_controls(
    task: Task, controls: Sequence[tuple[int, Control]], browser: Browser
) -> list[Outcome]:
    named = {f"{task.id}#{number}": one for number, one in enumerate(controls)}
    players = {name: one.policy for name, (_, one) in named.items() if one.policy}
    jobs = [Job(Staged(task, name), named[name][0]) for name in players]
    ended = {one.task: one for one in play(jobs, Cast(players), browser)}
    return [_outcome(seed, control, ended.get(name)) for name, (seed, control) in named.items()]


def _outcome(seed: int, control: Control, episode: Episode | None) -> Outcome:
    what = control.kind, control.part, control.how, seed
    if episode is None:
        return Outcome(*what, "impossible", "", control.reason)
    return Outcome(*what, _result(control.kind, episode), str(episode.ending), episode.detail)


def _result(kind: Kind, episode: Episode) -> Result:
    if episode.ending in BROKEN:
        return "broken"
    if not episode.success:
        return "failed"
    unordered = kind == "order" and episode.verdict.facts.get("ordered") is False
    return "unordered" if unordered else "passed"


def _missing(outcomes: Sequence[Outcome], wanted: int) -> set[tuple[Kind, str, str]]:
    """The controls that were played on fewer seeds, for some that did not offer them."""
    lacking = {_key(one) for one in outcomes if one.result == "impossible" and one.reason != LATER}
    played = Counter(_key(one) for one in outcomes if one.result != "impossible")
    return {key for key in lacking if played[key] < wanted}


def _key(one: Control | Outcome) -> tuple[Kind, str, str]:
    return one.kind, one.part, one.how
