"""What a robustness run found: one JSON file a kind, and a table of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from webagent.evaluation.store import write_file, write_json

KINDS = ("soak", "chaos", "fuzz")


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that must hold, what was measured of it, and whether it held."""

    text: str
    measured: str
    met: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The bars of a run; all that was measured; and the browser's version."""

    bars: Sequence[Bar]
    measured: Mapping[str, object]
    browser: str

    @property
    def met(self) -> bool:
        return all(bar.met for bar in self.bars)


@dataclass(frozen=True, slots=True)
class About:
    """How a run was made."""

    kind: str
    command: str
    seed: int
    date: str
    seconds: float
    machine: Mapping[str, object]


def save(folder: Path, about: About, outcome: Outcome) -> None:
    """Write `<kind>.json` and the table over all kinds in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    versions = {name: version(name) for name in ("webagent", "miniwob")}
    run = {**asdict(about), "versions": {**versions, "browser": outcome.browser}}
    found = {"bars": outcome.bars, "met": outcome.met, "measured": outcome.measured}
    write_json(folder / f"{about.kind}.json", {**run, **found})
    paths = [folder / f"{kind}.json" for kind in KINDS]
    runs = [orjson.loads(path.read_bytes()) for path in paths if path.exists()]
    write_file(folder / "README.md", render(runs).encode())


def render(runs: Sequence[Mapping[str, Any]]) -> str:
    """The page for runs as their files hold them."""
    parts = ["# Robustness\n", "Generated from the JSON files beside it.\n"]
    for run in runs:
        machine = run["machine"]
        versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
        parts += [
            f"## {run['kind'].capitalize()}\n",
            f"`{run['command']}`, seed {run['seed']}, {run['date']}, {run['seconds']:.0f} s; "
            f"{versions}; {machine['processor']}, {machine['cores']} cores, Python "
            f"{machine['python']}, load average {machine['load'][0]:.1f} as it began.\n",
            "| bar | measured | met |\n| --- | --- | --- |",
            *(f"| {_cell(one)} |" for one in run["bars"]),
            "",
        ]
    return "\n".join(parts).rstrip() + "\n"


def _cell(bar: Mapping[str, Any]) -> str:
    cells = [bar["text"], bar["measured"], "yes" if bar["met"] else "**no**"]
    return " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
