"""Processes as Linux shows them in /proc: who started whom, and what memory they use."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
OURS = "python"
GONE = (FileNotFoundError, ProcessLookupError)


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, parents before their children."""
    children: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*"):
        if parent := _parent(int(entry.name)):
            children.setdefault(parent, []).append(int(entry.name))
    found = list(children.get(pid, ()))
    for one in found:  # grows as it goes
        found += children.get(one, ())
    return found


def kind(pid: int) -> str:
    """What a Chromium process does: renderer, gpu-process ...; the main one is "browser"."""
    try:
        line = (PROC / str(pid) / "cmdline").read_bytes()
    except GONE:
        return ""
    if named := re.search(rb"--type=([\w-]+)", line):
        return named[1].decode()
    return "browser" if b"--remote-debugging-pipe" in line else "other"


def browser_of(pid: int) -> int | None:
    """The main process of the browser that `pid` runs, if there is one now."""
    return next((one for one in descendants(pid) if kind(one) == "browser"), None)


def memory(pid: int, field: str = "Pss") -> dict[str, int]:
    """Bytes of `pid` itself (as "python") and of the processes below it, by their kind.

    `field` is a line of /proc/<pid>/smaps_rollup. Pss, the proportional set size, counts
    private memory and a share of what is shared, also with browsers of other programs;
    Pss_Anon leaves files such as the browser's own program out.
    """
    total: Counter[str] = Counter({OURS: _size(pid, field)})
    for one in descendants(pid):
        total[kind(one)] += _size(one, field)
    return dict(total)


def left_after(pids: Iterable[int], patience: float = 10.0) -> list[int]:
    """Those of `pids` that still run after `patience` seconds."""
    waiting = list(pids)
    deadline = time.monotonic() + patience
    while waiting and time.monotonic() < deadline:
        waiting = [pid for pid in waiting if _parent(pid)]
        time.sleep(0.01)
    return waiting


def _parent(pid: int) -> int:
    """The parent's id; 0 for a process that has ended, even if nobody has waited for it."""
    try:
        state, parent = (PROC / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()[:2]
    except GONE:
        return 0
    return 0 if state in "ZX" else int(parent)


def _size(pid: int, field: str) -> int:
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text("ascii")
    except GONE:
        return 0
    lines = [line.split() for line in text.splitlines() if line.startswith(f"{field}:")]
    return int(lines[0][1]) * 1024 if lines else 0
