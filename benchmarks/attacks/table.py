"""What the attacks came to: a JSON file a backend, and a section of SECURITY.md."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from webagent.evaluation.store import write_file, write_json

from .attack import Row

RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- attacks: begin -->", "<!-- attacks: end -->"
SEEN = 160  # characters


def save(path: Path, rows: Sequence[Row], command: str, date: datetime, browser: str) -> None:
    """Write all rows and how they were made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "command": command,
        "date": date.isoformat(timespec="seconds"),
        "browser": browser,
        "webagent": version("webagent"),
        "platform": platform.platform(terse=True),
        "attacks": len(rows),
        "stopped": sum(row.stopped for row in rows),
    }
    write_json(path, {**about, "rows": rows})


def write_section(document: Path, results: Path) -> None:
    """Put the table over the results between the two marks of the document."""
    runs = [orjson.loads(path.read_bytes()) for path in sorted(results.glob("*.json"))]
    text = document.read_text("utf-8")
    section = f"{BEGIN}\n{render(runs)}{END}"
    marked = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if not marked.search(text):
        raise ValueError(f"{document} has no place for the table: {BEGIN} … {END}")
    write_file(document, marked.sub(lambda _: section, text).encode())


def render(runs: Sequence[Mapping[str, Any]]) -> str:
    """The table; what was seen is that of the first run, stopped means stopped in all."""
    lines: list[str] = []
    for run in runs:
        lines.append(
            f"- `{run['command']}`: {run['stopped']} of {run['attacks']} stopped; "
            f"{run['browser']}, webagent {run['webagent']}, {run['date'][:10]}."
        )
    names = [[row["kind"], row["name"]] for row in runs[0]["rows"]] if runs else []
    lines += ["", "| attack | tries | stopped | what was seen |", "| --- | --- | --- | --- |"]
    for kind, name in names:
        same = [r for run in runs for r in run["rows"] if [r["kind"], r["name"]] == [kind, name]]
        stopped = "yes" if all(row["stopped"] for row in same) else "**no**"
        cells = [f"{kind}: {name}", same[0]["tries"], stopped, _brief(same[0]["seen"])]
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join(lines) + "\n"


def _brief(text: str) -> str:
    return text if len(text) <= SEEN else text[: SEEN - 1] + "…"


def _cell(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text).strip()
    return plain.replace("|", "\\|").replace("<", "&lt;")
