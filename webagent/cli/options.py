"""Options that several commands share, and what they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from webagent.browser.protocol import Mode
from webagent.errors import RunError
from webagent.policies.load import HELP
from webagent.tasks.protocol import Variant
from webagent.tasks.suites import load_task

CORES = min(os.cpu_count() or 1, 16)

PolicySpec = Annotated[str, typer.Option("--policy", "-p", help=f"Who plays: {HELP}.")]
Slots = Annotated[
    int,
    typer.Option(min=1, max=64, show_default="one a core", help="Pages played at a time."),
]
ModeOption = Annotated[
    Mode, typer.Option("--mode", help="Clicks go to the element itself, or are real mouse events.")
]
ModeOfTasks = Annotated[
    Mode | None,
    typer.Option(
        "--mode",
        help="Clicks go to the element itself, or are real mouse events.",
        show_default="pointer on real websites, else element",
    ),
]
Backend = Annotated[str, typer.Option(help="What drives the browser: cdp, playwright or selenium.")]
BrowserPath = Annotated[
    str | None, typer.Option("--browser", help="The browser program; else one is found.")
]
Suites = Annotated[
    list[str] | None, typer.Option("--suite", "-s", help="A suite; may repeat: `webagent tasks`.")
]
Tasks = Annotated[list[str] | None, typer.Option("--task", "-t", help="A task; may repeat.")]
Seeds = Annotated[str, typer.Option(help="Seeds of every task, as 0-99 or 0-4,7.")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="At most so many episodes, spread over the tasks.")
]
RunFolder = Annotated[
    Path | None, typer.Option("--out", help="The run folder; one of the same run is resumed.")
]
Text = Annotated[str, typer.Option(help="Instructions and checks: clean, or official with faults.")]
Layout = Annotated[
    str, typer.Option(help="CompWoB pages: official, open (nothing covers a target), or auto.")
]
Until = Annotated[
    str,
    typer.Option(
        help="Episodes on websites end with their goal, or when the policy says so: goal or said."
    ),
]
Pages = Annotated[
    Path | None,
    typer.Option(help="The published CompWoB pages, in a folder: `webagent compwob fetch`."),
]
EpisodeTimer = Annotated[
    bool,
    typer.Option("--episode-timer", help="Keep MiniWoB's time limit; an action takes 0.5 s."),
]
InvalidLimit = Annotated[
    int, typer.Option(min=1, help="Invalid actions in a row that end an episode.")
]
Replays = Annotated[int, typer.Option(min=0, help="Episodes shown step by step in the report.")]
KeepHtml = Annotated[bool, typer.Option("--keep-html", help="Store the page of every step.")]
AnySeeds = Annotated[
    bool, typer.Option("--any-seeds", help="Allow seeds that are not for evaluation.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
Timeout = Annotated[float, typer.Option(min=1, help="Seconds until a page counts as hung.")]


def parse_seeds(text: str) -> list[int]:
    """Read "0-99" or "0-4,7". Raises `RunError` when it is neither."""
    seeds: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        if not found:
            raise RunError(f"Seeds are given as 0-99 or 0-4,7, not {text!r}.")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or last - first > 1_000_000:
            raise RunError(f"The seeds {part.strip()} are no range.")
        seeds.extend(range(first, last + 1))
    return sorted(set(seeds))


def mode_of(tasks: Sequence[str]) -> Mode:
    """How these tasks are played if nobody says how."""
    return Mode.usual(load_task(one, Variant()).labels for one in tasks)


def variant(
    text: str, layout: str, mode: Mode, episode_timer: bool, until: str = "goal"
) -> Variant:
    """How tasks are posed. The layout "auto" is open in pointer mode, else official."""
    if layout == "auto":
        layout = mode.layout
    if text not in ("clean", "official"):
        raise RunError(f"--text is clean or official, not {text!r}.")
    if layout not in ("open", "official"):
        raise RunError(f"--layout is auto, official or open, not {layout!r}.")
    if until not in ("goal", "said"):
        raise RunError(f"--until is goal or said, not {until!r}.")
    return Variant(text, layout, episode_timer, until)


def official_variant(layout: str, mode: Mode, episode_timer: bool) -> Variant:
    """How published pages pose their tasks, which no option changes."""
    if mode is not Mode.ELEMENT or layout not in ("auto", "official") or episode_timer:
        raise RunError(
            "Published pages have one layout and clock, and dialogs cover what must be clicked: "
            "use --pages with --mode element, without --layout open and --episode-timer."
        )
    return Variant("official", "official")
