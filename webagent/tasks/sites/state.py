"""What an application's database says, as rows of texts that can be compared."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeAlias

from webagent.errors import TaskError

Row: TypeAlias = tuple[str, ...]
State: TypeAlias = Mapping[str, Counter[Row]]

ANY = "*"  # in an expected row: whatever stands there
PATIENCE = 10.0  # seconds that a reader waits for the application to write


def read_state(database: Path, views: Mapping[str, str], passwords: Sequence[str] = ()) -> State:
    """The rows of each view (name -> SELECT) in an SQLite file, everything as text.

    The queries may use `plain(text)`, which takes a text's line breaks and runs of spaces
    for one space, and `password(hash)`: the one of `passwords` that has this MD5 hash of
    Django. Raises `TaskError` when the file is not there or cannot be read.
    """
    try:
        uri = f"{database.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
            connection.create_function("plain", 1, _plain, deterministic=True)
            connection.create_function("password", 1, partial(_password, passwords))
            return {name: _rows(connection, query) for name, query in views.items()}
    except sqlite3.Error as error:
        raise TaskError(f"{database.name} of a site cannot be read: {error}") from error


def changes(before: State, after: State) -> tuple[State, State]:
    """The rows that came and the rows that went, of the views in which some did."""
    added = {name: rows - before[name] for name, rows in after.items()}
    removed = {name: rows - after[name] for name, rows in before.items()}
    return {n: r for n, r in added.items() if r}, {n: r for n, r in removed.items() if r}


def agree(expected: Mapping[str, Sequence[Row]], found: State, ignore: Sequence[str]) -> bool:
    """Whether `found` holds exactly the expected rows, but for the views in `ignore`."""
    names = {name for name, rows in expected.items() if rows} | found.keys()
    return all(
        _match(expected.get(name, ()), list(found.get(name, Counter[Row]()).elements()))
        for name in names - set(ignore)
    )


def _match(expected: Sequence[Row], found: list[Row]) -> bool:
    left = list(found)
    for row in sorted(expected, key=lambda one: one.count(ANY)):
        fitting = next((one for one in left if _fits(row, one)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return not left


def _fits(expected: Row, found: Row) -> bool:
    return len(expected) == len(found) and all(
        wanted in (ANY, text) for wanted, text in zip(expected, found, strict=True)
    )


def _rows(connection: sqlite3.Connection, query: str) -> Counter[Row]:
    return Counter(
        tuple("" if one is None else str(one) for one in row) for row in connection.execute(query)
    )


def _plain(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def _password(known: Sequence[str], stored: str) -> str:
    kind, salt, digest = [*(stored or "").split("$"), "", "", ""][:3]
    for one in known if kind == "md5" else ():
        if hashlib.md5(f"{salt}{one}".encode(), usedforsecurity=False).hexdigest() == digest:
            return one
    return "unknown"
