"""What a task is: how its page starts from a seed, and how its verdict is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from webagent.types import Json, Verdict

if TYPE_CHECKING:
    from webagent.policies.protocol import Policy

EVALUATION_SEEDS = range(100)
VALIDATION_SEEDS = range(500_000, 501_000)
FIRST_TRAINING_SEED = 1_000_000
EPISODE_MS = 2_000_000  # of an episode's own clock, as CompWoB's pages set it: in effect no limit


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that only pages of `domain` may get; "" stands for the domain of the start."""

    value: str = field(repr=False)
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """How a browser slot begins an episode.

    A `url` that begins with "/" is a page of a local server that the browser session
    runs; `mounts` maps its path prefixes ("/compwob/") to folders. `begin` is JavaScript
    (the body of an async function) that starts the episode in the loaded page, with what
    differs from seed to seed in its parameter `options`; `probe` is
    a JavaScript expression whose JSON value goes to `Task.judge` with each observation.
    `ignore` is a CSS selector of nodes that are not part of the task. `window` is the
    browser's viewport and `area` the part of it that is observed (width, height in CSS
    pixels). `reload` loads the page anew for each episode, or for each whose pictures are taken
    ("pictures"); without it, a slot that already shows `url` only runs `begin`. `live` pages
    keep the real clock and network; others get a clock that moves with the actions alone.
    `screenshots` adds a picture of `area` to each observation.

    Only for live pages: `allow` names the domains that the page may be on beside the one of
    `url` ("example.com" with its subdomains, or "example.com:8080"); with `strict`, nothing
    at all is loaded from elsewhere. Names of `secrets` stand for their values in the text of
    actions ("{{PASSWORD}}"). `confirm` answers the questions of a page by OK, not Cancel.
    `probe` may use `said`: null, or what the policy ended with, {"action": "done"} or
    {"action": "answer", "text": "..."}; it sees the document, not the page's own variables.
    """

    url: str
    mounts: Mapping[str, Path] = field(default_factory=dict[str, Path])
    begin: str = ""
    options: Json = None
    probe: str = "null"
    ignore: str = ""
    window: tuple[int, int] = (500, 320)
    area: tuple[int, int] | None = None
    reload: bool | Literal["pictures"] = False
    live: bool = False
    screenshots: bool = False
    allow: tuple[str, ...] = ()
    strict: bool = False
    secrets: Mapping[str, Secret] = field(default_factory=dict[str, "Secret"], repr=False)
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """How tasks are posed; printed with every result. A task uses what applies to it.

    `text` is "clean", or "official" with the faults of the published CompWoB pages;
    `layout` is "official", or "open", in which nothing covers what must be clicked;
    `episode_timer` keeps the time limit that a MiniWoB page sets itself; an episode on a website
    ends `until` its goal is reached, or the policy has said that it is.
    """

    text: Literal["clean", "official"] = "clean"
    layout: Literal["official", "open"] = "official"
    episode_timer: bool = False
    until: Literal["goal", "said"] = "goal"


class Task(Protocol):
    """A task never depends on which policy plays it."""

    @property
    def id(self) -> str:
        """Such as "miniwob.click-link": suite, dot, name."""
        ...

    @property
    def step_limit(self) -> int: ...

    @property
    def labels(self) -> Mapping[str, Json]:
        """What reports group by: group, number of parts, order, base tasks."""
        ...

    def start(self, seed: int) -> Start:
        """The page of one episode. The same seed always gives the same page."""
        ...

    def judge(self, probe: Json) -> Verdict:
        """Read the verdict from the value of `Start.probe`."""
        ...


class TaskPackage(Protocol):
    """What the entry-point group `webagent.tasks` names: a module or object with these."""

    def suites(self) -> Mapping[str, Sequence[str]]:
        """Suite name -> task ids in report order."""
        ...

    def task(self, task_id: str, variant: Variant) -> Task | None:
        """Make a task, or None for an id of some other package.

        Raises `TaskError` for an id that is the package's own but wrong.
        """
        ...

    def expert(self, task_id: str) -> Policy | None:
        """A policy that solves the task, if the package knows one."""
        ...
