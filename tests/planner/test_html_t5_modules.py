"""Planner and programmer on a model that has learnt nothing: their answers are well formed."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from webagent.actions import parse
from webagent.examples import ELEMENTS
from webagent.nn import checkpoint
from webagent.nn.answers import PlanGrammar
from webagent.nn.html_t5 import initialise
from webagent.nn.tokenizer import train
from webagent.nn.vocabulary import NUMBERED
from webagent.planner import html_t5
from webagent.planner.clauses import clauses
from webagent.planner.html_t5 import HtmlT5Modules
from webagent.planner.plan import OVER, PlanRequest, WriteRequest
from webagent.types import Context, Observation, Try

PAGE = '<div><button ref="3">Go</button><input ref="4" type="text"><a ref="7">More</a></div>'
TASKS = [Context("t", f"Press {word}.", Observation(PAGE)) for word in ("Go", "More", "all <b>")]


def made(folder: Path, seed: int) -> Path:
    tokenizer = train([PAGE] * 3, 2200)
    model = initialise("tiny", len(tokenizer), seed)
    checkpoint.save(folder, model, tokenizer.rules.to_str(), {})
    return folder


@pytest.fixture(scope="module", params=range(4))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("models") / "toy", request.param)


@pytest.fixture(scope="module")
def modules(folder: Path) -> HtmlT5Modules:
    return HtmlT5Modules(folder, actions=("click", "type", "press"))


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HtmlT5Modules:
    """Writes little at a time."""
    monkeypatch.setattr(html_t5, "LONGEST_PROGRAM", 24)
    monkeypatch.setattr(html_t5, "LONGEST_PLAN", 24)
    return HtmlT5Modules(made(tmp_path / "toy", 0))


def test_plans_name_elements_of_the_page_each_once(modules: HtmlT5Modules):
    for plan in modules.plan([PlanRequest(one, ["before"]) for one in TASKS]):
        assert set(plan.refs) <= {3, 4, 7}
        assert len(set(plan.refs)) == len(plan.refs)
        assert "⟨" not in plan.instruction


def test_a_planner_with_phrases_says_those_or_clauses(folder: Path):
    planner = HtmlT5Modules(folder, phrases=["close the popup"])
    asked = Context("t", "Press all <b>, then Go.", Observation(PAGE))
    (plan,) = planner.plan([PlanRequest(asked, ["before"])])
    assert plan.instruction in {*clauses(asked.instruction), "close the popup", OVER}
    assert set(plan.refs) <= {3, 4, 7}


def test_elements_are_named_behind_the_words_alone() -> None:
    tokenizer = train([PAGE] * 3, 2200)
    grammar = PlanGrammar(tokenizer)
    inside = grammar.after(grammar.begin([0, 5]), int(tokenizer.encode("Press")[0]))
    numbers = {NUMBERED.start + number for number in range(9)}
    assert not numbers & set(grammar.allowed(inside, [0, 5], 9).tolist())
    behind = grammar.after(inside, tokenizer.texts().index(ELEMENTS))
    wanted = {NUMBERED.start, NUMBERED.start + 5}
    assert numbers & set(grammar.allowed(behind, [0, 5], 9).tolist()) == wanted


def test_programs_are_calls_on_elements_of_the_page(modules: HtmlT5Modules):
    for source in modules.write([WriteRequest(one) for one in TASKS]):
        calls = [parse(line) for line in source.splitlines()]
        assert calls
        assert {call.name for call in calls} <= {"click", "type", "press"}
        assert {call.ref for call in calls} <= {None, 3, 4, 7}


def test_a_program_that_failed_is_not_written_again(toy: HtmlT5Modules):
    usual = toy.write([WriteRequest(one) for one in TASKS])
    tries = [Try(source, "line 1: no") for source in usual]
    anew = toy.write([WriteRequest(TASKS[0], tries), WriteRequest(TASKS[1])])
    assert anew[0] not in usual and anew[1] == usual[1]
    assert all(parse(line) for line in anew[0].splitlines())
    assert toy.write([WriteRequest(TASKS[0], tries)]) == anew[:1]
    more = [*tries, Try(anew[0], "line 1: no")]
    assert toy.write([WriteRequest(TASKS[0], more)])[0] not in (*usual, anew[0])


def test_the_error_of_a_failed_program_is_told_as_one_of_the_page(toy: HtmlT5Modules):
    seen = Observation(PAGE, error="It is <b>covered</b>.")
    told = Context("t", TASKS[0].instruction, seen)
    tries = [Try("text(9)", "line 1: no"), Try("text(8)", "It is <b>covered</b>.")]
    assert toy.plan([PlanRequest(told)]) == toy.plan([PlanRequest(TASKS[0], (), tries)])
    assert toy.write([WriteRequest(told)]) == toy.write([WriteRequest(TASKS[0], tries)])
    assert toy.write([WriteRequest(told)]) != toy.write([WriteRequest(TASKS[0])])


def test_nothing_is_asked_when_nothing_is_wanted(modules: HtmlT5Modules):
    assert modules.plan([]) == [] and modules.write([]) == []
