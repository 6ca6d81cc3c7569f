"""What a folder of demonstrations says of itself: `demonstrations.json`."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pydantic import TypeAdapter, ValidationError

from webagent.demonstrations.tracks import check_descent, check_track, tracks_of
from webagent.errors import RunError
from webagent.evaluation.config import RunConfig
from webagent.tasks.protocol import FIRST_TRAINING_SEED, VALIDATION_SEEDS

MANIFEST = "demonstrations.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Shard:
    """One Parquet file. `path` is relative to the folder, `bytes` its size.

    `tasks` maps a task to its episodes here, `seeds` holds the lowest and the highest.
    """

    path: str
    split: str
    episodes: int
    rows: int
    bytes: int
    sha256: str
    tasks: Mapping[str, int]
    seeds: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All about a data set but its rows.

    `source` is who acted; `labels` is whose actions the rows hold, if another policy was asked
    what it would have done, and then failures are as good to learn from as successes. `wanted`
    is how many episodes of each task were asked for, `complete` whether the command came to its
    end, `tracks` those whose rules allow
    training on it, `seeds` what they are for ("training", "validation", "evaluation"; none
    where episodes have no seed). `short` says of each task that has fewer episodes than wanted
    why, `left_out` what could not be turned into rows, by reason. `timed` episodes took
    `seconds`; what was played between the last shard and a kill is in neither.
    """

    format: int = FORMAT
    name: str
    source: str
    labels: str = ""
    complete: bool = False
    wanted: int | None = None
    tracks: Sequence[str] = ()
    seeds: Sequence[str] = ()
    successes: Mapping[str, int] = field(default_factory=dict[str, int])
    failures: Mapping[str, int] = field(default_factory=dict[str, int])
    short: Mapping[str, str] = field(default_factory=dict[str, str])
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    timed: int = 0
    seconds: float = 0.0
    shards: Sequence[Shard] = ()
    config: RunConfig

    @property
    def episodes(self) -> int:
        return sum(shard.episodes for shard in self.shards)

    @property
    def rows(self) -> int:
        return sum(shard.rows for shard in self.shards)

    @property
    def bytes(self) -> int:
        return sum(shard.bytes for shard in self.shards)

    @property
    def rate(self) -> float:
        """Episodes a second, failures included."""
        return self.timed / self.seconds if self.seconds else 0.0

    @property
    def command(self) -> str:
        """What wrote it, to be typed again; empty if that is not known."""
        words = cast("Sequence[object]", self.config.about.get("command") or ())
        return shlex.join(str(word) for word in words)

    def check_training(
        self, track: str, *, augmented: bool = False, validation: bool = False
    ) -> None:
        """Raise `RunError` if training on this data breaks the rules of seeds or of the track.

        `validation` also lets validation seeds pass: for measuring, not for learning.
        """
        allowed = {"training", "validation"} if validation else {"training"}
        wrong = sorted(set(self.seeds) - allowed)
        if wrong:
            raise RunError(
                f"{self.name} holds episodes with {' and '.join(wrong)} seeds; training takes "
                f"seeds from {FIRST_TRAINING_SEED:,} up."
            )
        check_track(track, [*self.successes, *self.failures], augmented=augmented)
        check_descent(track, self.config.track, self.name)


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest. Raises `RunError` if the folder has none or a wrong one."""
    path = folder / MANIFEST
    try:
        found = TypeAdapter(Manifest).validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(
            f"{folder} holds no demonstrations: it has no {MANIFEST}. Name a folder that "
            "`webagent collect` or `webagent export` wrote."
        ) from error
    except ValidationError as error:
        raise RunError(f"{path} cannot be read: {error.errors()[0]['msg']}.") from error
    if found.format != FORMAT:
        raise RunError(f"{path} has format {found.format}; this version reads {FORMAT}.")
    return found


def derived(
    shards: Sequence[Shard], track: str | None = None
) -> dict[str, Sequence[str] | Mapping[str, int]]:
    """What the shards say of the whole: counts, tracks, purposes of seeds. `track` is that of
    the models that acted or labelled.
    """
    counts = {split: _counts(shards, split) for split in ("success", "failure")}
    spans = [shard.seeds for shard in shards if shard.seeds]
    return {
        "successes": counts["success"],
        "failures": counts["failure"],
        "tracks": tracks_of([*counts["success"], *counts["failure"]], ancestor=track),
        "seeds": sorted({purpose(seed) for span in spans for seed in span}),
    }


def purpose(seed: int) -> str:
    """What a seed is for: "training", "validation" or, all others, "evaluation"."""
    if seed >= FIRST_TRAINING_SEED:
        return "training"
    return "validation" if seed in VALIDATION_SEEDS else "evaluation"


def checksum(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _counts(shards: Sequence[Shard], split: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for shard in shards:
        if shard.split == split:
            total.update(shard.tasks)
    return dict(sorted(total.items()))
