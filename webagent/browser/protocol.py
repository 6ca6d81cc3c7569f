"""The seams under the play loop: `Browser`, and the `Driver` that real ones share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol, TypeAlias

from webagent.actions import Action
from webagent.browser.guard import Gate
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start
from webagent.types import Json, Observation


class Mode(StrEnum):
    """How clicks and typing reach the page; printed with every result.

    ELEMENT dispatches a click to the element wherever it lies and focuses it: the semantics
    of the published MiniWoB++ and CompWoB numbers. POINTER sends real mouse events to the
    element's point, so what covers it gets them. Both type real keys where the page listens
    to keys or input, and elsewhere put the text in as one edit, which it cannot tell apart.
    """

    ELEMENT = "element"
    POINTER = "pointer"

    @property
    def layout(self) -> Literal["official", "open"]:
        """The layout of tasks that suits it: a real click needs a target that nothing covers."""
        return "open" if self is Mode.POINTER else "official"

    @staticmethod
    def usual(tasks: Iterable[Mapping[str, object]]) -> Mode:
        """How tasks with these labels are played if nobody says how: live ones with the mouse."""
        live = [bool(labels.get("live")) for labels in tasks]
        return Mode.POINTER if live and all(live) else Mode.ELEMENT


@dataclass(frozen=True, slots=True)
class Page:
    """The state of one slot: the observation and the value of the task's probe."""

    observation: Observation
    probe: Json = None


class Browser(Protocol):
    """Some page slots, each playing one episode at a time.

    Both calls take and return one entry per slot. A slot that fails gives a
    `BrowserError` as its value and is usable again at its next `reset`; nothing that a
    page or an action does is raised.
    """

    @property
    def slots(self) -> int: ...

    @property
    def mode(self) -> Mode: ...

    @property
    def version(self) -> str:
        """Backend, product and version, for the results."""
        ...

    def reset(self, starts: Mapping[int, Start]) -> dict[int, Page | BrowserError]: ...

    def step(self, actions: Mapping[int, Action]) -> dict[int, Page | BrowserError]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Mouse:
    """A mouse event at a point of the viewport."""

    kind: Literal["move", "down", "up"]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Keys:
    """Text typed key by key, or one named key with modifiers."""

    text: str = ""
    key: str = ""
    modifiers: tuple[str, ...] = ()


Input: TypeAlias = Mouse | Keys


class Driver(Protocol):
    """The raw operations a backend provides; `webagent.browser.session` does the rest.

    Every call serves many slots at once, so that a backend can overlap them. Values are
    results or the `BrowserError` of that slot.
    """

    @property
    def version(self) -> str: ...

    @property
    def live(self) -> LiveDriver: ...

    def open(self, starts: Mapping[int, Start]) -> dict[int, BrowserError | None]:
        """Load `start.url` in each slot, with the window size and `page_script` installed,
        and wait for the load event. A slot that died is replaced by a fresh one.
        """
        ...

    def resize(self, windows: Mapping[int, tuple[int, int]]) -> dict[int, BrowserError | None]:
        """Give each slot's window this width and height, in CSS pixels."""
        ...

    def evaluate(self, scripts: Mapping[int, str]) -> dict[int, str | BrowserError]:
        """Run a JavaScript expression in each slot; it may be a promise of a string. On a live
        page that is left meanwhile, the answer is `Left`.
        """
        ...

    def input(self, events: Mapping[int, Sequence[Input]]) -> dict[int, BrowserError | None]:
        """Send trusted input events, in order, and wait until the page has had them."""
        ...

    def screenshot(self, areas: Mapping[int, tuple[int, int]]) -> dict[int, bytes | BrowserError]:
        """A PNG of each slot's viewport, or of at least its top left (width, height) CSS
        pixels.
        """
        ...

    def close(self) -> None: ...


class Left(BrowserError):
    """The document that a script ran in has gone: its page was left or loaded again."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What became of a live page since it was asked last.

    `documents` counts those that it has shown. `popup` is the address of a window that it
    opened, "" without one; such windows are closed. `notes` are sentences on what was refused
    or went wrong, `alerts` are texts that the page showed in a dialog.
    """

    documents: int
    popup: str = ""
    notes: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


class LiveDriver(Protocol):
    """What a backend adds for pages that can be left. All else is the `Driver`'s."""

    @property
    def tells_kinds(self) -> bool:
        """Whether it tells images from what sends data. Without that, pages are strict."""
        ...

    def enter(
        self, starts: Mapping[int, Start], gates: Mapping[int, Gate]
    ) -> dict[int, BrowserError | None]:
        """Load `start.url` in a fresh profile whose whole traffic goes through the gate."""
        ...

    def visit(self, urls: Mapping[int, str | None]) -> dict[int, str | BrowserError]:
        """Open an address, or the page before (None). The value says what was wrong, or ""."""
        ...

    def settle(self, slots: Collection[int]) -> dict[int, Happened | BrowserError]:
        """Wait, within limits, until pages that are being loaded can be used."""
        ...
