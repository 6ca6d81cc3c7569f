"""Collect episodes of a policy: so many successes of each task, on training seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from webagent.browser.protocol import Browser
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.record import Row, rows_of
from webagent.demonstrations.relabel import relabel
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import RunError
from webagent.evaluation.config import RunConfig
from webagent.play import LONGEST_ROUND, Job, play
from webagent.policies.protocol import Policy, sees
from webagent.tasks.protocol import FIRST_TRAINING_SEED, VALIDATION_SEEDS, Task
from webagent.types import Episode

Observer: TypeAlias = Callable[[Episode, int, int], None]
"""Called after each episode with it, how many successes there are, and how many there will be."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to collect: `per_task` successes of each task, on seeds from `first_seed` up.

    A task is given up after `max_failures` episodes that did not succeed. `validation`
    takes validation seeds, of which there are a thousand, in place of training seeds. With
    a `teacher`, rows hold what it would have done, and every episode counts as a success.
    """

    tasks: Sequence[Task]
    per_task: int
    first_seed: int | None = None  # by default the first that is allowed
    max_failures: int = 20
    screenshots: bool = False
    validation: bool = False
    teacher: Policy | None = None

    @property
    def seeds(self) -> range:
        """The seeds that may be played. Raises `RunError` if none of them is allowed."""
        first = self.first_seed
        if first is None:
            first = VALIDATION_SEEDS.start if self.validation else FIRST_TRAINING_SEED
        if self.validation and first in VALIDATION_SEEDS:
            return range(first, VALIDATION_SEEDS.stop)
        if not self.validation and first >= FIRST_TRAINING_SEED:
            return range(first, 2**31)
        allowed = (
            f"validation seeds are {VALIDATION_SEEDS.start:,}-{VALIDATION_SEEDS.stop - 1:,}"
            if self.validation
            else f"training takes seeds from {FIRST_TRAINING_SEED:,} up, and validation seeds "
            "only where that is asked for"
        )
        raise RunError(f"Seed {first:,} can't be collected: {allowed}.")


class Tally:
    """How far a collection is. It deals out jobs and counts what comes back."""

    def __init__(self, wanted: Wanted, writer: DemonstrationWriter) -> None:
        self._wanted = wanted
        self._tasks = {task.id: task for task in wanted.tasks}
        self._playing: Counter[str] = Counter()
        self._left = {task: iter(wanted.seeds) for task in self._tasks}
        self._done = writer.episodes
        self.successes: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        for name, success in writer.episodes.items():
            self._add(name.rpartition("#")[0], success or wanted.teacher is not None)

    def jobs(self) -> Iterator[Job]:
        """What is still to play, in rounds over all tasks that grow from one seed to 25.

        As many as would do if all that are being played succeed; ask again for the rest.
        """
        length, dealt = 1, True
        while dealt:
            dealt = False
            for task in self._tasks:
                for _ in range(length):
                    job = self._job(task)
                    if job is None:
                        break
                    dealt = True
                    yield job
            length = min(length * 4, LONGEST_ROUND)

    def count(self, episode: Episode, kept: bool) -> None:
        """Count an episode; one of which nothing was kept is a failure."""
        self._playing[episode.task] -= 1
        wanted = kept and (episode.success or self._wanted.teacher is not None)
        self._add(episode.task, wanted)

    @property
    def total(self) -> int:
        """Successes of the wanted tasks, none counted beyond its number."""
        return sum(min(self.successes[task], self._wanted.per_task) for task in self._tasks)

    def short(self) -> dict[str, str]:
        """Task -> why it has fewer successes than wanted."""
        return {
            task: f"{self.successes[task]} of {self._wanted.per_task} wanted, "
            + (
                f"given up after {self.failures[task]} failures"
                if self.failures[task] >= self._wanted.max_failures
                else "all seeds played"
            )
            for task in self._tasks
            if self.successes[task] < self._wanted.per_task
        }

    def _add(self, task: str, wanted: bool) -> None:
        (self.successes if wanted else self.failures)[task] += 1

    def _job(self, task: str) -> Job | None:
        enough = self.successes[task] + self._playing[task] >= self._wanted.per_task
        if enough or self.failures[task] >= self._wanted.max_failures:
            return None
        seed = next((s for s in self._left[task] if f"{task}#{s}" not in self._done), None)
        if seed is None:
            return None
        self._playing[task] += 1
        teacher = self._wanted.teacher
        looks = teacher is not None and sees(teacher, task)
        return Job(self._tasks[task], seed, self._wanted.screenshots or looks)


def collect(
    wanted: Wanted,
    policy: Policy,
    browser: Browser,
    writer: DemonstrationWriter,
    *,
    observers: Sequence[Observer] = (),
) -> Manifest:
    """Play until every task has its number of successes, and complete the folder.

    An interruption (Ctrl-C, `PolicyStop`, a kill) leaves the folder as it is, to be gone on
    with. Episodes that the browser broke, or that ended before their first step, have no
    rows, nor have those to which the teacher had no answer; the manifest counts them.
    """
    tally = Tally(wanted, writer)
    goal = wanted.per_task * len(wanted.tasks)
    said = {task.id for task in wanted.tasks if task.labels.get("until") == "said"}
    config, source = writer.manifest.config, writer.manifest.source
    versions = versions_of(config)
    left_out: Counter[str] = Counter()
    played = True
    while played:  # once more where failures left a task short
        played = False
        for episode in play(
            tally.jobs(),
            policy,
            browser,
            invalid_limit=config.invalid_limit,
            attempts=config.attempts,
        ):
            played = True
            kept: Sequence[Row] = ()
            if episode.steps and not episode.ending.infrastructure:
                rows = rows_of(episode, source=source, versions=versions)
                kept = rows
                if teacher := wanted.teacher:
                    kept = relabel(episode, rows, teacher, said=episode.task in said)
                if kept:
                    writer.append(kept)
                else:
                    left_out["the teacher saw no way on at any step"] += 1
            else:
                left_out[f"{episode.ending}: {episode.detail[:200]}"] += 1
            tally.count(episode, bool(kept))
            for observe in observers:
                observe(episode, tally.total, goal)
    return writer.finish(short=tally.short(), left_out=dict(left_out))


def versions_of(config: RunConfig) -> str:
    """What a row tells of the programs it was made with."""
    return ", ".join([*(f"{k} {v}" for k, v in config.versions.items()), config.backend])
