"""Demonstrations on changed pages: what is asked stays right, and evaluation's words are others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webagent import actions
from webagent.examples import model_input
from webagent.policies import perturbed as evaluated
from webagent.training import perturbed as trained
from webagent.training.perturbed import perturbed
from webagent.training.questions import Demonstration, acting
from webagent.types import Context, Decision, Observation, Step

PAGES = (
    '<div id="wrap"><label ref="1" for="name">Name</label><input ref="2" id="name">'
    '<button ref="3" class="big">Send</button></div>',
    '<div id="wrap"><label ref="1" for="name">Name</label><input ref="2" id="name" value="Jo">'
    '<button ref="3" class="big">Send</button></div>',
)
DONE = (actions.type(2, "Jo"), actions.click(3))


def demonstration() -> Demonstration:
    made: list[tuple[Context, Decision]] = []
    past: tuple[Step, ...] = ()
    for page, action in zip(PAGES, DONE, strict=True):
        seen, decision = Observation(page), Decision(action)
        made.append((Context("miniwob.a", "Send Jo.", seen, past), decision))
        past += (Step(seen, decision),)
    return made


def changed(count: int = 200) -> Iterator[Demonstration]:
    for one in perturbed([demonstration()] * count, 0.5, seed=1):
        if one[0][0].observation.html != PAGES[0]:
            yield one


def test_a_share_is_changed_and_the_same_by_its_seed() -> None:
    assert 70 < len(list(changed())) < 130
    assert list(changed()) == list(changed())
    plain = [demonstration()] * 20
    assert list(perturbed(plain, 0.0, seed=1)) == plain


def test_the_actions_are_still_those_of_the_page() -> None:
    for one in changed():
        for context, decision in one:
            read = model_input(context)
            target = read.target(decision.action)
            assert target is not None and read.action(target) == decision.action
        [first, second] = acting([one], ahead=2)
        assert len(first.answers) == 2 and len(second.answers) == 1


def test_pages_of_an_episode_are_changed_alike() -> None:
    for one in changed():
        (first, _), (second, _) = one
        assert second.history[0].observation == first.observation
        before, after = (context.observation.html for context in (first, second))
        assert after.replace(' value="Jo"', "") == before
        added = set(re.findall(r' ref="(\d+)"', before)) - {"1", "2", "3"}
        assert all(int(ref) >= 1_000_000 for ref in added)


def test_what_pages_are_changed_with_is_not_what_evaluation_uses() -> None:
    seen, played = trained.STOCK, evaluated.STOCK
    assert not {*seen.words} & {*played.words}
    assert not {*seen.elements} & {*played.elements}
    assert seen.name != played.name
