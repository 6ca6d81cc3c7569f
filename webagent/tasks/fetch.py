"""Get the published pages of CompWoB: pinned by commit, checked, and resumable."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import orjson
from pydantic import TypeAdapter, ValidationError

from webagent.assets import asset
from webagent.errors import TaskError
from webagent.tasks.official import HASHES, page_names, read_hashes

SECONDS = 30.0  # until a server that says nothing counts as gone
LARGEST = 1_000_000  # bytes; published pages have at most 50,000


@dataclass(frozen=True, slots=True)
class Pin:
    """Which version of the pages, and from where. `sha256` fixes files it names."""

    commit: str
    base: str
    sha256: Mapping[str, str] = field(default_factory=dict[str, str])

    def url(self, name: str) -> str:
        return self.base.replace("{commit}", self.commit) + quote(name)


def read_pin(path: Path | None = None) -> Pin:
    """Read a pin file; without `path`, the one that ships with the package."""
    path = path or asset("benchmarks/compwob/official.toml")
    try:
        pin = TypeAdapter(Pin).validate_python(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise TaskError(f"{path} is no pin of the pages: {error}") from error
    if urlsplit(pin.base).scheme not in ("https", "http") or not pin.base.endswith("/"):
        raise TaskError(f"{path}: base is a web address that ends with /, not {pin.base!r}.")
    wrong = [name for name, value in pin.sha256.items() if not re.fullmatch(r"[0-9a-f]{64}", value)]
    if wrong:
        raise TaskError(f"{path}: the SHA-256 of {wrong[0]} is not 64 small hex digits.")
    return pin


def fetch(folder: Path, pin: Pin, names: Sequence[str] | None = None) -> Iterator[tuple[str, bool]]:
    """Get every page that `folder` lacks, and yield each (name, whether it was downloaded).

    A page is written whole, after its SHA-256 agrees with the pin or with `hashes.json`;
    where neither knows it, its hash is recorded. Stopped at any moment, the same call goes
    on. Raises `TaskError` when a page cannot be had or is not the expected one.
    """
    recorded = _begin(folder, pin)
    for name in page_names() if names is None else names:
        path, expected = folder / name, pin.sha256.get(name, recorded.get(name))
        there = path.read_bytes() if path.is_file() else None
        if there is not None and expected:
            _check(path, there, expected)
            content = there
        else:
            content = _download(pin.url(name))
            _check(pin.url(name), content, expected)
            if there not in (None, content):
                raise TaskError(
                    f"{path} is not the published page at {pin.url(name)}. Move it away, or "
                    "choose another folder."
                )
            _write(path, content)
        if name not in recorded:
            recorded[name] = hashlib.sha256(content).hexdigest()
            _record(folder, pin, recorded)
        yield name, content is not there


def _begin(folder: Path, pin: Pin) -> dict[str, str]:
    """The recorded hashes of a folder, which must be of the same commit."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TaskError(f"Cannot use {folder}: {error}") from error
    recorded = read_hashes(folder)
    if recorded:
        commit = orjson.loads((folder / HASHES).read_bytes()).get("commit")
        if commit != pin.commit:
            raise TaskError(
                f"{folder} holds pages of commit {commit}, not {pin.commit}. Choose another folder."
            )
    return recorded


def _download(url: str) -> bytes:
    try:
        with urlopen(url, timeout=SECONDS) as reply:
            content: bytes = reply.read(LARGEST + 1)
            promised = reply.headers.get("Content-Length", "")
    except (URLError, OSError, HTTPException) as error:
        raise TaskError(
            f"Cannot get {url}: {error}. What was fetched is kept; the same command goes on."
        ) from error
    if promised.isdecimal() and len(content) < min(int(promised), LARGEST):
        raise TaskError(
            f"Only a part of {url} came. What was fetched is kept; the same command goes on."
        )
    if len(content) > LARGEST or b"core.js" not in content:
        raise TaskError(f"What {url} gives is no page of CompWoB.")
    return content


def _check(place: object, content: bytes, expected: str | None) -> None:
    found = hashlib.sha256(content).hexdigest()
    if expected and found != expected:
        raise TaskError(
            f"{place} is not the expected page: its SHA-256 is {found}, not {expected}. Do not "
            "use it. If the file in the folder was changed, delete it and fetch again."
        )


def _record(folder: Path, pin: Pin, hashes: Mapping[str, str]) -> None:
    value = {"commit": pin.commit, "base": pin.base, "files": dict(sorted(hashes.items()))}
    _write(folder / HASHES, orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def _write(path: Path, content: bytes) -> None:
    """Write a whole file or nothing of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise TaskError(f"Cannot write {path}: {error}") from error
