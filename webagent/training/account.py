"""What `training.json` tells of a training: what it learnt from, by which commands, on what."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from webagent.demonstrations.read import Demonstrations
from webagent.nn.files import WEIGHTS
from webagent.policies.models import fingerprint, read_card, tokenizer_folder
from webagent.training.texts import WORDS, made_of

if TYPE_CHECKING:
    from webagent.training.learn import Job


def account(
    job: Job, examples: Mapping[str, int], data: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    """What is known of a job beside how it went. `examples` counts each task's, `data` is what
    data sets said of themselves (`said`).
    """
    recipe = job.recipe
    return {
        "track": recipe.data.track,
        "recipe": recipe.model_dump(),
        "data": list(data),
        "examples": sum(examples.values()),
        "tasks": len(examples),
        "start": _began(job.start) if job.start else None,
        "tokenizer": str(job.tokenizer) if job.tokenizer and not job.start else "",
        WORDS: _words(job.start or job.tokenizer),
        "balance": list(job.balance),
        "retrace": list(job.retrace),
        "command": list(job.command),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"webagent": version("webagent"), "torch": str(torch.__version__)},
        "device": job.team.device,
        "processes": job.team.size,
        "machine": _machine(job.team.device),
    }


def _words(tokenizer: Path | None) -> dict[str, object] | None:
    """What the tokenizer was made of, if anything says so."""
    made = made_of(tokenizer_folder(str(tokenizer))) if tokenizer else None
    return asdict(made) if made else None


def _began(start: Path) -> dict[str, object] | None:
    """What the model that was gone on from says of its training, and which weights it had."""
    card = read_card(start)
    return {**card, "weights": fingerprint(start / WEIGHTS)} if card else None


def said(source: Demonstrations) -> Mapping[str, object]:
    """What a data set says of itself."""
    manifest = source.manifest
    return {
        "name": manifest.name,
        "episodes": manifest.episodes,
        "timed": manifest.timed,
        "seconds": manifest.seconds,
        "source": manifest.source,
        "labels": manifest.labels,
        "failed": source.failed(),
        "command": manifest.config.about.get("command", []),
    }


def _machine(device: str) -> str:
    if device.startswith("cuda"):
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
    return f"{os.cpu_count()} cores of {platform.machine()}"
