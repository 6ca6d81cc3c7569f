"""What a training run writes down: a line a step."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import orjson

from webagent.training.train import Observer, Report

LOG = "log.jsonl"


def log_into(work: Path) -> Observer:
    """An observer that appends each step to the log. A line that a kill tore is cut off before."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / LOG
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)

    def note(report: Report) -> None:
        with path.open("ab") as file:
            file.write(orjson.dumps(asdict(report)) + b"\n")

    return note


def read_log(work: Path) -> list[Report]:
    """The steps of a run; of one that was repeated after a kill, the last. A line that a kill
    tore is left out: its step was repeated.
    """
    steps: dict[int, Report] = {}
    for line in (work / LOG).read_text("utf-8").splitlines():
        try:
            report = Report(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            continue
        steps[report.step] = report
    return [steps[step] for step in sorted(steps)]
