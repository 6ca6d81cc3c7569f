"""Subtrees of pages as token ids on disk, to be denoised."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from webagent.demonstrations.manifest import checksum
from webagent.errors import RunError
from webagent.evaluation.store import locked, write_json
from webagent.nn.vocabulary import NUMBERED
from webagent.training.corpus import RawPage
from webagent.training.prepared import (
    ABOUT,
    COLUMNS,
    INDEX,
    TOKENS,
    About,
    Encoder,
    Prepared,
    save,
)
from webagent.training.subtrees import Sizes, subtrees

CHUNK = 1024  # subtrees tokenized at once
TASK = "page"

_NUMBER = re.compile(r"⟨\d+⟩")


def unique_subtrees(pages: Iterable[RawPage], sizes: Sizes | None = None) -> Iterator[str]:
    """The subtrees of pages, each once: menus repeat on every page of a manual.

    Holds eight bytes for each subtree.
    """
    seen: set[bytes] = set()
    for page in pages:
        for text in subtrees(page.html, sizes):
            key = hashlib.blake2b(_NUMBER.sub("", text).encode(), digest_size=8).digest()
            if key not in seen:
                seen.add(key)
                yield text


def store(
    texts: Iterable[str],
    encoder: Encoder,
    folder: Path,
    made_of: Mapping[str, object],
    *,
    tokens: int,
    shortest: int = 32,
) -> Prepared:
    """Write texts as ids until there are `tokens` of them; the form is that of `Prepared`, and
    what it was made of tells how much there is, and a hash of it.

    Texts of fewer than `shortest` tokens are left out. Raises `RunError` if none is left, and
    while another process writes there.
    """
    raw = folder / "tokens.part"
    with locked(folder):
        ends = _write(raw, _encoded(texts, encoder), tokens, shortest)
        if not ends:
            raise RunError("The corpus has no HTML of a useful size; name folders of pages.")
        held = {"texts": len(ends), "tokens": ends[-1][0], "sha256": checksum(raw)[:16]}
        (folder / ABOUT).unlink(missing_ok=True)
        _finish(raw, folder, ends)
        about = About({**made_of, **held}, [TASK], len(ends))
        write_json(folder / ABOUT, asdict(about))
    return opened(folder)


def opened(folder: Path) -> Prepared:
    """What `store` wrote. Raises `RunError` if it is not there, or can't be read."""
    try:
        about = About(**json.loads((folder / ABOUT).read_text("utf-8")))
        tokens: NDArray[np.uint16] = np.load(folder / TOKENS, mmap_mode="r")
        index = np.load(folder / INDEX)
    except FileNotFoundError as error:
        raise RunError(
            f"There are no prepared pages in {folder}; make them: webagent tokenizer pages"
        ) from error
    except (ValueError, TypeError) as error:
        raise RunError(f"{folder / ABOUT} can't be read: {error}. Make the pages again.") from error
    if index.shape[1:] == (COLUMNS - 1,):  # before there were corrected players
        index = np.pad(index, ((0, 0), (0, 1)))
    if index.shape[1:] != (COLUMNS,):
        raise RunError(
            f"The pages in {folder} were cut by an earlier version. Make them again: webagent "
            "tokenizer pages"
        )
    return Prepared(about, tokens, index)


def _encoded(texts: Iterable[str], encoder: Encoder) -> Iterator[NDArray[np.uint16]]:
    left = iter(texts)
    while chunk := list(islice(left, CHUNK)):
        yield from encoder.encode_many(chunk)


def _write(
    raw: Path, texts: Iterable[NDArray[np.uint16]], tokens: int, shortest: int
) -> list[tuple[int, int]]:
    """Write ids in a row; where each text ends, and how many element numbers it uses."""
    ends: list[tuple[int, int]] = []
    place = 0
    with raw.open("wb") as file:
        for ids in texts:
            if len(ids) < shortest:
                continue
            ids.tofile(file)
            place += len(ids)
            ends.append((place, _numbers(ids)))
            if place >= tokens:
                break
    return ends


def _numbers(ids: NDArray[np.uint16]) -> int:
    """How many element numbers are used, from 0."""
    found = ids[(ids >= NUMBERED.start) & (ids < NUMBERED.stop)]
    return int(found.max()) - NUMBERED.start + 1 if len(found) else 0


def _finish(raw: Path, folder: Path, ends: list[tuple[int, int]]) -> None:
    """Give the ids the header of an .npy file, which needs their count, and write the index."""
    rows = np.array(ends, np.int64)
    starts = np.concatenate([[0], rows[:-1, 0]])
    zeros = np.zeros(len(rows), np.int64)
    columns = [starts, rows[:, 0], rows[:, 0], zeros, rows[:, 1], zeros, zeros]
    save(folder / INDEX, np.stack(columns, axis=1))
    save(folder / TOKENS, np.memmap(raw, np.uint16, "r"))
    raw.unlink()
