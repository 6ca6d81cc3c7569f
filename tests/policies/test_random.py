"""The random policy."""

from __future__ import annotations

from webagent.actions import parse
from webagent.policies.random import RandomPolicy
from webagent.types import Context, Decision, Observation, Step

PAGE = '<div><button ref="3">Go</button><input ref="4" id="a" type="text"><span>no ref</span></div>'


def context(html: str = PAGE, steps: int = 0) -> Context:
    seen = Observation(html)
    history = tuple(Step(seen, Decision(parse("click(3)"))) for _ in range(steps))
    return Context("t", 'Enter "anna" and press Go', seen, history)


def test_it_acts_on_what_is_there():
    actions = {str(RandomPolicy().act([context(steps=n)])[0].action) for n in range(40)}
    assert "click(3)" in actions
    assert 'type(4, "anna")' in actions
    assert all(parse(action).ref in (3, 4) for action in actions)


def test_it_is_reproducible_and_its_seed_matters():
    contexts = [context(steps=n) for n in range(20)]
    assert RandomPolicy(1).act(contexts) == RandomPolicy(1).act(contexts)
    assert RandomPolicy(1).act(contexts) != RandomPolicy(2).act(contexts)


def test_an_empty_page_is_no_problem():
    assert RandomPolicy().act([context("")])[0].action == parse('press("Tab")')
