"""The command `python -m benchmarks.agent`: time of plan, cut and sandbox without the models.

Planner and programmer answer at once; what is left is the agent's own work on each step of an
episode on a long page, in both dialects of programs.
"""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

from webagent.evaluation.store import write_json
from webagent.planner.plan import Plan, PlanRequest, WriteRequest
from webagent.policies.webagent import WebAgentPolicy
from webagent.program import MontySandbox
from webagent.types import Context, Observation, Step

RESULTS = Path(__file__).parent / "results" / "overhead.json"
CALLS = 4  # of each program
ACTIONS = "\n".join(f"click({ref})" for ref in range(10, 10 + CALLS))
SELENIUM = "from selenium.webdriver.common.by import By\n" + "\n".join(
    f"driver.find_element(By.CSS_SELECTOR, '[data-ref=\"{ref}\"]').click()"
    for ref in range(10, 10 + CALLS)
)

Characters = Annotated[int, typer.Option(min=1000, help="Length of the page.")]
Rounds = Annotated[int, typer.Option(min=2, help="Episodes of each dialect.")]
Keep = Annotated[bool, typer.Option(help="Write the results.")]


class Ready:
    """A planner and programmer that know their answers."""

    def __init__(self, program: str) -> None:
        self._program = program

    def plan(self, requests: Sequence[PlanRequest]) -> list[Plan]:
        return [Plan("open the links", range(10, 10 + CALLS)) for _ in requests]

    def write(self, requests: Sequence[WriteRequest]) -> list[str]:
        return [self._program for _ in requests]


def page(characters: int, seed: int) -> str:
    """A list of links with some fields, at least so long. Another seed, another page."""
    rows: list[str] = []
    ref = 0
    while sum(map(len, rows)) < characters:
        ref += 3
        rows.append(
            f'<li class="row"><label ref="{ref - 2}">Item {ref} of {seed}</label>'
            f'<input ref="{ref - 1}" type="text" value="v{ref}"><a ref="{ref}" '
            f'href="/item/{ref}?of={seed}">More on item {ref}</a></li>'
        )
    return f'<div id="main"><ul>{"".join(rows)}</ul></div>'


def episode(policy: WebAgentPolicy, pages: Sequence[str]) -> Iterator[tuple[bool, float]]:
    """Seconds of each decision of an episode, and whether a program began with it."""
    history: tuple[Step, ...] = ()
    for html in pages:
        seen = Observation(html, "http://127.0.0.1/")
        began = perf_counter()
        (decision,) = policy.act([Context("t", "Open the links.", seen, history)])
        yield bool(decision.program), perf_counter() - began
        history += (Step(seen, decision),)


def main(characters: Characters = 40_000, rounds: Rounds = 40, keep: Keep = True) -> None:
    """Measure, print, and keep the results."""
    sandbox = MontySandbox()
    found: dict[str, dict[str, float]] = {}
    for name, program in (("actions", ACTIONS), ("selenium", SELENIUM)):
        modules = Ready(program)
        policy = WebAgentPolicy(modules, modules, sandbox)
        times = [
            one
            for number in range(rounds)
            for one in episode(policy, [page(characters, number * 9 + n) for n in range(8)])
        ][8:]  # the first episode starts the workers
        for begins, what in ((True, "begin"), (False, "go on")):
            found[f"{name}, {what}"] = _summary([s for first, s in times if first is begins])
        found[name] = _summary([seconds for _, seconds in times])
    sandbox.close()
    console = Console()
    for name, row in found.items():
        told = ", ".join(f"{key} {value}" for key, value in row.items())
        console.print(f"{name}: {told}", highlight=False)
    if keep:
        about = {
            "command": shlex.join(["python", "-m", "benchmarks.agent", *sys.argv[1:]]),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "characters": characters,
            "rounds": rounds,
            "cores": os.cpu_count(),
            "platform": platform.platform(terse=True),
            "python": platform.python_version(),
            "versions": {name: version(name) for name in ("webagent", "pydantic-monty", "lxml")},
        }
        write_json(RESULTS, {**about, "milliseconds": found})


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 90th percentile in milliseconds."""
    return {
        "median": round(1e3 * median(seconds), 2),
        "p90": round(1e3 * quantiles(seconds, n=10)[-1], 2),
        "steps": len(seconds),
    }


if __name__ == "__main__":
    typer.run(main)
