"""A folder of demonstrations, written so that a kill at any moment loses nothing finished.

    demonstrations.json   the manifest: source, tasks, seeds, versions, shards, checksums
    README.md             the data card
    success/*.parquet     episodes that solved their task, one row a step
    failure/*.parquet     the others
    .journal/             finished episodes that are in no shard yet, one JSON line each

An episode is on disk when `append` returns. A shard is written whole and renamed into
place; then its episodes leave the journal. What is in both after a kill counts once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from webagent.demonstrations.arrow import parquet
from webagent.demonstrations.card import CARD, render_card
from webagent.demonstrations.manifest import (
    MANIFEST,
    Manifest,
    Shard,
    checksum,
    derived,
    read_manifest,
)
from webagent.demonstrations.record import Row, row_of, table, to_json
from webagent.errors import RunError
from webagent.evaluation.config import differences
from webagent.evaluation.store import locked, write_file, write_json

SPLITS = ("success", "failure")
JOURNAL = ".journal"
SHARD_EPISODES = 5_000
SHARD_BYTES = 256 * 2**20  # of rows as JSON; reached first where there are screenshots
SYNC_SECONDS = 2.0
ROW_GROUP = 4_096  # rows that a reader decodes at a time


class DemonstrationWriter:
    """An open, locked folder of demonstrations. Use it in a `with` statement.

    `manifest` says what is to be written; a folder that has one of the same configuration
    is gone on with. `episodes` maps the name of each episode there to its success.
    Raises `RunError` for a folder of something else, in use, or damaged.
    """

    def __init__(
        self, folder: Path, manifest: Manifest, *, shard_episodes: int = SHARD_EPISODES
    ) -> None:
        self._folder = folder
        self._shard_episodes = shard_episodes
        self._lock = locked(folder)
        self._began, self._added = time.monotonic(), 0  # since the last manifest
        self._journals: dict[str, _Journal] = {}
        try:
            self._manifest = self._claim(manifest)
            self.episodes = self._recover()
            self._write_manifest()
        except BaseException:
            self.close()
            raise

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    def append(self, rows: Sequence[Row]) -> bool:
        """Keep the rows of a finished episode. False if it is there already, or empty."""
        if not rows or rows[0].episode in self.episodes:
            return False
        split = "success" if rows[0].success else "failure"
        journal = self._journals[split]
        try:
            journal.append(rows)
            self._added += 1
            self.episodes[rows[0].episode] = rows[0].success
            if len(journal.waiting) >= self._shard_episodes or journal.bytes >= SHARD_BYTES:
                self._flush(split)
        except OSError as error:
            raise RunError(
                f"Cannot write to {self._folder}: {error}. Finished episodes are kept; make "
                "room and start the same command again to go on."
            ) from error
        return True

    def finish(self, **facts: Any) -> Manifest:
        """Put all episodes into shards and complete the manifest and the card.

        `facts` are fields of the manifest that only the caller knows.
        """
        for split in SPLITS:
            self._flush(split)
        self._manifest = replace(self._manifest, complete=True, **facts)
        self._write_manifest()
        write_file(self._folder / CARD, render_card(self._manifest).encode())
        return self._manifest

    def close(self) -> None:
        with ExitStack() as stack:  # all of them, also when one fails
            stack.callback(self._lock.close)
            for journal in self._journals.values():
                stack.callback(journal.close)

    def __enter__(self) -> DemonstrationWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _claim(self, manifest: Manifest) -> Manifest:
        if not (self._folder / MANIFEST).exists():
            others = [one.name for one in self._folder.iterdir() if one.name[0] != "."]
            if others:
                raise RunError(
                    f"{self._folder} holds other files ({', '.join(sorted(others)[:3])}) and no "
                    f"{MANIFEST}. Choose an empty or new folder."
                )
            return manifest
        old = read_manifest(self._folder)
        if old.config.hash != manifest.config.hash or old.source != manifest.source:
            changed = [f"source: {old.source} -> {manifest.source}"] * (
                old.source != manifest.source
            ) + differences(old.config, manifest.config)
            raise RunError(
                f"{self._folder} holds demonstrations made otherwise: {'; '.join(changed)}. Go "
                f"on with the same options (see `config` in its {MANIFEST}), or choose another "
                "folder."
            )
        return replace(manifest, shards=old.shards, seconds=old.seconds, timed=old.timed)

    def _recover(self) -> dict[str, bool]:
        """The episodes that are there; shards and journals are put in order before."""
        self._manifest = replace(self._manifest, shards=self._shards())
        found: dict[str, bool] = {}
        for shard in self._manifest.shards:
            file = self._folder / shard.path
            found.update(dict.fromkeys(_names(file), shard.split == "success"))
        for split in SPLITS:
            place = self._folder / JOURNAL / f"{split}.jsonl"
            self._journals[split] = _Journal(place, found)
            found.update((rows[0].episode, rows[0].success) for rows in self._waiting(split))
        return found

    def _shards(self) -> list[Shard]:
        """The shards of the manifest, and one that a kill kept from being entered there."""
        known = {shard.path: shard for shard in self._manifest.shards}
        lost = sorted(path for path in known if not (self._folder / path).exists())
        if lost:
            raise RunError(f"{self._folder} lacks the file {lost[0]} that its {MANIFEST} names.")
        shards: list[Shard] = []
        for split in SPLITS:
            (self._folder / split).mkdir(exist_ok=True)
            for left in (self._folder / split).glob(".*.tmp"):
                left.unlink()
            for file in sorted((self._folder / split).glob("*.parquet")):
                path = f"{split}/{file.name}"
                shard = known.get(path) or _shard_of(file, split)
                if shard.bytes != file.stat().st_size:
                    raise RunError(
                        f"{file} has {file.stat().st_size} bytes, not the {shard.bytes} of its "
                        f"entry in {MANIFEST}. Remove it and its entry to play its episodes again."
                    )
                shards.append(shard)
        return shards

    def _waiting(self, split: str) -> list[Sequence[Row]]:
        return self._journals[split].waiting

    def _flush(self, split: str) -> None:
        """Write what waits as one shard, enter it in the manifest, empty the journal."""
        waiting = self._waiting(split)
        if not waiting:
            return
        # Pages of a task that lie together compress best.
        waiting.sort(key=lambda rows: (rows[0].task, rows[0].seed or 0, rows[0].episode))
        names = [Path(one.path).stem for one in self._manifest.shards if one.split == split]
        number = max((int(name.rpartition("-")[2]) + 1 for name in names), default=0)
        file = self._folder / split / f"part-{number:05}.parquet"
        _write_shard(file, [row for rows in waiting for row in rows])
        shards = [*self._manifest.shards, _shard_of(file, split)]
        self._manifest = replace(self._manifest, shards=shards)
        self._write_manifest()
        self._journals[split].clear()

    def _write_manifest(self) -> None:
        now = time.monotonic()
        seconds = round(self._manifest.seconds + now - self._began, 2)
        timed = self._manifest.timed + self._added
        self._began, self._added = now, 0
        told: dict[str, Any] = derived(self._manifest.shards, self._manifest.config.track)
        self._manifest = replace(self._manifest, seconds=seconds, timed=timed, **told)
        write_json(self._folder / MANIFEST, self._manifest)


class _Journal:
    """Finished episodes of one split that are in no shard yet. `bytes` is its length."""

    def __init__(self, path: Path, known: Mapping[str, bool]) -> None:
        path.parent.mkdir(exist_ok=True)
        data = path.read_bytes() if path.exists() else b""
        lines = data.split(b"\n")[:-1]  # after the last line end is what a kill cut off
        episodes = [_episode(path, number, line) for number, line in enumerate(lines, start=1)]
        kept: list[Sequence[Row]] = [one for one in episodes if one[0].episode not in known]
        self.waiting = kept
        self._synced = time.monotonic()
        if len(data) != sum(len(line) + 1 for line in lines) or len(kept) < len(episodes):
            write_file(path, b"".join(to_json(rows) + b"\n" for rows in kept))
        self._file = path.open("ab")
        self.bytes = self._file.tell()

    def append(self, rows: Sequence[Row]) -> None:
        line = to_json(rows) + b"\n"
        self._file.write(line)
        self._file.flush()
        # A crash of the machine, not of the process, may cost the last seconds.
        if time.monotonic() - self._synced > SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()
        self.waiting.append(rows)
        self.bytes += len(line)

    def clear(self) -> None:
        self._file.truncate(0)
        self.waiting.clear()
        self.bytes = 0

    def close(self) -> None:
        self._file.close()


def _episode(path: Path, number: int, line: bytes) -> tuple[Row, ...]:
    try:
        return tuple(row_of(plain) for plain in orjson.loads(line))
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise RunError(
            f"{path}, line {number} is damaged ({error}). Remove that line and start the command "
            "again to play its episode once more."
        ) from error


def _write_shard(file: Path, rows: Sequence[Row]) -> None:
    """Write a whole Parquet file or nothing of it."""
    temporary = file.with_name(f".{file.name}.tmp")
    with temporary.open("wb") as stream:
        parquet().write_table(
            table(rows),
            stream,
            compression="zstd",
            compression_level=9,
            row_group_size=ROW_GROUP,
            data_page_size=2**23,  # bytes; pages are compressed alone, and large ones best
        )
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def _shard_of(file: Path, split: str) -> Shard:
    """Describe a file of rows by reading it."""
    columns = parquet().read_table(file, columns=["task", "seed", "step"]).to_pydict()
    tasks: dict[str, int] = {}
    for task, step in zip(columns["task"], columns["step"], strict=True):
        tasks[task] = tasks.get(task, 0) + (step == 0)
    seeds = [seed for seed in columns["seed"] if seed is not None]
    return Shard(
        path=f"{split}/{file.name}",
        split=split,
        episodes=sum(tasks.values()),
        rows=len(columns["task"]),
        bytes=file.stat().st_size,
        sha256=checksum(file),
        tasks=tasks,
        seeds=(min(seeds), max(seeds)) if seeds else None,
    )


def _names(file: Path) -> Iterator[str]:
    yield from set(parquet().read_table(file, columns=["episode"]).column(0).to_pylist())
