"""Which tasks to draw more often: HTML-T5++'s balancing as a rule.

HTML-T5++ (arXiv 2311.18751) added demonstrations of tasks that failed and
halved those of tasks that were solved, by hand. Here a task's share follows from its success
on validation seeds.
"""

from __future__ import annotations

from collections.abc import Mapping

from webagent.training.augment import COMPOSED


def weights(
    examples: Mapping[str, int],
    success: Mapping[str, float],
    strength: float,
    composed: float = 0.0,
) -> dict[str, float]:
    """How often to draw each example of a task.

    A task's share of the draws is proportional to 1 + `strength` x (1 - success), whatever
    number of examples it has; a task without a measured success counts as failing half the
    time. So budget moves from mastered tasks to failing ones, and none is forgotten.
    Compositions made of demonstrations together get the share `composed`.
    """
    plain = {t: 1 + strength * (1 - success.get(t, 0.5)) for t in examples if not _made(t)}
    found = {task: share / examples[task] for task, share in plain.items() if examples[task]}
    made = sum(count for task, count in examples.items() if _made(task))
    if made:
        each = sum(plain.values()) * composed / (1 - composed) / made
        found |= {task: each for task in examples if _made(task)}
    return found


def _made(task: str) -> bool:
    return task.startswith(COMPOSED)
