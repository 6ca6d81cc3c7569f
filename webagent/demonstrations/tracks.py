"""Tracks: what a policy may have been trained on, for its score on CompWoB to be compared.

`base`: demonstrations of base tasks as they are. `base+aug`: of base tasks, changed by
generic augmentation; no composed task is run. `compositional`: compositions of one's own
too, but none of the 50 and no reordering of one. `sites`: also real websites' tasks, of their
training templates alone. `open`: also whatever else a user has, such as tasks of a package of
their own and traces of `webagent run`; what these teach nobody here knows, so its scores on
CompWoB compare with nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TypeAlias

from webagent.errors import RunError, TaskError
from webagent.policies.models import Track
from webagent.tasks.composition import suite
from webagent.tasks.compwob import task as compwob_task
from webagent.tasks.protocol import Variant
from webagent.tasks.suites import load_task

BASE = "miniwob."
OWN = ("compose.", "compose-reverse.")
BENCHMARK = ("compwob.", "compwob-reverse.")
WEBSITES = "sites."
SHOWN = 5

Parts: TypeAlias = tuple[str, ...]


def check_track(track: str, task_ids: Iterable[str], *, augmented: bool = False) -> Track:
    """The track, if training on these tasks keeps its rules.

    `augmented` says that demonstrations were changed. Raises `RunError` that names the
    tasks which the track forbids, or the tracks there are.
    """
    try:
        known = Track(track)
    except ValueError:
        raise RunError(f"No track is called {track!r}; there are {', '.join(Track)}.") from None
    if augmented and known is Track.BASE:
        raise RunError(
            "The track base trains on demonstrations as they are. Leave the augmentation out, "
            "or call the track base+aug."
        )
    wrong = sorted({one for one in task_ids if not _allows(known, _least(one))})
    if wrong:
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise RunError(
            f"The track {known} does not allow training on {', '.join(wrong[:SHOWN])}{more}: "
            f"{_RULES[known]}. Leave these tasks out, or train in another track."
        )
    return known


def check_descent(track: str, ancestor: object, name: str) -> None:
    """Raise `RunError` if a model of `track` may not build on `name`, a model of the track
    `ancestor` or its play; None, for what no model has touched, is always allowed.
    """
    order = [str(one) for one in Track]
    if ancestor is None or order.index(track) >= order.index(str(ancestor)):
        return
    raise RunError(
        f"{name} comes from the track {ancestor}: what builds on it is of that track too, not of "
        f"{track}. Train in that track, or begin elsewhere."
    )


def tracks_of(
    task_ids: Iterable[str], *, augmented: bool = False, ancestor: str | None = None
) -> list[str]:
    """The tracks in which these tasks may be trained on, as a model of `ancestor` played them."""
    needed = {_least(one) for one in set(task_ids)}
    order = [str(one) for one in Track]
    least = order.index(ancestor) if ancestor in order else 0
    return [
        str(track)
        for track in list(Track)[least:]
        if not (augmented and track is Track.BASE) and all(_allows(track, one) for one in needed)
    ]


_RULES = {
    Track.BASE: f"its tasks begin with {BASE!r}",
    Track.BASE_AUG: f"its tasks begin with {BASE!r}, no composition is ever run",
    Track.COMPOSITIONAL: "of compositions it takes your own alone (compose.a+b), and none whose "
    "parts are those of one of the 50 tasks, in whatever order",
    Track.SITES: "what the track compositional takes, and of websites the templates for training",
    Track.OPEN: "it takes any task but the 50, reorderings of them, and held-out templates of "
    "websites",
}


def _least(task_id: str) -> Track | None:
    """The first track that may train on a task; None if none may."""
    if task_id.startswith(BASE):
        return Track.BASE
    if task_id.startswith(OWN):
        return None if _held_out(task_id) else Track.COMPOSITIONAL
    if task_id.startswith(WEBSITES):
        return Track.SITES if _for_training(task_id) else None
    return None if task_id.startswith(BENCHMARK) else Track.OPEN


def _allows(track: Track, least: Track | None) -> bool:
    order = list(Track)
    return least is not None and order.index(track) >= order.index(least)


def _for_training(task_id: str) -> bool:
    try:
        return load_task(task_id, Variant()).labels.get("split") == "train"
    except TaskError:
        return False


def _held_out(task_id: str) -> bool:
    """Whether a composition of one's own has the parts of one of the 50, or can't be read."""
    try:
        made = compwob_task(task_id)
    except TaskError:
        return True
    return made is None or held_out(part.kind for part in made.composition.parts)


def held_out(parts: Iterable[str]) -> bool:
    """Whether these parts, in whatever order, are those of one of the 50."""
    return tuple(sorted(parts)) in _benchmark()


@cache
def _benchmark() -> frozenset[Parts]:
    """The parts of each of the 50, sorted: a multiset."""
    return frozenset(tuple(sorted(part.kind for part in one.parts)) for one in suite().task)
