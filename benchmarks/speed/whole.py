"""The whole machine: how many episodes a second several processes play at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from .contenders import FARAMA, OURS, Contender
from .machine import Setup
from .rounds import Worker

PROCESSES = (1, 2, 3)
COMPARED = ("ours-element", "ours-element-shots", "farama-element", "farama-element-no-shots")


def by_processes(
    setup: Setup,
    contenders: Sequence[Contender],
    tasks: Sequence[str],
    episodes: int,
    report: Callable[[str], None],
) -> list[dict[str, object]]:
    """Episodes a second of `PROCESSES` workers, each playing `episodes` of each task.

    Timed until the last worker is done, finding of elements included; loading is not.
    """
    rows: list[dict[str, object]] = []
    for contender in contenders:
        if contender.name not in COMPARED or contender.group not in (OURS, FARAMA):
            continue
        for count in PROCESSES:
            row = _play(setup, contender, count, tasks, episodes)
            rows.append({"contender": contender.name, "processes": count, **row})
            report(f"{contender.name} x {count}: {row}")
    return rows


def _play(
    setup: Setup, contender: Contender, count: int, tasks: Sequence[str], episodes: int
) -> dict[str, object]:
    seconds, solved = 0.0, 0
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                Worker(setup, contender, setup.cache / "logs" / f"{contender.name}-{number}.log")
            )
            for number in range(count)
        ]
        for task in tasks:
            for warm in (True, False):
                began = time.perf_counter()
                for number, worker in enumerate(workers):
                    first = number * episodes
                    worker.ask(task, range(first, first + (1 if warm else episodes)))
                replies = [worker.read() for worker in workers]
                if failed := next((r["error"] for r in replies if "error" in r), None):
                    return {"error": failed}
            seconds += time.perf_counter() - began
            solved += sum(sum(reply["success"]) for reply in replies)
    return {"episodes": count * episodes * len(tasks), "solved": solved, "seconds": seconds}
