"""The run folder: plain files that say all about a run, safe against being killed.

    config.json      the effective configuration, with its hash
    episodes.jsonl   one line per finished episode; the last line of a (task, seed) counts
    summary.json     the scores
    report.html      the report
    replays/         chosen episodes played again, with screenshots

Lines are appended; everything else is written whole and renamed into place.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import orjson
from pydantic import TypeAdapter, ValidationError

from webagent.errors import RunError
from webagent.evaluation.config import RunConfig, differences
from webagent.evaluation.record import Key, Record, from_line, record_of, to_line
from webagent.types import Episode

CONFIG = "config.json"
EPISODES = "episodes.jsonl"
SUMMARY = "summary.json"
REPORT = "report.html"
REPLAYS = "replays"
LOCK = ".lock"
SYNC_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """A run as read from its folder. `records` holds each (task, seed) once, sorted."""

    folder: Path
    config: RunConfig
    records: tuple[Record, ...]

    @property
    def valid(self) -> tuple[Record, ...]:
        """The records that tell something of the policy: of episodes that nothing broke."""
        return tuple(one for one in self.records if not one.ending.infrastructure)


class RunWriter:
    """An open, locked run folder. Use it in a `with` statement.

    Opening a folder of the same configuration resumes it; `done` says which (task, seed)
    need not be played again. Episodes that the infrastructure broke are played again.
    """

    def __init__(self, folder: Path, config: RunConfig, *, keep_html: bool = False) -> None:
        self._folder = folder
        self._keep_html = keep_html
        self._lock = locked(folder)
        try:
            _claim(folder, config)
            records = _resume(folder / EPISODES)
            self._file = (folder / EPISODES).open("ab")
        except BaseException:
            self._lock.close()
            raise
        self._synced = time.monotonic()
        self.done: frozenset[Key] = frozenset(
            record.key for record in latest(records) if not record.ending.infrastructure
        )

    def append(self, episode: Episode) -> Record:
        """Keep a finished episode. On return a killed process can't lose it any more."""
        record = record_of(episode, keep_html=self._keep_html)
        try:
            self._file.write(to_line(record))
            self._file.flush()
            # A crash of the machine, not of the process, may cost the last seconds.
            if time.monotonic() - self._synced > SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            raise RunError(
                f"Cannot write to {self._folder / EPISODES}: {error}. Finished episodes are "
                "kept; make room and start the same command again to go on."
            ) from error
        return record

    def close(self) -> None:
        try:
            self._file.close()
        finally:
            self._lock.close()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_run(folder: Path) -> Run:
    """Read a run folder, finished or not. Raises `RunError` if it is not one."""
    config = read_config(folder)
    path = folder / EPISODES
    data = path.read_bytes() if path.exists() else b""
    return Run(folder, config, latest(_records(path, data)))


def read_config(folder: Path) -> RunConfig:
    """Read and check `config.json`."""
    path = folder / CONFIG
    try:
        return TypeAdapter(RunConfig).validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(
            f"{folder} is not a run folder: it has no {CONFIG}. Name a folder that "
            "`webagent eval` wrote."
        ) from error
    except ValidationError as error:
        raise RunError(f"{path} cannot be read: {error.errors()[0]['msg']}.") from error


def latest(records: Iterable[Record]) -> tuple[Record, ...]:
    """Each (task, seed) once, the later one winning, sorted by task and seed."""
    by_key = {record.key: record for record in records}
    return tuple(by_key[key] for key in sorted(by_key))


def write_file(path: Path, data: bytes) -> None:
    """Write a whole file or nothing of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RunError(f"Cannot write {path}: {error}") from error


def write_json(path: Path, value: object) -> None:
    """Write dataclasses, mappings and plain values as indented JSON, atomically."""
    write_file(path, orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def locked(folder: Path, *, wait: bool = False) -> BinaryIO:
    """Hold the lock file of a folder that is written to; the system frees it when the process
    ends. Waits for another process that holds it, or raises `RunError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("ab")
    except OSError as error:
        raise RunError(f"Cannot write to the folder {folder}: {error}") from error
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError as error:
        file.close()
        raise RunError(
            f"Another process is writing to {folder}. Wait for it, stop it, or choose another "
            "folder."
        ) from error
    except OSError:
        pass  # a file system without locks; then nobody guards the folder but its user
    return file


def _claim(folder: Path, config: RunConfig) -> None:
    """Write the configuration into a new folder, or compare it with the one there."""
    if not (folder / CONFIG).exists():
        others = _foreign(folder)
        if others:
            raise RunError(
                f"{folder} holds other files ({', '.join(others[:3])}) and no {CONFIG}. "
                "Choose an empty or new folder for the run."
            )
        write_json(folder / CONFIG, {**asdict(config), "hash": config.hash})
        return
    old = read_config(folder)
    if old.hash != config.hash:
        raise RunError(
            f"{folder} holds a run with another configuration: "
            f"{'; '.join(differences(old, config))}. Resume it with the same options "
            f"(see `about.command` in its {CONFIG}), or choose another folder."
        )


def _foreign(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def _resume(path: Path) -> Sequence[Record]:
    """Read what is there, and cut a line that was being written when the run died."""
    data = path.read_bytes() if path.exists() else b""
    records = _records(path, data)
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        tail = data[whole:]
        write_file(path, data[:whole] + (tail + b"\n" if _whole(tail) else b""))
    return records


def _records(path: Path, data: bytes) -> list[Record]:
    lines = data.split(b"\n")
    tail = lines.pop()
    if _whole(tail):
        lines.append(tail)
    records: list[Record] = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(from_line(line))
        except RunError as error:
            raise RunError(
                f"{path}, line {number} is damaged ({error}). Remove that line and start the "
                "run again to play its episode once more."
            ) from error
    return records


def _whole(tail: bytes) -> bool:
    """Whether a last line without line end is complete all the same."""
    try:
        from_line(tail)
    except RunError:
        return False
    return True
