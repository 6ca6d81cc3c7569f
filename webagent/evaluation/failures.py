"""What a failed episode tells: the part it failed at, how it ended, and whether it went round."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from statistics import median

from webagent.evaluation.metrics import grouped, told_parts
from webagent.evaluation.record import Record, RecordedStep

LONGEST_PAGE = 1500  # characters of an example's page
LONGEST_LOOP = 4  # actions
ROUNDS = 3  # of a loop, at least


@dataclass(frozen=True, slots=True)
class Example:
    """A failed episode that is typical of the group `of`. `page` is the last page that the
    policy saw, cut; None where the run did not keep pages.
    """

    of: str
    task: str
    seed: int
    ending: str
    detail: str
    instruction: str
    steps: tuple[RecordedStep, ...]
    page: str | None


def reached(record: Record) -> list[tuple[str, bool]]:
    """The parts (kind, right) of an episode up to the first that was not right, and with it."""
    parts = list(told_parts(record))
    wrong = next((place for place, (_, right) in enumerate(parts) if not right), len(parts))
    return parts[: wrong + 1]


def wrong_part(record: Record) -> str | None:
    """The kind of the first part that was not right, where the record tells of parts."""
    return next((kind for kind, right in reached(record) if not right), None)


def last_action(record: Record) -> str:
    """What the last action was, without its arguments, and whether it was refused."""
    if not record.steps:
        return "none"
    last = record.steps[-1]
    return _verb(last.action) + (", refused" if last.error else "")


def loop(record: Record) -> str | None:
    """The shortest round of equal actions that the episode ends with, at least three times."""
    actions = [step.action for step in record.steps]
    for length in range(1, LONGEST_LOOP + 1):
        end = actions[-ROUNDS * length :]
        if end == ROUNDS * actions[-length:]:
            return ", ".join(_verb(action) for action in end[:length])
    return None


def refusals(record: Record) -> set[str]:
    """The error messages of an episode, without the numbers and texts that differ."""
    differing = r"\d+|\"[^\"]*\"|(?<!\w)'[^']*'"
    return {re.sub(differing, "…", step.error) for step in record.steps if step.error}


def examples(failed: Sequence[Record], most: int) -> tuple[Example, ...]:
    """A typical episode of each wrong part or task, from the most failed on, then a second."""
    groups = grouped(failed, lambda record: wrong_part(record) or record.task)
    ranked = sorted(groups, key=lambda name: (-len(groups[name]), name))
    rounds = zip_longest(*(_typical_first(groups[name]) for name in ranked))
    chosen = (pair for turn in rounds for pair in zip(ranked, turn, strict=True))
    return tuple(islice((_example(name, one) for name, one in chosen if one), most))


def _typical_first(records: Sequence[Record]) -> list[Record]:
    """Those of the most common ending and of a middle length first."""
    endings = Counter(record.ending for record in records)
    middle = median(len(record.steps) for record in records)

    def place(record: Record) -> tuple[int, float, str, int]:
        return -endings[record.ending], abs(len(record.steps) - middle), *record.key

    return sorted(records, key=place)


def _example(of: str, record: Record) -> Example:
    page = record.steps[-1].html if record.steps else None
    return Example(
        of=of,
        task=record.task,
        seed=record.seed,
        ending=record.ending.value,
        detail=record.detail,
        instruction=record.instruction,
        steps=tuple(replace(step, html=None) for step in record.steps),
        page=_cut(page) if page else None,
    )


def _cut(page: str) -> str:
    more = len(page) - LONGEST_PAGE
    return page if more <= 0 else f"{page[:LONGEST_PAGE]}… [{more:,} more characters]"


def _verb(action: str) -> str:
    return action.partition("(")[0]
