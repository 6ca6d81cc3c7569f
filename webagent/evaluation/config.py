"""The effective configuration of a run, and whether two runs are the same experiment."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final, cast

import orjson

from webagent.tasks.protocol import EPISODE_MS
from webagent.types import Json

DETERMINING = ("webagent", "miniwob")
REPORTED = ("numpy", "scipy", "playwright", "selenium", "torch", "transformers")
MOST_NAMED = 4  # entries of a mapping, in what two configurations differ in
LONGEST = 60  # characters of a value
SAME = 20  # characters of a long value that are shown before those that differ
_ABSENT: Final = object()


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
    clock_ms: int | None = EPISODE_MS
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
    """What differs between two configurations, each as "key: old -> new".

    Of mappings the entries that differ are named, as "key.entry: old -> new", and of the rest how
    many there are.
    """
    before, after = _plain(old), _plain(new)
    found: list[str] = []
    for key in after:
        changed = _changed(key, before[key], after[key])
        found += changed[:MOST_NAMED]
        if len(changed) > MOST_NAMED:
            found.append(f"{key}: {len(changed) - MOST_NAMED} more")
    return found


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
    """The determining fields after a round trip, so that tuples and lists compare equal, with
    seeds in short.
    """
    plain = orjson.dumps(_determining(config), option=orjson.OPT_SORT_KEYS)
    return {**orjson.loads(plain), "seeds": span(config.seeds)}


def _changed(name: str, old: object, new: object) -> list[str]:
    if old == new:
        return []
    before, after = _entries(old), _entries(new)
    if before is None or after is None:
        return [f"{name}: {_shown(_text(old), _text(new))}"]
    return [
        line
        for key in sorted({**before, **after})
        for line in _changed(f"{name}.{key}", before.get(key, _ABSENT), after.get(key, _ABSENT))
    ]


def _entries(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _shown(old: str, new: str) -> str:
    """Both values; long ones from shortly before where they begin to differ."""
    pairs = enumerate(zip(old, new, strict=False))
    same = next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))
    begin = same - SAME if same > LONGEST - SAME else 0
    return " -> ".join(_cut(f"...{one[begin:]}" if begin else one) for one in (old, new))


def _text(value: object) -> str:
    if value is _ABSENT:
        return "absent"
    entries = _entries(value)
    return f"{len(entries)} entries" if entries and len(entries) > 3 else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
