"""The published pages of CompWoB, from a folder of HTML files that a user has.

`webagent.tasks.fetch` gets them. The pages load the engine by relative addresses
(`../core`, `../common`), which the `miniwob` package serves. They know no part by itself:
their episodes have a reward, but no facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import orjson

from webagent.assets import miniwob_html
from webagent.errors import TaskError
from webagent.tasks import compwob
from webagent.tasks.compwob import CompWobTask
from webagent.tasks.display import no_display
from webagent.tasks.protocol import Start, Variant
from webagent.types import Json, Verdict

HASHES = "hashes.json"
PAGES = "official files"
SHOWN = 12
SUITES = ("compwob.", "compwob-reverse.")


@dataclass(frozen=True, slots=True)
class OfficialPageTask:
    """One published page, in place of the task `like` of the same id.

    Page and window have the published size. `sha256` belongs to the file, so that results
    say which page they are from.
    """

    like: CompWobTask
    folder: Path
    sha256: str

    @property
    def id(self) -> str:
        return self.like.id

    @property
    def step_limit(self) -> int:
        return self.like.step_limit

    @property
    def labels(self) -> Mapping[str, Json]:
        return {**self.like.labels, "pages": PAGES, "sha256": self.sha256}

    def start(self, seed: int) -> Start:
        return replace(
            self.like.start(seed),
            url=f"/official/{page_name(self.id)}",
            mounts={"/official/": self.folder, "/": miniwob_html()},
            begin=no_display() + _script("official_begin.js"),
            options={"seed": seed},
            probe=_script("official_probe.js"),
            reload=True,  # several pages leave dialogs and menus behind
        )

    def judge(self, probe: Json) -> Verdict:
        if not isinstance(probe, Mapping):
            raise TaskError(f"{self.id} did not start: its page has no MiniWoB++ engine.")
        done, raw = bool(probe["done"]), probe["raw"]
        reward = float(raw) if done and isinstance(raw, int | float) else 0.0
        return Verdict(str(probe["instruction"]), done, reward, done and reward == 1.0)


def official_task(task_id: str, folder: Path) -> OfficialPageTask:
    """The task "compwob.NAME" or "compwob-reverse.NAME" on its page in `folder`.

    Raises `TaskError` for other ids, a missing file, and one that is not what was fetched.
    """
    like = compwob.task(task_id, Variant("official", "official")) if _published(task_id) else None
    if like is None:
        raise TaskError(
            f"{task_id} has no published page; there are pages for compwob and compwob-reverse."
        )
    check_pages(folder, [task_id])
    content = (folder / page_name(task_id)).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    expected = read_hashes(folder).get(page_name(task_id), found)
    if found != expected:
        raise TaskError(
            f"{folder / page_name(task_id)} is not the file that was fetched (its SHA-256 is not "
            f"the one in {HASHES}). Delete it and fetch it again: webagent compwob fetch {folder}"
        )
    return OfficialPageTask(like, folder.resolve(), found)


def official_tasks(task_ids: Sequence[str], folder: Path) -> list[OfficialPageTask]:
    """These tasks on their pages. Raises `TaskError` that names all files that are missing."""
    check_pages(folder, [task_id for task_id in task_ids if _published(task_id)])
    return [official_task(task_id, folder) for task_id in task_ids]


def check_pages(folder: Path, task_ids: Sequence[str]) -> None:
    """Raise `TaskError` that lists the files these tasks lack."""
    names = [page_name(task_id) for task_id in task_ids]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        shown = "".join(f"\n  {name}" for name in missing[:SHOWN])
        more = f"\n  and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        raise TaskError(
            f"{folder} lacks {len(missing)} of {len(names)} pages:{shown}{more}\n"
            f"Fetch them with `webagent compwob fetch {folder}`, or copy them from the folder "
            "compositional_rl/compwob/compositional of google-research."
        )


def page_name(task_id: str) -> str:
    """The published file of a task: "NAME.html" or "NAME-reverse.html"."""
    prefix, _, name = task_id.partition(".")
    return f"{name}-reverse.html" if prefix.endswith("-reverse") else f"{name}.html"


def page_names() -> list[str]:
    """All hundred files."""
    return [page_name(task_id) for tasks in compwob.suites().values() for task_id in tasks]


def read_hashes(folder: Path) -> dict[str, str]:
    """What `hashes.json` says of the files in `folder`: name -> SHA-256. Empty without it."""
    path = folder / HASHES
    if not path.exists():
        return {}
    try:
        files = orjson.loads(path.read_bytes())["files"]
        return {str(name): str(value) for name, value in files.items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise TaskError(f"{path} cannot be read. Delete it and fetch the pages again.") from error


def _published(task_id: str) -> bool:
    return task_id.startswith(SUITES)


@cache
def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")
