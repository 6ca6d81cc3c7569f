"""Play a run's recorded actions again and confirm what its record says of each episode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, cast

import orjson

from webagent.browser.protocol import Browser
from webagent.errors import RunError, WebAgentError
from webagent.evaluation.compare import posing
from webagent.evaluation.config import Setup, effective
from webagent.evaluation.record import Record, record_of
from webagent.evaluation.replay import RecordedActions
from webagent.evaluation.store import Run, write_json
from webagent.play import Job, play
from webagent.policies.protocol import Policy, sees
from webagent.tasks.protocol import Start, Task
from webagent.text import writable
from webagent.types import Episode, Json, Verdict

VERIFY = "verify.json"


@dataclass(frozen=True, slots=True)
class Check:
    """One episode played again. `differences` are "name: recorded -> replayed".

    `broken` says why it could not be played again; then nothing is known of it.
    """

    task: str
    seed: int
    differences: tuple[str, ...] = ()
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify.json` holds. `agreed` + `mismatches` + `broken` is what was replayed.

    `episodes` counts all of the run, `skipped` those that ended in an infrastructure error
    and so have no verdict to confirm. `backend` and `versions` are [recorded, now].
    """

    run: str
    date: str
    episodes: int
    skipped: int
    replayed: int
    agreed: int
    mismatches: tuple[Check, ...]
    broken: tuple[Check, ...]
    backend: tuple[str, str]
    versions: tuple[Mapping[str, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class OneEpisode:
    """A task under an id of its own for each seed, so that all seeds can be replayed at once."""

    task: Task
    id: str

    @property
    def step_limit(self) -> int:
        return self.task.step_limit

    @property
    def labels(self) -> Mapping[str, Json]:
        return self.task.labels

    def start(self, seed: int) -> Start:
        return self.task.start(seed)

    def judge(self, probe: Json) -> Verdict:
        return self.task.judge(probe)


Loader: TypeAlias = Callable[[str], Task]
"""Makes a task from its id, in the variant of the run."""


def to_verify(run: Run, limit: int | None = None) -> list[Record]:
    """The episodes that can be confirmed; at most `limit`, spread evenly over the run."""
    valid = list(run.valid)
    if limit is None or limit >= len(valid):
        return valid
    return [valid[number * len(valid) // limit] for number in range(limit)]


def load_tasks(run: Run, records: Sequence[Record], load: Loader) -> dict[str, Task]:
    """The tasks of these records. Raises `RunError` if one is not what it was in the run."""
    tasks = {name: load(name) for name in sorted({record.task for record in records})}
    changed = [
        name
        for name, task in tasks.items()
        if posing(task.labels) != posing(run.config.tasks.get(name, {}))
    ]
    if changed:
        raise RunError(
            f"{len(changed)} tasks of {run.folder} are not posed now as they were then, such as "
            f"{changed[0]}. Verify it with the version of webagent and with the pages that it "
            "was made with."
        )
    return tasks


def verify(
    run: Run, records: Sequence[Record], tasks: Mapping[str, Task], browser: Browser
) -> Iterator[Check]:
    """Replay the records; one check each, in no fixed order."""
    for record, episode in played_again(run, records, tasks, browser):
        yield check(record, episode)


def played_again(
    run: Run,
    records: Sequence[Record],
    tasks: Mapping[str, Task],
    browser: Browser,
    beside: Policy | None = None,
) -> Iterator[tuple[Record, Episode]]:
    """The recorded actions on their pages, with the limits of the run, in no fixed order. The
    episodes' tasks have ids of their own. There are pictures where `beside` wants them.
    """
    named = {f"{record.task}#{record.seed}": record for record in records}
    decisions = {name: record.decisions for name, record in named.items()}
    seen = {task for task in tasks if beside is not None and _sees(beside, task)}
    jobs = [
        Job(OneEpisode(tasks[one.task], name), one.seed, screenshots=one.task in seen)
        for name, one in named.items()
    ]
    policy = RecordedActions(decisions)
    limit = run.config.invalid_limit
    for episode in play(jobs, policy, browser, invalid_limit=limit, attempts=run.config.attempts):
        yield named[episode.task], episode


def _sees(policy: Policy, task: str) -> bool:
    try:
        return sees(policy, task)
    except WebAgentError:  # such as an expert that there is none of
        return False


def check(record: Record, episode: Episode) -> Check:
    """Compare a replayed episode with its record."""
    if episode.ending.infrastructure:
        return Check(record.task, record.seed, broken=episode.detail or str(episode.ending))
    return Check(record.task, record.seed, tuple(differences(record, record_of(episode))))


def differences(record: Record, again: Record) -> list[str]:
    """What two records of an episode do not agree on; times and notes do not count."""
    names = ("instruction", "ending", "raw_reward", "success", "facts")
    pairs = [(name, getattr(record, name), getattr(again, name)) for name in names]
    pairs.append(("steps", len(record.steps), len(again.steps)))
    return [
        f"{name.replace('_', ' ')}: {_short(old)} -> {_short(new)}"
        for name, old, new in pairs
        if _plain(old) != _plain(new)
    ]


def summary(run: Run, checks: Sequence[Check], browser: Browser) -> Verification:
    """Count the checks."""
    now = effective(Setup(suite="", policy=""), {}, [], str(browser.mode), browser.version)
    wrong = sorted((one for one in checks if one.differences), key=_place)
    broken = sorted((one for one in checks if one.broken), key=_place)
    return Verification(
        run=run.config.hash,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        episodes=len(run.records),
        skipped=sum(record.ending.infrastructure for record in run.records),
        replayed=len(checks),
        agreed=len(checks) - len(wrong) - len(broken),
        mismatches=tuple(wrong),
        broken=tuple(broken),
        backend=(run.config.backend, browser.version),
        versions=(run.config.versions, now.versions),
    )


def write_verification(run: Run, result: Verification) -> None:
    """Keep the result in the run folder, in place of an earlier one."""
    write_json(run.folder / VERIFY, result)


def _place(one: Check) -> tuple[str, int]:
    return one.task, one.seed


def _plain(value: object) -> object:
    """The value after a round trip through JSON, so that tuples and lists compare equal."""
    try:
        return cast(object, orjson.loads(orjson.dumps(value)))
    except TypeError:  # a page can hold half a surrogate pair; the record has a "?" for it
        return writable(str(value))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:197] + "..."
