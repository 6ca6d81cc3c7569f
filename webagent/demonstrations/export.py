"""Turn a run folder into demonstrations: successes and failures apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from webagent.browser.protocol import Browser
from webagent.demonstrations.collect import versions_of
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.record import rows_of
from webagent.demonstrations.store import DemonstrationWriter
from webagent.evaluation.record import Record, record_of
from webagent.evaluation.replay import RecordedActions
from webagent.evaluation.store import Run
from webagent.evaluation.verify import OneEpisode, differences
from webagent.play import Job, play
from webagent.tasks.live import LIVE
from webagent.tasks.protocol import Task
from webagent.types import Episode, Observation, Step, Verdict


def export_stored(run: Run, writer: DemonstrationWriter) -> Manifest:
    """Write the episodes of a run that kept its pages (`webagent eval --keep-html`).

    Such a run has no boxes and no pictures, so the rows have none.
    """
    kept, left_out = _exportable(run.records)
    for record in kept:
        if all(step.html is not None for step in record.steps):
            _keep(_stored_episode(record), run, writer)
        else:
            left_out["the run did not keep the pages"] += 1
    return writer.finish(left_out=dict(left_out))


def export_replayed(
    run: Run,
    writer: DemonstrationWriter,
    tasks: Mapping[str, Task],
    browser: Browser,
    *,
    screenshots: bool = False,
    observers: Sequence[Callable[[Record, int, int], None]] = (),
) -> Manifest:
    """Play the recorded actions of a run again, to have its pages, and write the episodes.

    An episode that does not come out as recorded is left out, and counted.
    """
    records, left_out = _exportable(run.records)
    todo = {_name(one): one for one in records if _name(one) not in writer.episodes}
    done = len(records) - len(todo)
    for record, episode in _replay(run, todo, tasks, browser, screenshots):
        if changed := differences(record, record_of(episode)):
            left_out[f"replayed otherwise: {changed[0].split(':')[0]}"] += 1
        else:
            _keep(episode, run, writer)
        done += 1
        for observe in observers:
            observe(record, done, len(records))
    return writer.finish(left_out=dict(left_out))


def keeps_pages(run: Run) -> bool:
    """Whether every step of the run has its page."""
    return all(step.html is not None for record in run.records for step in record.steps)


def _replay(
    run: Run,
    records: Mapping[str, Record],
    tasks: Mapping[str, Task],
    browser: Browser,
    screenshots: bool,
) -> Iterator[tuple[Record, Episode]]:
    decisions = {name: record.decisions for name, record in records.items()}
    jobs = [
        Job(OneEpisode(tasks[record.task], name), record.seed, screenshots)
        for name, record in records.items()
    ]
    for episode in play(
        jobs,
        RecordedActions(decisions),
        browser,
        invalid_limit=run.config.invalid_limit,
        attempts=run.config.attempts,
    ):
        yield records[episode.task], episode


def _exportable(records: Sequence[Record]) -> tuple[list[Record], Counter[str]]:
    """The records with steps whose policy was judged, and why others are left out."""
    left_out: Counter[str] = Counter()
    kept: list[Record] = []
    for record in records:
        if record.ending.infrastructure:
            left_out[str(record.ending)] += 1
        elif not record.steps:
            left_out[f"{record.ending} before the first step"] += 1
        else:
            kept.append(record)
    return kept, left_out


def _keep(episode: Episode, run: Run, writer: DemonstrationWriter) -> None:
    task = episode.task.split("#")[0]
    rows = rows_of(
        episode,
        source=run.config.policy,
        versions=versions_of(run.config),
        task=task,
    )
    if task.startswith(LIVE):  # what a website shows follows from no seed
        rows = [replace(row, seed=None) for row in rows]
    writer.append(rows)


def _stored_episode(record: Record) -> Episode:
    steps: list[Step] = []
    error: str | None = None
    for step in record.steps:
        seen = Observation(step.html or "", error=error)
        steps.append(Step(seen, step.decision, step.error))
        error = step.error
    verdict = Verdict(
        instruction=record.instruction,
        done=True,
        raw_reward=record.raw_reward,
        success=record.success,
        facts=record.facts,  # pyright: ignore[reportArgumentType]
    )
    return Episode(
        record.task, record.seed, record.ending, verdict, tuple(steps), None, record.seconds
    )


def _name(record: Record) -> str:
    return f"{record.task}#{record.seed}"
