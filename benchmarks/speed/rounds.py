"""The interleaved run: every round, every task, every contender, one after the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .contenders import Contender
from .machine import Setup

Block = dict[str, Any]  # the reply of a worker, with contender, round, task and seeds


class Worker:
    """One contender's process. What it prints besides its answers goes to `log`."""

    def __init__(self, setup: Setup, contender: Contender, log: Path) -> None:
        self._log = log.open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            setup.command(contender),
            env=setup.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.about = self.read()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker: it closes its browser when its requests end."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def ask(self, task: str, seeds: Sequence[int]) -> None:
        """Send a request; `read` gets the reply."""
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps({"task": task, "seeds": list(seeds)}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # `read` tells

    def read(self) -> Block:
        """The next line of the worker."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        return {"error": f"The worker ended; see {self._log.name}."}


def play_rounds(
    setup: Setup,
    contenders: Sequence[Contender],
    tasks: Sequence[str],
    rounds: int,
    episodes: int,
    report: Callable[[str], None],
) -> tuple[dict[str, Block], list[Block]]:
    """What each worker says of itself, and all blocks of episodes.

    Each round begins with another contender, so that none is always first.
    """
    blocks: list[Block] = []
    logs = setup.cache / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for contender in contenders:
            report(f"starting {contender.name}")
            worker = Worker(setup, contender, logs / f"{contender.name}.log")
            workers[contender.name] = stack.enter_context(worker)
        for number in range(rounds):
            turn = number % len(contenders)
            for task in tasks:
                for contender in (*contenders[turn:], *contenders[:turn]):
                    seeds = _seeds(number, episodes, contender.every)
                    worker = workers[contender.name]
                    worker.ask(task, seeds)
                    reply = worker.read()
                    head = {"contender": contender.name, "round": number, "task": task}
                    blocks.append({**head, "seeds": seeds, **reply})
                    report(f"round {number + 1}/{rounds} {task} {contender.name} {_gist(reply)}")
        return {name: worker.about for name, worker in workers.items()}, blocks


def _seeds(number: int, episodes: int, every: int) -> list[int]:
    first = number * episodes
    return list(range(first, first + episodes, every))


def _gist(reply: Block) -> str:
    if "error" in reply:
        return str(reply["error"])
    seconds = sorted(reply["seconds"])
    solved = sum(reply["success"])
    return f"{1000 * seconds[len(seconds) // 2]:.1f} ms, {solved}/{len(seconds)} solved"
