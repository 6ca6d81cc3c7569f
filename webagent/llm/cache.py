"""Answers that were given before, by the whole request."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import orjson

from webagent.errors import PolicyError, PolicyStop

Request: TypeAlias = Mapping[str, Any]
REMEMBERED = 4_096  # answers held in memory, where no folder is named


class Cache:
    """Keeps answers in `folder`, one file each, and the last of them in memory.

    A file holds the request too, so that it can be read by itself; keys are never part of a
    request. Files are written whole and renamed into place, so several runs can share a
    folder. Without a folder only this process remembers. Raises `PolicyError` if the folder
    cannot be made.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._memory: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()
        try:
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PolicyError(f"The cache cannot be kept in {folder}: {error}") from error

    def get(self, request: Request) -> Any:
        """The answer to a request, or None."""
        key = key_of(request)
        with self._lock:
            if key in self._memory:
                self._memory.move_to_end(key)
                return self._memory[key]
        answer = self._read(key)
        if answer is not None:
            self._remember(key, answer)
        return answer

    def put(self, request: Request, answer: Any) -> None:
        """Keep an answer. Raises `PolicyStop` if it can't be written: it may have cost money."""
        key = key_of(request)
        self._remember(key, answer)
        if not self._folder:
            return
        place = _place(self._folder, key)
        try:
            place.parent.mkdir(exist_ok=True)
            _write(place, orjson.dumps({"request": request, "answer": answer}))
        except OSError as error:
            raise PolicyStop(f"Answers can't be kept in {self._folder}: {error}.") from error

    def _remember(self, key: str, answer: Any) -> None:
        with self._lock:
            self._memory[key] = answer
            while len(self._memory) > REMEMBERED:
                self._memory.popitem(last=False)

    def _read(self, key: str) -> Any:
        if not self._folder:
            return None
        try:
            return orjson.loads(_place(self._folder, key).read_bytes())["answer"]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # a damaged file counts as none, and is written anew


def key_of(request: Request) -> str:
    """64 hex digits over the whole request."""
    return hashlib.sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _place(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key[2:]}.json"


def _write(place: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).replace(place)
