"""What a run says to those who collect and train: how often each task succeeded."""

from __future__ import annotations

from statistics import fmean

from webagent.errors import RunError
from webagent.evaluation.config import span
from webagent.evaluation.metrics import grouped
from webagent.evaluation.store import Run
from webagent.tasks.protocol import EVALUATION_SEEDS, VALIDATION_SEEDS


def success_by_task(run: Run) -> dict[str, float]:
    """Each task's success, 0 to 1. Raises `RunError` for a run on evaluation seeds."""
    if wrong := sorted(set(run.config.seeds) & set(EVALUATION_SEEDS)):
        raise RunError(
            f"{run.folder} was played on evaluation seeds ({span(wrong)}), which no training may "
            f"learn from. Play one on validation seeds: --seeds "
            f"{VALIDATION_SEEDS.start}-{VALIDATION_SEEDS.start + 19}."
        )
    found = grouped(run.valid, lambda record: record.task)
    return {task: fmean(record.success for record in of) for task, of in found.items()}


def failing_tasks(run: Run, below: float) -> list[str]:
    """The tasks that succeeded in less than `below` (0 to 1), the worst first.

    Raises `RunError` where there are none, and as `success_by_task` does.
    """
    success = success_by_task(run)
    failing = sorted((rate, task) for task, rate in success.items() if rate < below)
    if not failing:
        raise RunError(f"No task of {run.folder} succeeded in less than {100 * below:g} %.")
    return [task for _, task in failing]
