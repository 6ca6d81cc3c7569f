"""What an attack is, whoever it comes from: a page, a program."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import gettempdir


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an attack was stopped, and what was seen of it, in a few words."""

    stopped: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Attack:
    """`kind` says what attacks ("page", "program"), `tries` what it wants to reach."""

    kind: str
    name: str
    tries: str
    run: Callable[[], Finding]


@dataclass(frozen=True, slots=True)
class Row:
    """An attack that was carried out: a row of the table."""

    kind: str
    name: str
    tries: str
    stopped: bool
    seen: str
    seconds: float


def carry_out(attack: Attack) -> Row:
    """Run an attack. One that breaks what runs it was not stopped."""
    began = time.monotonic()
    try:
        finding = attack.run()
    except Exception as error:
        finding = Finding(False, f"{type(error).__name__}: {error}")
    seconds = round(time.monotonic() - began, 2)
    seen = re.sub(re.escape(gettempdir()) + r"/\w+", "FOLDER", finding.seen)
    return Row(attack.kind, attack.name, attack.tries, finding.stopped, seen, seconds)
