"""Read folders of demonstrations: batches for speed, episodes and examples for training."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from webagent.demonstrations.arrow import parquet
from webagent.demonstrations.manifest import (
    MANIFEST,
    Manifest,
    Shard,
    checksum,
    read_manifest,
)
from webagent.demonstrations.record import COLUMNS, TEXT_COLUMNS, Row, contexts, row_of
from webagent.errors import RunError
from webagent.types import Context, Decision

BATCH = 2_048  # rows


@dataclass(frozen=True, slots=True)
class Demonstrations:
    """A folder of demonstrations, as its manifest says. Nothing is kept in memory."""

    folder: Path
    manifest: Manifest

    def shards(self, split: str = "success", tasks: Collection[str] | None = None) -> list[Shard]:
        """The files of a split ("success", "failure") that hold any of these tasks."""
        return [
            shard
            for shard in self.manifest.shards
            if shard.split == split and (tasks is None or not shard.tasks.keys().isdisjoint(tasks))
        ]

    def batches(
        self, split: str = "success", columns: Sequence[str] = TEXT_COLUMNS, size: int = BATCH
    ) -> Iterator[Any]:
        """The rows as `pyarrow.RecordBatch` of at most `size` rows: the fastest way."""
        for shard in self.shards(split):
            file = parquet().ParquetFile(self.folder / shard.path)
            yield from file.iter_batches(batch_size=size, columns=list(columns))

    def episodes(
        self,
        split: str = "success",
        *,
        tasks: Collection[str] | None = None,
        seed: int | None = None,
        columns: Sequence[str] = TEXT_COLUMNS,
    ) -> Iterator[tuple[Row, ...]]:
        """Whole episodes. With a `seed`, shards and the episodes within each are shuffled,
        which holds one shard in memory; without, they come as they lie.
        """
        shards = self.shards(split, tasks)
        order = None if seed is None else random.Random(seed)
        if order:
            order.shuffle(shards)
        for shard in shards:
            found = self._episodes(shard, tasks, columns)
            if order:
                mixed = list(found)
                order.shuffle(mixed)
                found = iter(mixed)
            yield from found

    def examples(
        self,
        split: str = "success",
        *,
        tasks: Collection[str] | None = None,
        seed: int | None = None,
        columns: Sequence[str] = TEXT_COLUMNS,
    ) -> Iterator[tuple[Context, Decision]]:
        """What was known at each step, and what was decided. Ask for `COLUMNS` to have
        boxes and screenshots too.
        """
        for rows in self.episodes(split, tasks=tasks, seed=seed, columns=columns):
            yield from contexts(rows)

    def failed(self, split: str = "success") -> int:
        """How many steps' actions failed, which is nothing to learn from."""
        found = self.batches(split, ["error"])
        return sum(len(batch) - batch.column(0).null_count for batch in found)

    def check(self) -> None:
        """Compare every file with its checksum. Raises `RunError` that names a wrong one."""
        for shard in self.manifest.shards:
            file = self.folder / shard.path
            if not file.exists() or checksum(file) != shard.sha256:
                raise RunError(
                    f"{file} is missing or not as {MANIFEST} says. Copy the folder anew, or "
                    "make it again with the command in its card."
                )

    def _episodes(
        self, shard: Shard, tasks: Collection[str] | None, columns: Sequence[str]
    ) -> Iterator[tuple[Row, ...]]:
        wanted = {*columns, "episode", "task", "step"}
        file = parquet().ParquetFile(self.folder / shard.path)
        rows = (
            row_of(plain)
            for batch in file.iter_batches(
                batch_size=BATCH, columns=[name for name in COLUMNS if name in wanted]
            )
            for plain in batch.to_pylist()
        )
        for _, together in groupby(rows, key=lambda row: row.episode):
            episode = tuple(together)
            if tasks is None or episode[0].task in tasks:
                yield episode


def open_demonstrations(folder: Path) -> Demonstrations:
    """A folder that `webagent collect` or `webagent export` wrote. Raises `RunError`."""
    return Demonstrations(folder, read_manifest(folder))
