"""What `webagent run --json` prints: one document, errors included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import orjson

from webagent.evaluation.record import Record
from webagent.evaluation.store import REPORT
from webagent.llm.protocol import Usage
from webagent.types import Ending


def outcome(record: Record, folder: Path, usage: Usage | None, code: int) -> Mapping[str, object]:
    """The episode as it was kept, without the pages; `usage` is of its chat model."""
    return {
        "instruction": record.instruction,
        "ending": record.ending,
        "success": record.success,
        "answer": record.facts.get("answer"),
        "steps": [
            {
                "action": one.action,
                "note": one.note,
                "program": one.program,
                "error": one.error,
                "tries": one.tries,
            }
            for one in record.steps
        ],
        "seconds": record.seconds,
        "detail": record.detail,
        "usage": asdict(usage) if usage else None,
        "trace": str(folder),
        "report": str(folder / REPORT),
        "exit_code": code,
    }


def no_outcome(
    instruction: str, ending: Ending | None, error: str, code: int
) -> Mapping[str, object]:
    """The same document where no episode began. The ending is None where input is wrong."""
    return {
        "instruction": instruction,
        "ending": ending,
        "success": False,
        "answer": None,
        "steps": [],
        "seconds": 0.0,
        "detail": error,
        "usage": None,
        "trace": None,
        "report": None,
        "exit_code": code,
    }


def print_document(document: Mapping[str, object]) -> None:
    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())  # noqa: T201
