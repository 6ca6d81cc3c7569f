"""Requests side by side, in threads that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, TypeAlias

from webagent.llm.cache import Request

Ask: TypeAlias = Callable[[Request, Event], Any]
"""Answers one request, and gives up when the event is set."""

_Answer: TypeAlias = tuple[str, Any, BaseException | None]


def ask_together(requests: Mapping[str, Request], ask: Ask, most: int) -> dict[str, Any]:
    """The answers by the requests' keys, of at most so many at a time.

    If one raises, the others finish what they began, then that is raised. An interruption waits
    for none: the threads end with their requests, or with the process.
    """
    waiting, answers = SimpleQueue[tuple[str, Request]](), SimpleQueue[_Answer]()
    for one in requests.items():
        waiting.put(one)
    stop = Event()
    for _ in range(min(most, len(requests))):
        Thread(target=_work, args=(waiting, answers, ask, stop), daemon=True).start()
    try:
        found = [answers.get() for _ in requests]
    finally:
        stop.set()
    for _, _, error in found:
        if error:
            raise error
    return {key: answer for key, answer, _ in found}


def _work(
    waiting: SimpleQueue[tuple[str, Request]], answers: SimpleQueue[_Answer], ask: Ask, stop: Event
) -> None:
    while True:
        try:
            key, request = waiting.get_nowait()
        except Empty:
            return
        try:
            answers.put((key, ask(request, stop), None))
        except BaseException as error:  # for the thread that asked
            stop.set()
            answers.put((key, None, error))
