"""MiniWoB++ pages as tasks: the unmodified pages of the `miniwob` package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import cast

from miniwob_tasks.catalog import Entry, catalog
from webagent.assets import miniwob_html
from webagent.errors import TaskError
from webagent.tasks.display import no_display
from webagent.tasks.protocol import EPISODE_MS, Start, Variant
from webagent.types import Json, Verdict

PREFIX = "miniwob."
NOT_THE_TASK = "#query,#reward-display,#click-canvas,#sync-task-cover"
WINDOW = (500, 320)
AREA = (160, 210)
ROUNDING = 1e-6  # rewards that pages add up from parts


@dataclass(frozen=True, slots=True)
class MiniWobTask:
    """One page. `episode_timer` keeps the page's own limit (10 s on most) instead of none.

    `text` is "clean", which puts right five sentences of email-inbox-forward-nl-turk whose
    names are exchanged, or "official", which leaves them.
    """

    name: str
    episode_timer: bool = False
    text: str = "clean"

    @property
    def id(self) -> str:
        return PREFIX + self.name

    @property
    def entry(self) -> Entry:
        return catalog()[self.name]

    @property
    def step_limit(self) -> int:
        return self.entry.step_limit

    @property
    def labels(self) -> Mapping[str, Json]:
        entry = self.entry
        return {
            "group": entry.group,
            "parts": [self.name],
            "papers56": entry.papers56,
            "human": entry.human,
            "episode_timer": self.episode_timer,
            "text": self.text,
        }

    def start(self, seed: int) -> Start:
        limit = None if self.episode_timer else EPISODE_MS
        options = {
            "seed": seed,
            "episodeTime": limit,
            "clean": self.text == "clean",
            "renew": self.entry.renew,
        }
        return Start(
            url=f"/miniwob/{self.name}.html",
            mounts={"/": miniwob_html()},
            begin=no_display() + script("begin.js"),
            options=options,
            probe=script("probe.js"),
            ignore=NOT_THE_TASK,
            window=WINDOW,
            area=AREA,
            reload=self.entry.reload,
        )

    def judge(self, probe: Json) -> Verdict:
        if not isinstance(probe, Mapping):
            raise TaskError(f"{self.id} did not start: its page has no MiniWoB++ engine.")
        done, raw = bool(probe["done"]), probe["raw"]
        # A page that divides by zero pays NaN, which JSON has as null.
        reward = float(cast(float, raw)) if done and raw is not None else 0.0
        success = done and reward >= self.entry.threshold - ROUNDING
        return Verdict(str(probe["instruction"]), done, reward, success)


def find_task(task_id: str, variant: Variant) -> MiniWobTask | None:
    """The task called "miniwob.NAME", None if the id does not begin with "miniwob.".

    Raises `TaskError` for a page that is no task.
    """
    if not task_id.startswith(PREFIX):
        return None
    name = task_id.removeprefix(PREFIX)
    if name not in catalog():
        close = ", ".join(get_close_matches(name, catalog(), 3))
        hint = f" Did you mean {close}?" if close else ""
        raise TaskError(f"MiniWoB++ has no task {name!r}.{hint}")
    return MiniWobTask(name, variant.episode_timer, variant.text)


@cache
def script(name: str) -> str:
    """The text of a JavaScript file next to this module."""
    return (Path(__file__).parent / name).read_text("utf-8")
