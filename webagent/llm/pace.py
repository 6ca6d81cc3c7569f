"""When the next request may go out."""

from __future__ import annotations

import random
import time
from threading import Event, Lock

LONGEST = 60.0  # seconds between two tries


class Pace:
    """Spreads requests evenly, at most `per_minute`, over all threads. None sets no limit."""

    def __init__(self, per_minute: float | None = None) -> None:
        self._gap = 60 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = Lock()

    def wait(self, stop: Event) -> None:
        """Wait for one's turn, or until `stop` is set."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        stop.wait(turn - now)

    def hold(self, seconds: float) -> None:
        """Let nothing out for a while: the endpoint asked for it."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


def delay(attempt: int, first: float, asked: float | None) -> float:
    """Seconds until the next try: what the endpoint asked for, else twice as long each time,
    of which up to half is left to chance so that many clients don't come back at once.
    """
    if asked is not None:
        return min(asked, LONGEST)
    return min(first * 2**attempt, LONGEST) * random.uniform(0.5, 1.0)
