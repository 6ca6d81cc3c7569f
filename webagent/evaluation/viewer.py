"""A local web site over many run folders: an index, reports, and every episode.

Nothing in it runs a script, and no address becomes a path: each names a run that was found,
by its place below the folder. Episodes are read only when a page needs them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import orjson
from pydantic import TypeAdapter, ValidationError

from webagent.errors import RunError, WebAgentError
from webagent.evaluation.config import RunConfig
from webagent.evaluation.record import Record
from webagent.evaluation.replay import Replay, read_replays
from webagent.evaluation.report import render as report
from webagent.evaluation.store import (
    CONFIG,
    EPISODES,
    REPLAYS,
    REPORT,
    SUMMARY,
    Run,
    read_config,
    read_run,
    write_file,
)
from webagent.evaluation.templating import render
from webagent.types import Box

PAGE_LENGTH = 100  # episodes
KEPT_RUNS = 4  # whose episodes stay in memory
DEEPEST = 6  # folders below the viewer's folder that are searched for runs
Query: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A run folder as the index shows it. `name` is its place below the viewer's folder.

    `success` is the mean over tasks from `summary.json`, None where there is none yet.
    """

    name: str
    folder: Path
    config: RunConfig
    success: Mapping[str, float] | None = None
    episodes: int | None = None

    @property
    def date(self) -> str:
        return str(self.config.about.get("date", ""))[:16].replace("T", " ")

    @property
    def planned(self) -> int:
        return len(self.config.tasks) * len(self.config.seeds)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder that looks like a run and is none."""

    name: str
    problem: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answers a request with: the status, and an HTML page in UTF-8."""

    status: HTTPStatus
    body: bytes


@dataclass(frozen=True, slots=True)
class Filter:
    """Which episodes of a run a list shows; "" stands for all."""

    task: str = ""
    ending: str = ""
    page: int = 1

    def address(self, **changes: object) -> str:
        """The query string of this filter with some fields changed; a new list starts anew."""
        fields = {"task": self.task, "ending": self.ending, **changes}
        kept = {name: value for name, value in fields.items() if value not in ("", 1)}
        return "?" + urlencode(kept)

    def keeps(self, record: Record) -> bool:
        return self.task in ("", record.task) and self.ending in ("", record.ending.value)


@dataclass(frozen=True, slots=True)
class TaskCount:
    """A task of a run with how many of its episodes succeeded, among those of an ending."""

    task: str
    successes: int
    episodes: int


class Viewer:
    """Answers addresses with pages about the runs below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rendering = Lock()

    def answer(self, address: str) -> Reply:
        """The page of a request's path and query."""
        parts = urlsplit(address)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            return self._page(parts.path, query)
        except WebAgentError as error:
            return failure(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))

    def _page(self, path: str, query: Query) -> Reply:
        if path == "/":
            return _ok(self._index())
        found = re.fullmatch(r"/run/([^/]+)/(episode|report|)", path)
        name = unquote(found[1]) if found else ""
        folder = dict(find_runs(self._folder)).get(name)
        if found is None or folder is None:
            return failure(HTTPStatus.NOT_FOUND, "There is no such page.")
        entry = read_entry(name, folder)
        if found[2] == "report":
            return _ok(self._report(entry))
        if found[2] == "":
            return _ok(episodes_page(entry, query))
        page = episode_page(entry, query)
        return _ok(page) if page else failure(HTTPStatus.NOT_FOUND, "There is no such episode.")

    def _index(self) -> str:
        entries = [_tried(name, folder) for name, folder in find_runs(self._folder)]
        entries.sort(key=lambda entry: (entry.date, entry.name), reverse=True)
        return render("index.html.jinja", folder=str(self._folder), entries=entries)

    def _report(self, entry: Entry) -> str:
        path = entry.folder / REPORT
        with self._rendering:
            if not _stale(entry.folder):
                return path.read_text("utf-8", "replace")
            page = report([_run(entry.folder)], [read_replays(entry.folder)])
            # In a folder that cannot be written to, the report is made anew each time.
            with suppress(RunError):
                write_file(path, page.encode("utf-8", "replace"))
            return page


