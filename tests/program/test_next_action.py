"""Programs run from action to action, on what the episode has seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webagent import actions
from webagent.program import Act, Failed, Finished, Limits, MontySandbox, next_action
from webagent.types import Observation

PAGE = (
    '<div id="area"><p><label ref="1">Name</label><input ref="2" id="name" type="text"></p>'
    '<form><input ref="3" type="text" value="x"><button ref="4" type="submit">Go</button></form>'
    '<select ref="5"><option>May</option><option selected>June</option></select></div>'
)
FILLED = PAGE.replace('type="text"></p>', 'type="text" value="anna"></p>')


@pytest.fixture(scope="module")
def sandbox() -> Iterator[MontySandbox]:
    made = MontySandbox(Limits(seconds=0.3))
    yield made
    made.close()


def run(sandbox: MontySandbox, source: str, *pages: Observation, most: int = 20):
    """All actions of a program, if each leads to the next of `pages` (the last one stays)."""
    seen = [pages[0] if pages else Observation(PAGE)]
    taken: list[str] = []
    while isinstance(outcome := next_action(sandbox, source, seen), Act) and len(taken) < most:
        taken.append(str(outcome.action))
        seen.append(pages[min(len(seen), len(pages) - 1)] if pages else seen[0])
    return taken, outcome


def test_each_call_is_an_action_and_reading_is_none(sandbox: MontySandbox):
    source = """
type(2, "anna")
for ref in find("button"):
    if text(ref) == "Go":
        click(ref)
print(value(5), url(), page()[:5])
"""
    seen = Observation(PAGE, "http://a/")
    taken, outcome = run(sandbox, source, seen)
    assert taken == ['type(2, "anna")', "click(4)"]
    assert outcome == Finished("June http://a/ <div \n")


def test_a_program_reads_the_page_as_it_was_at_each_step(sandbox: MontySandbox):
    source = 'before = value(2)\ntype(2, "anna")\nprint([before, value(2)])'
    _, outcome = run(sandbox, source, Observation(PAGE), Observation(FILLED))
    assert outcome == Finished("['', 'anna']\n")


def test_an_action_that_failed_raises_where_it_stands(sandbox: MontySandbox):
    covered = Observation(PAGE, error="It is covered by <div>.")
    taken, outcome = run(sandbox, "click(4)\nclick(2)", Observation(PAGE), covered)
    assert taken == ["click(4)"]
    assert outcome == Failed("line 1: RuntimeError: It is covered by <div>.")
    source = "try:\n    click(4)\nexcept ActionError as error:\n    print(error)\nclick(2)"
    taken, outcome = run(sandbox, source, Observation(PAGE), covered, Observation(PAGE))
    assert taken == ["click(4)", "click(2)"]
    assert outcome == Finished("It is covered by <div>.\n")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("", "empty"),
        ("# nothing", "empty"),
        ("click(", "line 1: not Python"),
        ("x = 1\ny = x +", "line 2: not Python"),
        ("click(4, 5)", "line 1: RuntimeError: Wrong arguments"),
        ("text(77)", "No element of the page has ref 77"),
        ("find('a[')", "can't be read"),
        ("assert text(4) == 'Stop'", "AssertionError"),
        ("\x00", "Not Python|not Python"),
        ("x = " + "(" * 500 + ")" * 500, "Not Python|not Python"),
        ("x" * 30_000, "at most"),
    ],
)
def test_what_is_wrong_with_a_program_is_said(sandbox: MontySandbox, source: str, error: str):
    outcome = next_action(sandbox, source, [Observation(PAGE)])
    assert isinstance(outcome, Failed)
    assert any(part in outcome.error for part in error.split("|")), outcome.error


def test_a_program_that_never_ends_is_stopped(sandbox: MontySandbox):
    for source in ("while True: pass", "while True: text(4)", "def f(): f()\nf()"):
        assert isinstance(next_action(sandbox, source, [Observation(PAGE)]), Failed)
    taken, outcome = run(sandbox, "while True: click(4)", most=100)
    assert len(taken) == 50
    assert isinstance(outcome, Failed)


def test_a_program_cannot_run_on_past_its_action(sandbox: MontySandbox):
    source = "while True:\n    try:\n        click(4)\n    except Exception:\n        pass"
    assert next_action(sandbox, source, [Observation(PAGE)]) == Act(actions.click(4))


def test_a_program_does_the_same_each_time(sandbox: MontySandbox):
    source = "import random, datetime\nprint(random.random(), datetime.datetime.now())"
    first = next_action(sandbox, source, [Observation(PAGE)])
    assert isinstance(first, Finished) and first.printed
    assert next_action(sandbox, source, [Observation(PAGE)]) == first


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["click(4)", 'type(2, "a")', "done()"]), max_size=12))
def test_straight_programs_take_their_calls_in_order(sandbox: MontySandbox, calls: list[str]):
    taken, outcome = run(sandbox, "\n".join(calls) or "pass")
    assert taken == calls
    assert isinstance(outcome, Finished)
