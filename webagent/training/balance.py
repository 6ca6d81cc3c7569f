"""Which tasks to draw more often: HTML-T5++'s balancing as a rule.

HTML-T5++ (arXiv 2311.18751) added demonstrations of tasks that failed and
halved those of tasks that were solved, by hand. Here a task's share follows from its success
on validation seeds.
"""

from __future__ import annotations

from collections.abc import Mapping

from webagent.training.augment import COMPOSED
from webagent.training.questions import PLANS, PROGRAMS


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
    Compositions made of demonstrations together get the share `composed`. Of all draws,
    plans and programs get the share `modular`, half of it each; within, the rule is the same.
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
    made = [task for task, name in names.items() if name.startswith(COMPOSED)]
    shares = {
        task: 1 + strength * (1 - success.get(name, 0.5))
        for task, name in names.items()
        if task not in made
    }
    found = {task: share / examples[task] for task, share in shares.items() if examples[task]}
    if count := sum(examples[task] for task in made):
        each = (sum(shares.values()) or 1.0) * composed / (1 - composed) / count
        found |= dict.fromkeys(made, each)
    return found


def _question(task: str) -> str:
    return next((one for one in (PLANS, PROGRAMS) if task.startswith(one)), "")
