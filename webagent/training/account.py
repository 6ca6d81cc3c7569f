"""What `training.json` tells of a training: what it learnt from, by which commands, on what."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from webagent.demonstrations.read import open_demonstrations
from webagent.nn.files import WEIGHTS
from webagent.policies.models import fingerprint, read_card, tokenizer_folder
from webagent.training.texts import WORDS, made_of

if TYPE_CHECKING:
    from webagent.training.learn import Job


def account(job: Job, examples: Mapping[str, int]) -> dict[str, object]:
    """What is known of a job beside how it went. `examples` counts each task's."""
    recipe = job.recipe
    cloned = recipe.data.objective == "clone"
    return {
        "track": recipe.data.track,
        "recipe": recipe.model_dump(),
        "data": [_said(folder) if cloned else {"name": folder.name} for folder in job.data],
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


def _said(folder: Path) -> dict[str, object]:
    """What a data set says of itself."""
    opened = open_demonstrations(folder)
    manifest = opened.manifest
    return {
        "name": manifest.name,
        "episodes": manifest.episodes,
        "timed": manifest.timed,
        "seconds": manifest.seconds,
        "source": manifest.source,
        "labels": manifest.labels,
        "failed": opened.failed(),
        "command": manifest.config.about.get("command", []),
    }


def _machine(device: str) -> str:
    if device.startswith("cuda"):
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
    return f"{os.cpu_count()} cores of {platform.machine()}"