def episodes_page(entry: Entry, query: Query) -> str:
    """A list of a run's episodes, those of a task or an ending where the query names one."""
    run = _run(entry.folder)
    number = query.get("page", "")
    page = int(number) if re.fullmatch(r"[1-9]\d{0,6}", number) else 1
    chosen = Filter(query.get("task", ""), query.get("ending", ""), page)
    records = [record for record in run.records if chosen.keeps(record)]
    first = PAGE_LENGTH * (page - 1)
    shown = records[first : first + PAGE_LENGTH]
    of_task = [record for record in run.records if chosen.task in ("", record.task)]
    return render(
        "run.html.jinja",
        entry=entry,
        filter=chosen,
        records=shown,
        first=first,
        total=len(records),
        pages=max(1, -(-len(records) // PAGE_LENGTH)),
        endings=Counter(record.ending.value for record in of_task),
        tasks=_tasks(run, chosen.ending),
        everything=len(run.records),
        pictured={record.key for record in shown if _replays(entry.folder, record)},
        link=_episode_link,
    )


def episode_page(entry: Entry, query: Query) -> str | None:
    """An episode with its steps, and with pictures if it was replayed; None without one."""
    records = _run(entry.folder).records
    places = {(record.task, str(record.seed)): place for place, record in enumerate(records)}
    place = places.get((query.get("task", ""), query.get("seed", "")))
    if place is None:
        return None
    record = records[place]
    return render(
        "episode.html.jinja",
        entry=entry,
        record=record,
        replay=_replay(entry.folder, record),
        labels=entry.config.tasks.get(record.task, {}),
        before=records[place - 1] if place else None,
        after=records[place + 1] if place + 1 < len(records) else None,
        link=_episode_link,
        mark=mark,
    )


def find_runs(folder: Path) -> Iterator[tuple[str, Path]]:
    """(name, folder) of every run in `folder`, or `folder` itself; links are not followed."""
    root = folder.resolve()
    for place, folders, files in os.walk(root):
        here = Path(place)
        parts = here.relative_to(root).parts
        if CONFIG in files:
            yield "/".join(parts) or root.name, here
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if len(parts) >= DEEPEST:
            folders.clear()


def mark(box: Box, width: int, height: int) -> str:
    """CSS that puts a frame on a picture, cut to it; "" if the box lies outside."""
    left, top = max(box.x, 0.0), max(box.y, 0.0)
    right, bottom = min(box.x + box.width, width), min(box.y + box.height, height)
    if not (left < right and top < bottom):
        return ""
    edges = {
        "left": left / width,
        "top": top / height,
        "width": (right - left) / width,
        "height": (bottom - top) / height,
    }
    return ";".join(f"{name}:{100 * share:.2f}%" for name, share in edges.items())


def _ok(page: str) -> Reply:
    return Reply(HTTPStatus.OK, page.encode("utf-8", "replace"))


def failure(status: HTTPStatus, message: str) -> Reply:
    """A page that says what is wrong; the message is escaped."""
    page = render("failure.html.jinja", status=status, message=message)
    return Reply(status, page.encode("utf-8", "replace"))


def read_entry(name: str, folder: Path) -> Entry:
    """What is known of a run without its episodes. Raises `RunError` if it cannot be read."""
    success, episodes = _summary(folder)
    return Entry(name, folder, read_config(folder), success, episodes)


def _tried(name: str, folder: Path) -> Entry | Unreadable:
    try:
        return read_entry(name, folder)
    except RunError as error:
        return Unreadable(name, str(error))


def _summary(folder: Path) -> tuple[Mapping[str, float] | None, int | None]:
    """The score and the number of episodes that a finished run tells without its episodes."""
    try:
        summary: Any = orjson.loads((folder / SUMMARY).read_bytes())
        mean, episodes = summary["success"], int(summary["episodes"])
        if mean is None:
            return None, episodes
        return {name: float(mean[name]) for name in ("value", "low", "high")}, episodes
    except (OSError, orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        return None, None


def _run(folder: Path) -> Run:
    return _read(folder, _stamp(folder / CONFIG), _stamp(folder / EPISODES))


@lru_cache(maxsize=KEPT_RUNS)
def _read(folder: Path, *stamps: tuple[int, int]) -> Run:
    """The run as it was when its files had these stamps."""
    return read_run(folder)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _stale(folder: Path) -> bool:
    """Whether the report is missing or older than what it is made of."""
    report = _stamp(folder / REPORT)[0]
    sources = (CONFIG, EPISODES, REPLAYS)
    return not report or any(_stamp(folder / name)[0] > report for name in sources)


def _tasks(run: Run, ending: str) -> Sequence[TaskCount]:
    kept = [one for one in run.records if ending in ("", one.ending.value)]
    episodes = Counter(record.task for record in kept)
    successes = Counter(record.task for record in kept if record.success)
    return [TaskCount(task, successes[task], episodes[task]) for task in run.config.tasks]


def _replays(folder: Path, record: Record) -> list[Path]:
    """Files that may hold the replay of an episode, by their names."""
    name = re.sub(r"[^A-Za-z0-9+_-]+", "-", record.task)[:100]
    return [
        path for path in _replay_files(folder) if path.name[3:] == f"-{name}-{record.seed}.json"
    ]


def _replay_files(folder: Path) -> Sequence[Path]:
    return _listed(folder / REPLAYS, _stamp(folder / REPLAYS))


@lru_cache(maxsize=KEPT_RUNS)
def _listed(folder: Path, stamp: tuple[int, int]) -> Sequence[Path]:
    return sorted(folder.glob("*.json"))


def _replay(folder: Path, record: Record) -> Replay | None:
    for path in _replays(folder, record):
        try:
            found = TypeAdapter(Replay).validate_json(path.read_bytes())
        except ValidationError as error:
            raise RunError(f"{path} cannot be read: {error.errors()[0]['msg']}.") from error
        if (found.task, found.seed) == record.key:
            return found
    return None


def _episode_link(record: Record) -> str:
    return "episode?" + urlencode({"task": record.task, "seed": record.seed}, quote_via=quote)
