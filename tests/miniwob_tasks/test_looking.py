"""Experts that look at pictures get them, and say so where there are none."""

import pytest

from miniwob_tasks.experts.single import LOOKING, page_experts
from webagent.errors import PolicyError
from webagent.policies.expert import ExpertPolicy
from webagent.policies.protocol import sees
from webagent.tasks.suites import load_expert, load_task
from webagent.types import Context, Observation

EXPERT = ExpertPolicy(load_expert)
PAGE = '<div><canvas ref="1" id="c"></canvas><input ref="2" id="col" class="jscolor"></div>'


def test_pictures_are_taken_only_for_the_pages_that_need_them():
    seen = {name for name in page_experts() if sees(EXPERT, f"miniwob.{name}")}
    assert seen == LOOKING
    assert not sees(EXPERT, "compwob.click-link_click-dialog")


@pytest.mark.parametrize("name", sorted(LOOKING))
def test_without_a_picture_the_expert_says_what_it_lacks(name):
    task = load_task(f"miniwob.{name}")
    text = "Select the following color with the color picker and hit Submit."
    with pytest.raises(PolicyError, match="needs screenshots"):
        EXPERT.act([Context(task.id, text, Observation(PAGE))])
