"""Where failed episodes first leave the way that another policy, such as the expert, would take.

A run is played again from its recorded actions, and at each step the other policy is asked what
it would do. What it answers is one right way if it is an expert, and need not be the only one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from webagent.actions import Action
from webagent.browser.protocol import Browser
from webagent.errors import PolicyStop, RunError
from webagent.evaluation.record import Record
from webagent.evaluation.snippets import Shown, shown
from webagent.evaluation.store import Run, write_json
from webagent.evaluation.verify import played_again
from webagent.policies.protocol import Policy
from webagent.tasks.protocol import Task
from webagent.text import writable
from webagent.types import Context, Episode

RETRACE = "retrace.json"
LIMIT = 200  # failed episodes of a run, unless told otherwise
LONGEST = 60  # characters of an element
_VERB = re.compile(r"^(\w+)\((\d*)")


@dataclass(frozen=True, slots=True)
class Parting:
    """The first step, counted from 0, at which an episode did something else than the other
    policy would, each told with the element that it acts on; `page` is what was seen there.

    Without `would`, the other policy saw no way on. If the two never part, `step` is None.
    `broken` says why an episode could not be played again. `shown` says, for the modular agent
    with snippets, what its programmer could know of the element of `would`.
    """

    task: str
    seed: int
    instruction: str
    step: int | None = None
    did: str = ""
    would: str = ""
    page: str = ""
    broken: str = ""
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class Retrace:
    """What `retrace.json` holds: beside which policy, the failed episodes, and how many of them at
    most.
    """

    policy: str
    episodes: tuple[Parting, ...]
    limit: int = LIMIT


def retrace(
    run: Run,
    records: Sequence[Record],
    tasks: Mapping[str, Task],
    policy: Policy,
    browser: Browser,
) -> Iterator[Parting]:
    """Play the records again beside `policy`; one parting each, in no fixed order."""
    cuts = any(step.refs for record in run.records for step in record.steps)
    for record, episode in played_again(run, records, tasks, browser, beside=policy):
        if episode.ending.infrastructure:
            told = episode.detail or str(episode.ending)
            yield Parting(record.task, record.seed, record.instruction, broken=told)
        else:
            yield _parting(record, episode, policy, cuts=cuts)


def write_retrace(run: Run, policy: str, partings: Sequence[Parting], limit: int = LIMIT) -> None:
    """Keep the partings in the run folder, by task and seed."""
    found = sorted(partings, key=lambda one: (one.task, one.seed))
    write_json(run.folder / RETRACE, Retrace(policy, tuple(found), limit))


def read_retrace(run: Run) -> Retrace | None:
    """What is kept in the run folder, None if the run was not retraced. Raises `RunError` if what
    is there can't be read.
    """
    path = run.folder / RETRACE
    if not path.is_file():
        return None
    try:
        return TypeAdapter(Retrace).validate_json(path.read_bytes())
    except ValidationError as error:
        raise RunError(
            f"{path} can't be read. Make it again: webagent retrace {run.folder}"
        ) from error


def faults(run: Run) -> dict[str, dict[int, float]]:
    """Task -> step -> in what share of its episodes that was the first to go wrong, as far as the
    run was retraced; empty if it was not. Where the other policy saw no way on, nothing is known.
    Raises `RunError` if what is there can't be read.
    """
    found = read_retrace(run)
    partings = found.episodes if found else ()
    played = Counter(record.task for record in run.valid)
    failed = Counter(record.task for record in run.valid if not record.success)
    retraced = Counter(one.task for one in partings)
    shares: dict[str, dict[int, float]] = {}
    for one in partings:
        if one.step is not None and one.would and played[one.task]:
            steps = shares.setdefault(one.task, {})
            share = failed[one.task] / played[one.task] / retraced[one.task]
            steps[one.step] = steps.get(one.step, 0.0) + share
    return shares


def by_task(partings: Sequence[Parting]) -> dict[str, Counter[str]]:
    """Task -> how often what went otherwise: "click for type", "click elsewhere" (on another
    element), "type otherwise"; the tasks with the most partings come first.
    """
    found: dict[str, Counter[str]] = {}
    for one in partings:
        if one.step is not None:
            found.setdefault(one.task, Counter())[_kind(one)] += 1
    return dict(sorted(found.items(), key=lambda item: (-item[1].total(), item[0])))


def _parting(record: Record, episode: Episode, policy: Policy, *, cuts: bool) -> Parting:
    instruction = episode.verdict.instruction
    for number, step in enumerate(episode.steps):
        seen = step.observation
        context = Context(record.task, instruction, seen, episode.steps[:number])
        try:
            would = policy.act([context])[0].action
        except PolicyStop:
            raise
        except Exception:  # an expert may be lost where another policy has gone
            would = None
        if would is None or str(would) != str(step.decision.action):
            return Parting(
                record.task, record.seed, instruction, number,
                _told(step.decision.action, seen.html), _told(would, seen.html) if would else "",
                writable(seen.html),
                shown=shown(episode.steps[: number + 1], would) if would and cuts else None,
            )  # fmt: skip
    return Parting(record.task, record.seed, instruction)


def _told(action: Action, html: str) -> str:
    """The action, and the beginning of the element that it acts on."""
    found = re.search(rf'<[a-z][\w:-]* ref="{action.ref}"[^>]*>[^<]*', html)
    at = f" {found[0][:LONGEST]}" if found and action.ref is not None else ""
    return writable(f"{action}{at}")


def _kind(one: Parting) -> str:
    (did, at), (due, there) = (
        _VERB.findall(told)[0] if told else ("nothing", "") for told in (one.did, one.would)
    )
    if did != due:
        return f"{did} for {due}"
    return f"{did} otherwise" if at == there else f"{did} elsewhere"
