"""Evaluate a policy: jobs -> play -> run folder -> scores, replays, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from webagent.browser.protocol import Browser
from webagent.errors import RunError
from webagent.evaluation.config import RunConfig, Setup, effective, span
from webagent.evaluation.metrics import Summary, summarize
from webagent.evaluation.record import Key, Record
from webagent.evaluation.replay import choose, replay, write_replays
from webagent.evaluation.report import write_report
from webagent.evaluation.store import REPORT, SUMMARY, Run, RunWriter, read_run, write_json
from webagent.play import LONGEST_ROUND, Job, play
from webagent.policies.protocol import Policy
from webagent.tasks.protocol import EVALUATION_SEEDS, VALIDATION_SEEDS, Task

Observer: TypeAlias = Callable[[Record, int, int], None]
"""Called after each episode with its record, how many are done, and how many there are."""


def evaluate(
    tasks: Sequence[Task],
    seeds: Sequence[int],
    policy: Policy,
    browser: Browser,
    folder: Path,
    setup: Setup,
    *,
    observers: Sequence[Observer] = (),
    keep_html: bool = False,
    any_seeds: bool = False,
    replays: int = 24,
) -> Summary:
    """Play every task with every seed, keep all episodes in `folder`, and write its report.

    A folder of the same configuration is resumed. `replays` is how many episodes the
    report shows step by step. An interruption (Ctrl-C, `PolicyStop`, a kill) leaves the
    folder as it is, to be resumed. Raises `RunError` for seeds that are neither
    evaluation nor validation seeds unless `any_seeds`, and for a folder that does not fit.
    """
    if not any_seeds:
        check_seeds(seeds)
    named = {task.id: task for task in tasks}
    config = describe(tasks, seeds, browser, setup)
    total = len(named) * len(set(seeds))
    with RunWriter(folder, config, keep_html=keep_html) as writer:
        jobs = [Job(named[task], seed) for task, seed in order(list(named), seeds, writer.done)]
        done = total - len(jobs)
        for episode in play(
            jobs, policy, browser, invalid_limit=setup.invalid_limit, attempts=setup.attempts
        ):
            record, done = writer.append(episode), done + 1
            for observe in observers:
                observe(record, done, total)
        return finish(read_run(folder), named, browser, replays)


def finish(run: Run, tasks: Mapping[str, Task], browser: Browser, replays: int = 24) -> Summary:
    """Write scores, replays and report of a run whose episodes are there."""
    summary = summarize(run.records, run.config.tasks, run.config.track)
    write_json(run.folder / SUMMARY, summary)
    chosen = choose(run.records, run.config.tasks, replays)
    write_replays(run.folder, replay(chosen, tasks, browser))
    write_report([run.folder], run.folder / REPORT)
    return summary


def describe(
    tasks: Sequence[Task], seeds: Sequence[int], browser: Browser, setup: Setup
) -> RunConfig:
    """The effective configuration of a run that would be started so."""
    labels: dict[str, Mapping[str, object]] = {task.id: task.labels for task in tasks}
    config = effective(setup, labels, sorted(set(seeds)), str(browser.mode), browser.version)
    return replace(config, about={**config.about, "slots": browser.slots})


def order(tasks: Sequence[str], seeds: Sequence[int], done: frozenset[Key]) -> Iterator[Key]:
    """What is left to play, in rounds over all tasks that grow from one seed to 25.

    So a run that is stopped early covers every task, and a long one rarely loads a page.
    """
    left, length = sorted(set(seeds)), 1
    while left:
        for task in tasks:
            for seed in left[:length]:
                if (task, seed) not in done:
                    yield task, seed
        left, length = left[length:], min(length * 4, LONGEST_ROUND)


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise `RunError` unless all seeds belong to evaluation, or all to validation."""
    if not seeds:
        raise RunError("No seeds are given; evaluation uses 0-99.")
    for allowed in (EVALUATION_SEEDS, VALIDATION_SEEDS):
        if all(seed in allowed for seed in seeds):
            return
    raise RunError(
        f"Seeds {span(seeds)} are not for evaluation. Use seeds "
        f"{span(EVALUATION_SEEDS)}, or {span(VALIDATION_SEEDS)} for validation; from 1,000,000 "
        "up they are for training. To play others all the same, allow any seeds."
    )
