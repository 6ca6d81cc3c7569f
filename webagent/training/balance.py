"""Which tasks to draw more often: HTML-T5++'s balancing as a rule.

HTML-T5++ (arXiv 2311.18751) added demonstrations of tasks that failed and
halved those of tasks that were solved, by hand. Here a task's share follows from its success
on validation seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from statistics import fmean

from webagent.demonstrations.tracks import OWN
from webagent.evaluation.metrics import base_tasks
from webagent.tasks.compwob import task as compwob_task
from webagent.training.augment import COMPOSED
from webagent.training.questions import PLANS, PROGRAMS

UNKNOWN = 0.5  # success of a task that was not measured


def weights(
    examples: Mapping[str, int],
    success: Mapping[str, float],
    strength: float,
    composed: float = 0.0,
    modular: float = 0.0,
) -> dict[str, float]:
    """How often to draw each example of a task.

    A task's share of the draws is proportional to 1 + `strength` x (1 - success), whatever
    number of examples it has; a task without a measured success counts as failing half the
    time. So budget moves from mastered tasks to failing ones, and none is forgotten.
    Compositions, made of demonstrations or played, together get the share `composed`, or all
    where there is nothing else; among them too, those that fail are drawn more often, and one that
    was not measured succeeds where all its parts do. Of all draws, plans and programs get the
    share `modular`, half of it each; within, the rule is the same, by the success of the task that
    they are of, or their own where that is known.
    """
    shares = {"": 1 - modular, PLANS: modular / 2, PROGRAMS: modular / 2}
    found: dict[str, float] = {}
    for question, share in shares.items():
        of = {task: count for task, count in examples.items() if _question(task) == question}
        drawn = _balanced(of, question, success, strength, composed)
        total = sum(drawn[task] * count for task, count in of.items())
        found |= {task: share * each / total for task, each in drawn.items()}
    return found


def by_step(
    faults: Mapping[str, Mapping[int, float]], strength: float
) -> dict[str, dict[int, float]]:
    """How many times as often as others a step of a task is drawn, of which `faults` says in what
    share of the episodes it was the first that went wrong: 1 + `strength` x that share.

    An episode of many steps mostly fails at the same few; drawn alike, they would be few too.
    """
    return {
        question + task: {step: 1 + strength * share for step, share in shares.items()}
        for task, shares in faults.items()
        for question in ("", PLANS, PROGRAMS)
    }


def _balanced(
    examples: Mapping[str, int],
    question: str,
    success: Mapping[str, float],
    strength: float,
    composed: float,
) -> dict[str, float]:
    names = {task: task.removeprefix(question) for task in examples}
    made = [task for task, name in names.items() if name.startswith((COMPOSED, *OWN))]
    shares = {
        task: 1 + strength * (1 - _expected(task if task in success else name, success))
        for task, name in names.items()
        if examples[task]
    }
    found = {task: share / examples[task] for task, share in shares.items() if task not in made}
    if drawn := sum(shares[task] * examples[task] for task in made if task in shares):
        rest = sum(shares[task] for task in found)
        times = (rest * composed / (1 - composed) if found else 1.0) / drawn
        found |= {task: times * shares[task] for task in made if task in shares}
    return found


def _expected(name: str, success: Mapping[str, float]) -> float:
    """A task's success, or what is known of it: of a composition that was played, that of its
    parts; of those made as text, that of all tasks.
    """
    if name in success:
        return success[name]
    if name.startswith(COMPOSED):
        return fmean(success.values()) if success else UNKNOWN
    played = compwob_task(name) if name.startswith(OWN) else None
    if played is None:
        return UNKNOWN
    return prod(success.get(one, UNKNOWN) for one in base_tasks(played.labels))


def _question(task: str) -> str:
    return next((one for one in (PLANS, PROGRAMS) if task.startswith(one)), "")
