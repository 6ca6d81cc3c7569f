"""The soak: very many episodes in one browser, whose memory must stay what it was."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from webagent.browser.session import open_browser
from webagent.play import Job, play
from webagent.policies.expert import ExpertPolicy
from webagent.tasks.protocol import Task
from webagent.tasks.suites import load_expert, load_task, suite
from webagent.types import Episode

from .processes import OURS, browser_of, memory
from .results import Bar, Outcome
from .watched import Watched

SUITES = ("compwob", "compwob-reverse", "miniwob-56")
LONGEST_ROUND = 5  # seeds of a task in a row: every window of samples sees every task
SAMPLES = 500
WINDOWS = 10  # of the samples; the first is the warm-up
FLAT = 0.10
FLATNESS = "within 10 % after warm-up"
SETTLED = 5_000  # episodes; a shorter soak is a warm-up and no more
CHECK = "miniwob.click-button"
MEGA = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes of memory by kind of process, after so many episodes; `anonymous` leaves out
    what is mapped from files, such as programs, which are shared with other processes.
    """

    episodes: int
    seconds: float
    memory: Mapping[str, int]
    anonymous: Mapping[str, int]

    @property
    def browser(self) -> int:
        """Its own memory: how much of its programs counts as its own depends on how many
        other browsers run.
        """
        return sum(size for kind, size in self.anonymous.items() if kind != OURS)

    @property
    def ours(self) -> int:
        return self.anonymous[OURS]


@dataclass(frozen=True, slots=True)
class Memory:
    """Medians over consecutive windows of samples, and how far those after the first
    (the warm-up) are from the second, as a fraction of it.
    """

    medians: Sequence[float]
    deviation: float

    def __str__(self) -> str:
        sizes = ", ".join(f"{size / MEGA:.0f}" for size in self.medians)
        return f"largest deviation {self.deviation:.1%}; medians of windows: {sizes} MiB"


@dataclass(slots=True)
class Tally:
    """What the episodes came to, and what was seen of memory and browsers meanwhile."""

    endings: Counter[str] = field(default_factory=Counter[str])
    unsolved: list[str] = field(default_factory=list[str])
    retries: int = 0
    samples: list[Sample] = field(default_factory=list[Sample])
    browsers: list[int | None] = field(default_factory=list[int | None])
    lost: int = 0
    seconds: float = 0.0

    @property
    def played(self) -> int:
        return self.endings.total()

    def note(self, one: Episode) -> None:
        self.endings[one.ending.value] += 1
        self.retries += one.attempts - 1
        if not one.success:
            self.unsolved.append(f"{one.task} {one.seed}: {one.ending.value} {one.detail}")

    def sample(self, seconds: float) -> Sample:
        pid = os.getpid()
        if (browser := browser_of(pid)) not in self.browsers:
            self.browsers.append(browser)
        self.samples.append(Sample(self.played, seconds, memory(pid), memory(pid, "Pss_Anon")))
        return self.samples[-1]


def soak(episodes: int, seed: int, slots: int, report: Callable[[str], None]) -> Outcome:
    """Play `episodes` of the expert over three suites, mixed, and sample all memory."""
    tally = Tally()
    every = max(1, episodes // SAMPLES)
    began = time.monotonic()
    with open_browser(slots) as opened:
        browser = Watched(opened)
        for one in play(mixed(episodes, seed), ExpertPolicy(load_expert), browser):
            tally.note(one)
            if tally.played % every == 0:
                sample = tally.sample(time.monotonic() - began)
                if len(tally.samples) % 10 == 0:
                    report(_progress(sample))
        tally.seconds = time.monotonic() - began
        tally.lost = slots - sum(one.success for one in check(browser))
    measured = {
        "slots": slots,
        "tally": tally,
        "episodes_of_slot": {str(slot): count for slot, count in browser.resets.items()},
        "failures": browser.failures[:100],
        "longest": browser.longest,
    }
    return Outcome(_bars(episodes, tally), measured, browser.version)


def _bars(episodes: int, tally: Tally) -> list[Bar]:
    shells = flatness([one.browser for one in tally.samples])
    ours = flatness([one.ours for one in tally.samples])
    lost = f"{tally.lost} lost; {tally.retries} retries, {len(tally.browsers) - 1} browser restarts"
    missed, short = len(tally.unsolved), episodes < SETTLED
    return [
        Bar(
            f"{episodes:,} episodes played",
            f"{tally.played:,} in {tally.seconds:.0f} s",
            tally.played == episodes,
        ),
        Bar(f"browser memory {FLATNESS}", str(shells), shells.deviation <= FLAT or short),
        Bar(f"our own memory {FLATNESS}", str(ours), ours.deviation <= FLAT or short),
        Bar("no slot lost", lost, not tally.lost),
        Bar(
            "the expert solves 99.9 % (tic-tac-toe cannot always be won)",
            f"{missed} unsolved",
            missed <= episodes / 1000,
        ),
    ]


def mixed(episodes: int, seed: int) -> Iterator[Job]:
    """Rounds of 1-5 seeds of one task after the other, in an order drawn from `seed`."""
    rng = random.Random(seed)
    tasks = [load_task(name) for one in SUITES for name in suite(one)]
    upcoming: Counter[str] = Counter()
    left = episodes
    while left:
        task = rng.choice(tasks)
        length = min(left, rng.randint(1, LONGEST_ROUND))
        first = upcoming[task.id]
        yield from (Job(task, one) for one in range(first, first + length))
        upcoming[task.id] += length
        left -= length


def check(browser: Watched, task: Task | None = None) -> list[Episode]:
    """One simple episode in each slot, without a second attempt."""
    jobs = [Job(task or load_task(CHECK), seed) for seed in range(browser.slots)]
    return list(play(jobs, ExpertPolicy(load_expert), browser, attempts=1))


def flatness(sizes: Sequence[float]) -> Memory:
    """Compare windows of samples; too few samples for ten windows make fewer of them."""
    length = max(1, len(sizes) // WINDOWS)
    windows = [sizes[start : start + length] for start in range(0, len(sizes), length)]
    medians = [median(one) for one in windows if len(one) == length]
    settled = medians[1:]
    if not settled:
        return Memory(medians, 0.0)
    return Memory(medians, max(abs(size / settled[0] - 1) for size in settled))


def _progress(sample: Sample) -> str:
    rate = sample.episodes / sample.seconds
    return (
        f"{sample.episodes:,} episodes, {rate:.1f}/s, browser {sample.browser / MEGA:.0f} MiB, "
        f"our process {sample.ours / MEGA:.0f} MiB"
    )
