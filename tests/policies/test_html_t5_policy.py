"""The learned policy: what it answers follows from the context and its seed."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from webagent.actions import ACTIONS
from webagent.errors import LongPage, PolicyError
from webagent.nn import checkpoint
from webagent.nn.html_t5 import initialise
from webagent.nn.tokenizer import train
from webagent.policies.html_t5 import HtmlT5Policy
from webagent.policies.load import load_policy
from webagent.policies.models import longest_page, reads_mentions
from webagent.types import Context, Decision, Observation, Step

PAGE = '<div><button ref="3">Go</button><input ref="4" type="text"><a ref="7">More</a></div>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learnt nothing, with the track it might have been trained in."""
    tokenizer = train([PAGE] * 3, 2200)
    place = tmp_path_factory.mktemp("models") / "toy"
    made = initialise("tiny", len(tokenizer), 0)
    checkpoint.save(place, made, tokenizer.rules.to_str(), {"training.json": '{"track": "base"}'})
    return place


def context(task: str = "t", instruction: str = "Press Go.", steps: int = 0) -> Context:
    seen = Observation(PAGE)
    step = Step(seen, Decision(ACTIONS["click"](3)))
    return Context(task, instruction, seen, (step,) * steps)


CONTEXTS = [context(instruction=f"Press {word}.") for word in ("Go", "More", "both")]


def test_greedy_answers_do_not_depend_on_the_seed(folder: Path):
    plain = HtmlT5Policy(folder).act(CONTEXTS)
    assert load_policy(f"{folder}?seed=3").act(CONTEXTS) == plain


def test_samples_repeat_and_another_seed_gives_others(folder: Path):
    spec = f"{folder}?temperature=2&seed="
    first = load_policy(f"{spec}1").act(CONTEXTS)
    assert load_policy(f"{spec}1").act(CONTEXTS) == first
    assert load_policy(f"{spec}2").act(CONTEXTS) != first


def test_a_sample_depends_on_task_and_step(folder: Path):
    policy = HtmlT5Policy(folder, temperature=2.0)
    states = [context(), context("other"), context(steps=1), context(steps=2)]
    alone = [policy.act([one])[0] for one in states]
    assert policy.act(states) == alone
    assert len({str(one.action) for one in alone}) > 2


def test_samples_name_only_what_is_there(folder: Path):
    policy = HtmlT5Policy(folder, temperature=3.0)
    decisions = policy.act([context(f"t{number}") for number in range(30)])
    assert {one.action.ref for one in decisions} <= {None, 3, 4, 7}
    assert all(one.action.name in ACTIONS for one in decisions)


def test_the_policy_says_how_it_was_trained_and_computes(folder: Path):
    card = HtmlT5Policy(folder).card
    assert card["track"] == "base" and card["precision"] in ("bfloat16", "float32")


def test_of_a_long_page_the_beginning_is_read_and_that_is_said(folder: Path):
    long = Observation(f"<div>{PAGE * 300}</div>")
    policy = HtmlT5Policy(folder, longest=64)
    with pytest.warns(LongPage, match="longer than the 64 tokens"):
        [decided] = policy.act([Context("t", "Press Go.", long)])
    assert decided.action.ref in (None, 3, 4, 7)


@pytest.mark.parametrize(
    "options",
    ["temp=1", "temperature=hot", "temperature=-1", "temperature=nan", "seed=1.5", "seed", "a=b=c"],
)
def test_wrong_options_are_explained(folder: Path, options: str):
    with pytest.raises(PolicyError, match=r"temperature=NUMBER .* and seed=INTEGER"):
        load_policy(f"{folder}?{options}")


def test_a_model_reads_pages_as_long_as_those_it_has_learnt_from(tmp_path: Path) -> None:
    assert longest_page(tmp_path) == 1024
    (tmp_path / "training.json").write_text('{"recipe": {"data": {"longest": 8192}}}')
    assert longest_page(tmp_path) == 8192
    (tmp_path / "training.json").write_text('{"recipe": null}')
    assert longest_page(tmp_path) == 1024


@pytest.mark.parametrize(
    ("card", "told"),
    [
        ("{}", True),
        ('{"recipe": {"data": {"mentions": false}}}', False),
        ('{"recipe": {"data": {"longest": 1024}}}', False),
        ('{"recipe": {"data": {"mentions": true}}}', True),
        ('{"recipe": 1}', True),
    ],
)
def test_a_model_reads_what_it_has_learnt_to_read(tmp_path: Path, card: str, told: bool) -> None:
    (tmp_path / "training.json").write_text(card)
    assert reads_mentions(tmp_path) == told
