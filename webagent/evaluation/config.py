"""The effective configuration of a run, and whether two runs are the same experiment."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import orjson

from webagent.types import Json

DETERMINING = ("webagent", "miniwob")
REPORTED = ("numpy", "scipy", "playwright", "selenium", "torch", "transformers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What only the caller knows of a run: names and choices made before it starts.

    `policy` is the specification given on the command line, `card` what the policy says
    of itself (model, size, training), `track` its track on CompWoB. `text` and `layout`
    name the variants of instructions and pages. `clock_ms` is the length of an episode's own
    clock in milliseconds, None where each page keeps its own.
    """

    suite: str
    policy: str
    track: str | None = None
    card: Mapping[str, Json] = field(default_factory=dict[str, Json])
    text: str = "clean"
    layout: str = "official"
    clock_ms: int | None = 2_000_000
    invalid_limit: int = 10
    attempts: int = 3
    command: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """The whole configuration, as `config.json` holds it.

    `tasks` maps each task id to its labels, so that a report needs no task code. `about`
    holds what does not change results: command line, date, Python, platform, libraries, slots.
    """

    suite: str
    policy: str
    track: str | None
    card: Mapping[str, object]
    mode: str
    backend: str
    text: str
    layout: str
    clock_ms: int | None
    invalid_limit: int
    attempts: int
    seeds: Sequence[int]
    tasks: Mapping[str, Mapping[str, object]]
    versions: Mapping[str, str]
    about: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def hash(self) -> str:
        """Sixteen hex digits over everything that determines results."""
        plain = orjson.dumps(_determining(self), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(plain).hexdigest()[:16]


def effective(
    setup: Setup,
    tasks: Mapping[str, Mapping[str, object]],
    seeds: Sequence[int],
    mode: str,
    backend: str,
) -> RunConfig:
    """Complete a setup with what the run itself knows. `tasks` maps ids to labels."""
    about: dict[str, object] = {
        "command": list(setup.command),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "packages": _versions(REPORTED),
    }
    return RunConfig(
        suite=setup.suite,
        policy=setup.policy,
        track=setup.track,
        card=dict(setup.card),
        mode=mode,
        backend=backend,
        text=setup.text,
        layout=setup.layout,
        clock_ms=setup.clock_ms,
        invalid_limit=setup.invalid_limit,
        attempts=setup.attempts,
        seeds=list(seeds),
        tasks={task: dict(labels) for task, labels in tasks.items()},
        versions=_versions(DETERMINING),
        about=about,
    )


def differences(old: RunConfig, new: RunConfig) -> list[str]:
    """What differs between two configurations, each as "key: old -> new"."""
    before, after = _plain(old), _plain(new)
    return [
        f"{key}: {_show(before.get(key))} -> {_show(after.get(key))}"
        for key in after
        if before.get(key) != after[key]
    ]


def span(seeds: Sequence[int]) -> str:
    """Seeds in short: "0-99", "0-4, 7"."""
    parts: list[list[int]] = []
    for seed in sorted(set(seeds)):
        if parts and seed == parts[-1][-1] + 1:
            parts[-1][1:] = [seed]
        else:
            parts.append([seed])
    return ", ".join("-".join(str(end) for end in part) for part in parts)


def _determining(config: RunConfig) -> dict[str, object]:
    fields = asdict(config)
    del fields["about"]
    return fields


def _plain(config: RunConfig) -> dict[str, object]:
    """The determining fields after a round trip, so that tuples and lists compare equal."""
    plain = orjson.dumps(_determining(config), option=orjson.OPT_SORT_KEYS)
    return dict(orjson.loads(plain))


def _show(value: object) -> str:
    if isinstance(value, list):
        return span([item for item in value if isinstance(item, int)])  # pyright: ignore[reportUnknownVariableType]
    text = f"{len(value)} entries" if isinstance(value, dict) and len(value) > 3 else str(value)  # pyright: ignore[reportUnknownArgumentType]
    return text if len(text) <= 60 else text[:57] + "..."


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
