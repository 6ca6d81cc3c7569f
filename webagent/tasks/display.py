"""The display that MiniWoB++'s engine keeps beside a task."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def no_display() -> str:
    """JavaScript that stops it, to put before an episode begins. The task is untouched."""
    return Path(__file__).with_name("display.js").read_text("utf-8")
