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
# Kinds of one of these groups look so alike that an instruction could mean either.
ALIKE = (
    ("click-dialog", "click-dialog-2"),
    ("email-inbox-forward-nl", "email-inbox-forward-nl-turk"),
    ("click-checkboxes", "click-checkboxes-soft", "click-checkboxes-transfer"),
    ("login-user", "login-user-popup"),
)


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
    groups = [*ALIKE, *((one,) for one in kinds() if not any(one in group for group in ALIKE))]
    if count > SHORT:
        groups = [group for group in groups if not group[0].startswith(LARGE)]
    return [rng.choice(group) for group in rng.sample(groups, count)]


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
