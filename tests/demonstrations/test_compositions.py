"""Random compositions of one's own: reproducible, allowed, and solvable."""

from __future__ import annotations

from collections import Counter

import pytest

from webagent.demonstrations.compositions import compositions
from webagent.demonstrations.tracks import check_track
from webagent.errors import TaskError
from webagent.play import Job, play
from webagent.policies.expert import ExpertPolicy
from webagent.tasks.compwob import task
from webagent.tasks.suites import load_expert, load_task


def test_they_are_drawn_from_a_seed_and_keep_the_rules_of_the_track() -> None:
    found = compositions(300, seed=4)
    assert compositions(200, seed=4) == found[:200]
    assert compositions(200, seed=5) != found[:200]
    assert len(set(found)) == 300
    assert check_track("compositional", found) == "compositional"
    orders = Counter(one.split(".")[0] for one in found)
    assert min(orders["compose"], orders["compose-reverse"]) > 100
    counts = Counter(len(load_task(one).labels["parts"]) for one in found)  # type: ignore[arg-type]
    assert set(counts) == set(range(2, 9))
    assert sum("=" in one for one in found) > 20
    assert sum(":" in one for one in found) > 20


def test_forms_can_share_a_submit_control_and_parts_follow_in_views() -> None:
    made = task("compose.click-option=login-user:navigate-tree")
    assert made is not None
    assert [part.merged for part in made.composition.parts] == [True, False, False]
    assert [view.parts for view in made.composition.views] == [(0, 1), (2,)]
    assert made.id == "compose.click-option=login-user:navigate-tree"


@pytest.mark.parametrize(
    "name",
    [
        "click-button=login-user",  # nothing that could be submitted
        "enter-text=click-button",  # nothing that submits
        "enter-text:click-dialog",  # would lie over the first view
    ],
)
def test_parts_that_cannot_be_joined_so_are_refused(name: str) -> None:
    with pytest.raises(TaskError, match=r"[Ww]ith '[:=]'"):
        task(f"compose.{name}")


def test_the_expert_solves_them(browser) -> None:
    joined = [one for one in compositions(40, seed=9) if "=" in one or ":" in one][:6]
    jobs = [Job(load_task(one), 1_000_000 + seed) for one in joined for seed in range(2)]
    episodes = list(play(jobs, ExpertPolicy(load_expert), browser))
    assert [one.task for one in episodes if not one.success] == []
