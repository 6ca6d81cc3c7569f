"""Policies on changed pages: what is added and renamed, and what stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webagent import html
from webagent.errors import PolicyError
from webagent.policies.load import load_policy
from webagent.policies.models import source_of
from webagent.policies.perturbed import CHANGES, Perturbed
from webagent.policies.protocol import decide, sees
from webagent.types import Context, Decision, Observation, Step

PAGE = (
    '<div id="wrap"><label ref="1" for="name">Name</label><input ref="2" id="name">'
    '<button ref="3" class="big red">Send</button></div>'
)


class Recorder:
    """Remembers the contexts it saw and clicks the first ref of each page."""

    screenshots = True

    def __init__(self) -> None:
        self.seen: list[Context] = []

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        self.seen += contexts
        return [decide(f"click({html.refs(one.observation.html)[0]})") for one in contexts]


def context(page: str = PAGE, instruction: str = "send it") -> Context:
    past = Step(Observation(page), decide("click(3)"))
    return Context("some.task", instruction, Observation(page, url="/x"), (past,))


def shown(how: str, one: Context) -> Context:
    recorder = Recorder()
    Perturbed(recorder, how).act([one])
    return recorder.seen[0]


@pytest.mark.parametrize("how", ["top", "bottom"])
def test_what_is_added_has_refs_that_no_element_has_and_the_page_is_still_there(how: str) -> None:
    page = shown(how, context()).observation.html
    refs = html.refs(page)
    assert len(set(refs)) == len(refs) > 3 and min({*refs} - {1, 2, 3}) > 1000
    inner = PAGE.removeprefix('<div id="wrap">').removesuffix("</div>")
    assert inner in page and page.startswith('<div id="wrap">') and page.endswith("</div>")
    assert refs[-3:] == [1, 2, 3] if how == "top" else refs[:3] == [1, 2, 3]


def test_renamed_attributes_still_belong_together() -> None:
    page = shown("attributes", context()).observation.html
    named = dict(re.findall(r' (for|id|class)="([^"]*)"', page.partition("<label")[2]))
    assert named["for"] == named["id"] != "name"
    assert len(named["class"].split()) == 2 and "red" not in named["class"]
    assert re.sub(r'="[^"]*"', "", page) == re.sub(r'="[^"]*"', "", PAGE)


@pytest.mark.parametrize("how", CHANGES)
@given(words=st.text("<>&ab \"'=/", max_size=20), instruction=st.text(max_size=5))
def test_an_episode_is_changed_in_one_way_and_nothing_else_is(
    how: str, words: str, instruction: str
) -> None:
    one = context(f'<p ref="7">{words}</p>', instruction)
    first, second = shown(how, one), shown(how, one)
    assert first == second
    assert first.history[0].observation.html == first.observation.html
    back = replace(first.observation, html=one.observation.html)
    assert replace(first, observation=back, history=one.history) == one


def test_decisions_and_what_the_policy_is_pass_through() -> None:
    recorder = Recorder()
    policy = Perturbed(recorder, "top", {"agent": "x"})
    (decision,) = policy.act([context()])
    assert decision.action.ref not in (1, 2, 3, None)  # the first that was added
    assert sees(policy, "some.task")


def test_it_is_a_policy_by_name_and_a_run_says_of_what() -> None:
    spec = "perturbed?how=top&policy=expert"
    policy = load_policy(spec)
    assert source_of(spec, policy) == {"agent": "expert, perturbed top"}
    with pytest.raises(PolicyError, match="top, bottom, attributes"):
        load_policy("perturbed?how=sideways&policy=expert")
    with pytest.raises(PolicyError, match="perturbed\\?how=HOW&policy=SPEC"):
        load_policy("perturbed?how=top")
