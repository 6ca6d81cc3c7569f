"""What a teacher would have done where another policy went: DAgger's data (arXiv 1011.0686)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from webagent.actions import INVALID, done
from webagent.demonstrations.record import Row
from webagent.errors import PolicyError
from webagent.policies.protocol import Policy
from webagent.types import Context, Decision, Episode


def relabel(
    episode: Episode, rows: Sequence[Row], teacher: Policy, *, said: bool = False
) -> tuple[Row, ...]:
    """The rows of an episode with the teacher's actions, where it knows what to do.

    Their histories still tell what was done. Of steps that repeat each other on the same
    page, the first is kept. Where an episode ends when the policy has `said` so, the teacher's
    `done()` is what to do; elsewhere it says that the teacher sees no way on.
    """
    unusable = (INVALID,) if said else (INVALID, done.__name__)
    kept: list[Row] = []
    for row in rows:
        if any(row.html == one.html and row.history[-1:] == one.history[-1:] for one in kept):
            continue
        decision = _asked(episode, row.step, teacher)
        if decision is None or decision.gave_up or decision.action.name in unusable:
            continue
        ref = decision.action.ref
        target = None if ref is None else episode.steps[row.step].observation.boxes.get(ref)
        taught = replace(row, action=str(decision.action), target=target, error=None)
        kept.append(replace(taught, note=decision.note, program=decision.program))
    return tuple(kept)


def _asked(episode: Episode, number: int, teacher: Policy) -> Decision | None:
    seen = episode.steps[number].observation
    instruction = episode.verdict.instruction
    context = Context(episode.task, instruction, seen, episode.steps[:number])
    try:
        return teacher.act([context])[0]
    except PolicyError:
        return None
