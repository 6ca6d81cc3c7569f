"""The fuzz: random and malformed actions on every page, none of which may do harm."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from webagent.browser.protocol import Browser, Mode
from webagent.browser.session import open_browser
from webagent.errors import TaskError
from webagent.evaluation.record import from_line, record_of, to_line
from webagent.play import Job, play
from webagent.policies.expert import ExpertPolicy
from webagent.policies.protocol import Policy
from webagent.tasks.composition import kinds
from webagent.tasks.protocol import Task, Variant
from webagent.tasks.suites import load_expert, load_task, suite
from webagent.types import Episode

from .malformed import Malformed
from .results import Bar, Outcome
from .soak import check
from .watched import Watched

SUITES = ("miniwob-125", "compwob", "compwob-reverse")
OWN = 50  # compositions of up to four parts
TIMEOUT = 15.0  # seconds; the default of `webagent eval`
EPISODES = 12  # between two looks at whether the pages still work
WITH_PICTURES = 0.05  # of the episodes
NEVER = 10**9


def fuzz(actions: int, seed: int, slots: int, report: Callable[[str], None]) -> Outcome:
    """Play `actions` random and malformed actions, half in each mode."""
    found = [_fuzz(actions // 2, seed, slots, mode, report) for mode in Mode]
    played = sum(browser.steps.total() for browser, _ in found)
    failures = [one for browser, _ in found for one in browser.failures]
    longest = max((browser.longest["step"] for browser, _ in found), key=lambda c: c.seconds)
    tally = sum((one for _, one in found), Counter[str]())
    spoiled = {key: count for key, count in tally.items() if key.startswith("spoiled")}
    unstorable = {key: count for key, count in tally.items() if key.startswith("unstorable")}
    bars = [
        Bar(f"{actions:,} actions, nothing raised", f"{played:,} played", played >= actions),
        Bar("no action breaks a page", f"{len(failures)} browser errors", not failures),
        Bar(
            f"no step longer than the timeout of {TIMEOUT:g} s",
            f"longest {longest.seconds:.2f} s: {'; '.join(longest.what)[:120]}",
            longest.seconds < TIMEOUT,
        ),
        Bar("every slot usable at the end", f"{tally['lost']} lost", not tally["lost"]),
        Bar(
            "the expert solves the same pages afterwards, if it does in a fresh browser",
            f"{tally['checked']} episodes in between, {sum(spoiled.values())} spoiled",
            not spoiled,
        ),
        Bar("every episode can be stored", f"{sum(unstorable.values())} cannot", not unstorable),
    ]
    measured = {
        "slots": slots,
        "tally": dict(sorted(tally.items())),
        "failures": failures[:200],
        "longest": [browser.longest for browser, _ in found],
    }
    return Outcome(bars, measured, found[0][0].version)


def _fuzz(
    actions: int, seed: int, slots: int, mode: Mode, report: Callable[[str], None]
) -> tuple[Watched, Counter[str]]:
    rng = random.Random(f"{seed}/{mode}")
    tally: Counter[str] = Counter()
    names = _names(rng)
    with open_browser(slots, mode, timeout=TIMEOUT) as opened:
        browser = Watched(opened)
        while (left := actions - browser.steps.total()) > 0:
            jobs = _jobs(rng, rng.sample(names, min(EPISODES, 1 + left // 8)), mode)
            for one in _played(jobs, Malformed(seed), browser):
                tally[one.ending.value] += 1
                if problem := _unstorable(one):
                    tally[f"unstorable {problem}"] += 1
            tally += _checked(_solvable(jobs[-slots:]), Watched(opened), mode)
            errors = "; ".join(f"{one.action}: {one.error}" for one in browser.failures[-1:])
            report(f"{mode}: {browser.steps.total():,} actions, last error: {errors or 'none'}")
        tally["lost"] = slots - sum(one.success for one in check(browser))
    return browser, tally


def _jobs(rng: random.Random, names: Sequence[str], mode: Mode) -> list[Job]:
    # What covers a target makes a page unsolvable for the mouse, for anybody.
    variant = Variant(layout="open" if mode is Mode.POINTER else "official")
    return [
        Job(load_task(name, variant), rng.randrange(1000), rng.random() < WITH_PICTURES)
        for name in names
    ]


def _checked(jobs: Sequence[Job], browser: Watched, mode: Mode) -> Counter[str]:
    """Play with the expert; what it fails on counts if it succeeds in a fresh browser."""
    tally: Counter[str] = Counter(checked=len(jobs))
    by_key = {(job.task.id, job.seed): job for job in jobs}
    for one in _played(jobs, ExpertPolicy(load_expert), browser):
        if one.success:
            continue
        with open_browser(1, mode, timeout=TIMEOUT) as fresh:
            (again,) = _played([by_key[one.task, one.seed]], ExpertPolicy(load_expert), fresh)
        tally["unsolvable"] += not again.success
        if again.success:
            tally[f"spoiled {one.task} {one.seed} {one.ending} {one.detail}"] += 1
    return tally


def _played(jobs: Sequence[Job], policy: Policy, browser: Browser) -> Iterator[Episode]:
    return play(jobs, policy, browser, invalid_limit=NEVER, attempts=1)


def _unstorable(episode: Episode) -> str:
    """Why a run folder could not keep the episode; nothing if it can."""
    try:
        line = to_line(record_of(episode, keep_html=True))
        return "" if line.count(b"\n") == 1 and from_line(line) else "more than one line"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]


def _solvable(jobs: Sequence[Job]) -> list[Job]:
    """The same tasks with the next seed, where there is an expert."""
    return [Job(job.task, job.seed + 1) for job in jobs if _has_expert(job.task)]


def _has_expert(task: Task) -> bool:
    try:
        load_expert(task.id)
    except TaskError:
        return False
    return True


def _names(rng: random.Random) -> list[str]:
    names = [name for one in SUITES for name in suite(one)]
    for _ in range(OWN):
        parts = rng.choices(kinds(), k=rng.randint(1, 4))
        names.append(f"{rng.choice(('compose', 'compose-reverse'))}.{'+'.join(parts)}")
    return names
