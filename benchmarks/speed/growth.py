"""How this environment's cost grows: with slots, and with the size of the page."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from webagent import actions
from webagent.browser.protocol import Mode, Page
from webagent.browser.session import open_browser
from webagent.errors import BrowserError
from webagent.play import Job, play
from webagent.tasks.protocol import Start
from webagent.tasks.suites import load_expert, load_task
from webagent.types import Ending

SLOTS = (1, 2, 4, 8)
ELEMENTS = (500, 5_000, 50_000, 100_000)
ROW = '<div><label>Name {n}</label> <input id="i{n}"> <button>Save {n}</button></div>'
ROW_ELEMENTS = 4  # of ROW
PATIENCE = 300.0  # seconds a page may take: large ones are slow, not broken

Row = dict[str, float]


def by_slots(tasks: Sequence[str], episodes: int, report: Callable[[str], None]) -> list[Row]:
    """Episodes a second of the whole play loop with its expert, `episodes` of each task."""
    rows: list[Row] = []
    for slots in SLOTS:
        with open_browser(slots=slots) as browser:
            total, solved, seconds = 0, 0, 0.0
            for name in tasks:
                expert, task = load_expert(f"miniwob.{name}"), load_task(f"miniwob.{name}")
                list(play([Job(task, seed) for seed in range(slots)], expert, browser))
                began = time.perf_counter()
                ended = list(play([Job(task, seed) for seed in range(episodes)], expert, browser))
                seconds += time.perf_counter() - began
                total += len(ended)
                solved += sum(one.ending is Ending.SUCCESS for one in ended)
        rows.append({"slots": slots, "episodes": total, "solved": solved, "seconds": seconds})
        report(f"{slots} slots: {total / seconds:.1f} episodes/s")
    return rows


def by_size(repeats: int, report: Callable[[str], None]) -> list[Row]:
    """Seconds of a reset, an observation and a click on generated pages, without and with
    a picture; medians over `repeats`.
    """
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for elements in ELEMENTS:
            name = f"page-{elements}.html"
            (Path(folder) / name).write_text(page(elements), "utf-8")
            for shots in (False, True):
                start = Start(f"/{name}", {"/": Path(folder)}, screenshots=shots)
                rows.append({"elements": elements, "shots": shots, **_measure(start, repeats)})
                last = {key: round(1000 * rows[-1][key], 1) for key in ("reset", "observe")}
                report(f"{elements} elements, pictures {shots}: ms {last}")
    return rows


def page(elements: int) -> str:
    """A page of about `elements` elements, in rows of a label, a field and a button."""
    rows = "\n".join(ROW.format(n=n) for n in range(elements // ROW_ELEMENTS))
    return f"<!DOCTYPE html><html><head><title>Rows</title></head><body>{rows}</body></html>"


def _measure(start: Start, repeats: int) -> Row:
    taken: dict[str, list[float]] = {"reset": [], "observe": [], "click": []}
    with open_browser(mode=Mode.ELEMENT, timeout=PATIENCE) as browser:
        _checked(browser.reset({0: start})[0])  # loads the page
        observed = 0
        for _ in range(repeats):
            first = _timed(taken["reset"], lambda: browser.reset({0: start}))
            observed = len(first.observation.html)
            _timed(taken["observe"], lambda: browser.step({0: actions.done()}))
            click = {0: actions.click(min(first.observation.boxes))}
            _timed(taken["click"], partial(browser.step, click))
    return {**{name: median(times) for name, times in taken.items()}, "characters": observed}


def _timed(times: list[float], call: Callable[[], dict[int, Page | BrowserError]]) -> Page:
    began = time.perf_counter()
    result = call()[0]
    times.append(time.perf_counter() - began)
    return _checked(result)


def _checked(result: Page | BrowserError) -> Page:
    if isinstance(result, BrowserError):
        raise result
    return result
