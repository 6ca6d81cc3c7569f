"""A `Browser` that counts and times what passes through it, and changes nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webagent.actions import Action
from webagent.browser.protocol import Browser, Mode, Page
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start

Results = dict[int, Page | BrowserError]


@dataclass(frozen=True, slots=True)
class Failure:
    """A `BrowserError` that came back: where, on which page, and after which action."""

    slot: int
    page: str
    action: str  # "reset", or the action
    error: str


@dataclass(frozen=True, slots=True)
class Call:
    """A reset or step of some slots together."""

    seconds: float = 0.0
    what: tuple[str, ...] = ()


class Watched:
    """`failures`, `resets` and `steps` (of each slot) and `longest` say what happened."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._pages: dict[int, str] = {}
        self.failures: list[Failure] = []
        self.resets: Counter[int] = Counter()
        self.steps: Counter[int] = Counter()
        self.longest = {"reset": Call(), "step": Call()}

    @property
    def slots(self) -> int:
        return self._browser.slots

    @property
    def mode(self) -> Mode:
        return self._browser.mode

    @property
    def version(self) -> str:
        return self._browser.version

    def reset(self, starts: Mapping[int, Start]) -> Results:
        self._pages |= {slot: f"{start.url} {start.options}" for slot, start in starts.items()}
        self.resets.update(starts.keys())
        what = dict.fromkeys(starts, "reset")
        return self._noted("reset", what, lambda: self._browser.reset(starts))

    def step(self, actions: Mapping[int, Action]) -> Results:
        self.steps.update(actions.keys())
        what = {slot: described(action) for slot, action in actions.items()}
        return self._noted("step", what, lambda: self._browser.step(actions))

    def close(self) -> None:
        self._browser.close()

    def _noted(self, call: str, what: Mapping[int, str], run: Callable[[], Results]) -> Results:
        began = time.perf_counter()
        results = run()
        seconds = time.perf_counter() - began
        if seconds > self.longest[call].seconds:
            self.longest[call] = Call(seconds, tuple(what.values()))
        for slot, result in results.items():
            if isinstance(result, BrowserError):
                page = self._pages[slot]
                self.failures.append(Failure(slot, page[-200:], what[slot], str(result)))
        return results


def described(action: Action) -> str:
    """The action in at most 200 printable characters, however malformed it is."""
    text = f"{action.name}{action.args!r:.400}"
    text = text if len(text) <= 200 else f"{text[:180]}… ({len(repr(action.args))} characters)"
    return text.encode("ascii", "backslashreplace").decode()
