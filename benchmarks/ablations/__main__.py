"""The command `python -m benchmarks.ablations`, from the root of the repository.

It runs the commands that users run, `webagent train` and `webagent eval`, and so goes on where
it was stopped.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from webagent.evaluation.store import SUMMARY, write_json

from .plan import PLANS, Plan, Trained, plans
from .table import render

RESULTS = Path(__file__).parent / "results"
OWN_SEEDS = 3_500_000  # the first seed of episodes that a model plays to learn from

Name = Annotated[str, typer.Argument(help="A plan of plans.toml.")]
Data = Annotated[
    list[Path] | None, typer.Option("--data", "-d", help="Demonstrations; may repeat.")
]
Words = Annotated[Path | None, typer.Option("--tokenizer", help="Folder of a tokenizer.json.")]
Start = Annotated[
    Path | None, typer.Option("--from", help="A model that all of the plan go on from.")
]
Steps = Annotated[int, typer.Option(min=1, help="Of each model's training.")]
Pages = Annotated[list[Path] | None, typer.Option(help="Pages to pre-train on; may repeat.")]
Episodes = Annotated[int, typer.Option(min=1, help="A task, that a model plays to learn from.")]
Suites = Annotated[list[str] | None, typer.Option("--suite", "-s", help="Default: the plan's.")]
Seeds = Annotated[str, typer.Option(help="Of every task.")]
Work = Annotated[Path, typer.Option(help="Models and runs, to go on from.")]
File = Annotated[Path, typer.Option("--plans", help="A file of plans of your own.")]
Out = Annotated[Path, typer.Option(help="Folder of the results.")]


def main(
    name: Name,
    data: Data = None,
    tokenizer: Words = None,
    start: Start = None,
    steps: Steps = 1500,
    pages: Pages = None,
    per_task: Episodes = 20,
    suites: Suites = None,
    seeds: Seeds = "500000-500004",
    work: Work = Path("runs/ablations"),
    file: File = PLANS,
    out: Out = RESULTS,
) -> None:
    """Train the models of a plan alike and play them: one table."""
    known = plans(file)
    if name not in known:
        raise typer.BadParameter(f"There is no plan {name!r}; there are {', '.join(known)}.")
    plan, place = known[name], work / name
    suites = suites or [*plan.suites]
    if any(one.pages for one in plan.models) and not pages:
        raise typer.BadParameter(f"The plan {name} pre-trains: say on what, --pages FOLDER.")
    if start and any(one.pages or one.shapes for one in plan.models):
        raise typer.BadParameter(f"The plan {name} makes models from nothing: use --tokenizer.")
    if any(not one.pages for one in plan.models) and not data:
        raise typer.BadParameter(f"The plan {name} trains: say on what, --data FOLDER.")
    if plan.starts and start is None:
        raise typer.BadParameter(f"The plan {name} goes on from a model: name it, --from FOLDER.")
    if (tokenizer is None) == (start is None):
        raise typer.BadParameter(
            "Name a tokenizer (--tokenizer), or a model to go on from (--from)."
        )
    begin = ["--from", str(start)] if start else ["--tokenizer", str(tokenizer)]
    for one in plan.models:
        sources = (pages if one.pages else data) or []
        if one.plays and start:
            _webagent(*_playing(one.plays, start, place, per_task))
            sources = [*sources, place / one.plays]
        _webagent(*_training(one, place, sources, begin, steps))
    found: dict[str, Any] = {
        "plan": name,
        "about": plan.about,
        "command": shlex.join(["python", "-m", "benchmarks.ablations", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {one: version(one) for one in ("webagent", "torch", "transformers")},
        "cores": os.cpu_count(),
        "steps": steps if plan.models else 0,
        "seeds": seeds,
        "suites": suites,
        "rows": _rows(plan, place, start, suites, seeds),
    }
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / f"{name}.json", found)
    (out / f"{name}.md").write_text(render(found), "utf-8")
    Console().print(render(found), markup=False)


def _training(
    one: Trained, place: Path, sources: list[Path], begin: list[str], steps: int
) -> list[str]:
    words = ["train", one.recipe, "--out", str(place / one.name)]
    words += ["--work", str(place / f"{one.name}.work")]
    for source in sources:
        words += ["--data", str(source)]
    words += ["--from", str(place / one.start)] if one.start else begin
    for change in (f"train.steps={round(steps * one.share)}", *one.set):
        words += ["--set", change]
    return words


def _playing(how: str, start: Path, place: Path, per_task: int) -> list[str]:
    policy = f"{start}?temperature=0.7" if how == "own" else str(start)
    corrected = ["--relabel", "expert"] if how == "corrected" else []
    return [
        *("collect", "--suite", "miniwob-56", "--policy", policy, *corrected),
        *("--per-task", str(per_task), "--max-failures", str(per_task)),
        *("--seeds-from", str(OWN_SEEDS), "--out", str(place / how)),
    ]


def _rows(
    plan: Plan, place: Path, start: Path | None, suites: list[str], seeds: str
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, play in enumerate(plan.plays):
        model = place / play.of if play.of else start or place
        policy = play.policy.format(model=model)
        row: dict[str, Any] = {"label": play.label, "policy": policy, "success": {}}
        for suite in suites:
            run = place / "runs" / f"{number}-{suite}"
            _webagent("eval", "--suite", suite, "--policy", policy, "--seeds", seeds,
                      "--out", str(run))  # fmt: skip
            row["success"][suite] = json.loads((run / SUMMARY).read_text("utf-8"))["success"]
        card = json.loads((model / "training.json").read_text("utf-8"))
        row["training"] = {key: card.get(key) for key in ("recipe", "seconds", "examples")}
        rows.append(row)
    return rows


def _webagent(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "webagent", *words], check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)


if __name__ == "__main__":
    typer.run(main)
