"""Experts that look at pictures get them, and say so where there are none."""

import pytest

from miniwob_tasks.catalog import catalog
from miniwob_tasks.experts.single import page_experts
from webagent.errors import PolicyError
from webagent.policies.expert import ExpertPolicy
from webagent.policies.protocol import sees
from webagent.tasks.suites import load_expert
from webagent.types import Context, Observation

EXPERT = ExpertPolicy(load_expert)
SEEN = {
    "click-menu-2": (
        'Click the "Menu" button, and then find and click on the item with the icon.',
        '<ul><li class="ui-menu-item"><div ref="1">Prev</div></li></ul>',
    ),
    "count-sides": ("Press the button.", '<canvas ref="1" id="c"></canvas>'),
    "use-colorwheel-2": ("Select the following color.", '<input ref="1" id="col">'),
}


def test_pictures_are_taken_only_for_the_pages_that_need_them():
    seen = {name for name in page_experts() if sees(EXPERT, f"miniwob.{name}")}
    assert seen == {name for name, entry in catalog().items() if entry.picture}
    assert not sees(EXPERT, "compwob.click-link_click-dialog")


@pytest.mark.parametrize("name", sorted(SEEN))
def test_without_a_picture_the_expert_says_what_it_lacks(name):
    instruction, page = SEEN[name]
    with pytest.raises(PolicyError, match="needs screenshots"):
        EXPERT.act([Context(f"miniwob.{name}", instruction, Observation(page))])
