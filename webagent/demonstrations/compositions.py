"""Random compositions of one's own to learn from, for the track `compositional`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from webagent.demonstrations.tracks import held_out
from webagent.tasks.composition import kinds
from webagent.tasks.compwob import MERGING, OVER, SUBMITTING, compose

COUNTS = (2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8)  # how many parts, each as often as it stands
MERGED = 0.5  # share of forms that the next part's control submits, where it can
TURNED = 0.3  # share of short compositions that are shown one part after another
LARGE = ("click-tab", "email-inbox", "navigate-tree", "search-engine")  # in short ones alone
SHORT = 4
# Tasks of one of these groups look so alike that an instruction could mean either.
ALIKE = (
    ("click-dialog", "click-dialog-2"),
    ("email-inbox-forward-nl", "email-inbox-forward-nl-turk", "email-inbox", "email-inbox-nl-turk"),
    ("click-checkboxes", "click-checkboxes-soft", "click-checkboxes-transfer",
     "click-checkboxes-large"),
    ("login-user", "login-user-popup"),
    ("choose-date", "choose-date-easy", "choose-date-medium"),
    ("click-collapsible", "click-collapsible-2"),
    ("click-tab-2-hard", "click-tab", "click-tab-2"),
    ("click-test", "click-test-2"),
    ("enter-text", "enter-text-dynamic"),
    ("focus-text", "focus-text-2"),
    ("multi-layouts", "multi-orderings"),
    ("social-media", "social-media-all", "social-media-some"),
)  # fmt: skip


def compositions(count: int, seed: int = 0) -> list[str]:
    """Task ids of `count` different compositions, half of them with reverse instructions.

    None has the parts of one of the 50. The same seed gives the same ids, and a greater
    `count` adds to them.
    """
    rng = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        parts = _parts(rng, rng.choice(COUNTS))
        if held_out(parts):
            continue
        order = rng.choice(("forward", "reverse"))
        merged, turns = _joints(parts, rng)
        found[compose(parts, order, merged=merged, turns=turns).id] = None
    return list(found)


def _parts(rng: random.Random, count: int) -> list[str]:
    groups: dict[str, list[str]] = {}
    for one in kinds():
        groups.setdefault(alike(one), []).append(one)
    if count > SHORT:
        groups = {name: group for name, group in groups.items() if not name.startswith(LARGE)}
    return [rng.choice(groups[name]) for name in rng.sample(list(groups), count)]


def alike(name: str) -> str:
    """One name for all base tasks that look like this one."""
    return next((group[0] for group in ALIKE if name in group), name)


def _joints(parts: Sequence[str], rng: random.Random) -> tuple[list[int], list[int]]:
    """Which parts are merged into the next one, and which turn to another view."""
    pairs = list(enumerate(pairwise(parts)))
    merged = [
        index
        for index, (one, after) in pairs
        if one in MERGING and after in SUBMITTING and rng.random() < MERGED
    ]
    if any(part.startswith(OVER) for part in parts) or len(parts) > SHORT or rng.random() > TURNED:
        return merged, []
    return merged, [index for index, _ in pairs if index not in merged]
