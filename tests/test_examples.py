"""The text that models read, and how their answers become actions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webagent import actions
from webagent.actions import Action, parse
from webagent.examples import (
    NUMBERS,
    ModelInput,
    model_input,
    plan_input,
    ref_count,
    write_input,
)
from webagent.types import Context, Decision, Observation, Step

PAGE = (
    '<div id="area"><input ref="4" id="name" type="text">'
    '<button ref="9" title="Go">Send ref="7"</button><p ref="2">⟨1⟩ &lt;page></p></div>'
)


def context(html: str = PAGE, history: tuple[Step, ...] = (), error: str | None = None) -> Context:
    return Context("some.task", 'Press "Send" <now>.', Observation(html, error=error), history)


def test_elements_are_numbered_in_page_order() -> None:
    read = model_input(context(), start=5)
    assert read.text == (
        '<task>Press "Send⟨6⟩" &lt;now>.<page><div id="area"><input⟨5⟩ id="name" type="text">'
        '<button⟨6⟩ title="Go">Send ref="7"</button><p⟨7⟩>(1) &lt;page></p></div>'
    )
    assert read.numbers == {4: 5, 9: 6, 2: 7}
    assert ref_count(PAGE) == 3


def test_history_and_error_come_before_the_page() -> None:
    before = Observation('<a ref="1" id="gone">Old link</a><input ref="4">')
    past = (
        Step(before, Decision(actions.click(1))),
        Step(before, Decision(actions.type(4, "a ⟨4⟩ <b>")), "it was <disabled>"),
    )
    text = model_input(context(history=past, error="it was <disabled>")).text
    told, _, page = text.partition("<page>")
    assert told == (
        '<task>Press "Send⟨1⟩" &lt;now>.<did>click(Old link)<did>type(⟨0⟩, "a (4) &lt;b>")'
        "<error><error>it was &lt;disabled>"  # the mark of the action, and what the page says
    )
    assert page.startswith("<div")


def test_long_numbers_and_drawing_details_are_shortened() -> None:
    html = '<circle ref="1" cx="12.34567" cy="8" r="3.5" transform="matrix(1,0)" fill="red">'
    assert model_input(context(html)).text.endswith(
        '<page><circle⟨0⟩ cx="12.3" cy="8" r="3.5" fill="red">'
    )
    letter = '<text ref="1" x="5" font-size="20px" stroke="none">K</text>'
    assert model_input(context(letter)).text.endswith('<text⟨0⟩ x="5" font-size="20px">K</text>')


@pytest.mark.parametrize(
    "action",
    [
        actions.click(9),
        actions.type(4, 'say "⟨1⟩" \\ 4\n'),
        actions.drag(4, 2),
        actions.scroll(9, -4),
        actions.press("Control+a"),
        actions.click_at(4, 9),
        actions.done(),
        actions.answer("4"),
    ],
)
@pytest.mark.parametrize("start", [0, 17])
def test_actions_survive_the_way_to_the_model_and_back(action: Action, start: int) -> None:
    read = model_input(context(), start)
    target = read.target(action)
    assert target is not None
    assert read.action(target) == action


def test_an_element_that_is_not_shown_has_no_target() -> None:
    read = model_input(context())
    assert read.target(actions.click(77)) is None
    assert read.target(actions.drag(4, 77)) is None


@pytest.mark.parametrize("answer", ["click(⟨99⟩)", "click(9", "fly(⟨0⟩)", ""])
def test_an_answer_that_means_nothing_is_an_invalid_action(answer: str) -> None:
    assert model_input(context()).action(answer).name == "invalid"


def test_a_page_with_more_elements_than_numbers_keeps_the_first() -> None:
    html = "".join(f'<b ref="{ref}">x</b>' for ref in range(1, NUMBERS + 50))
    read = model_input(context(html), start=24)
    assert len(read.refs) == NUMBERS - 24
    assert f"⟨{NUMBERS - 1}⟩" in read.text
    assert "ref=" not in read.text.partition("<page>")[2]


@given(text=st.text(max_size=30), ref=st.integers(1, 3))
def test_any_text_can_be_typed(text: str, ref: int) -> None:
    action = actions.build("type", (ref, text))
    read = ModelInput("", (3, 1, 2), start=40)
    assert read.action(read.target(action) or "") == action


def test_elements_are_found_by_what_they_say_or_are_called() -> None:
    html = (
        '<p ref="4">Name</p><input ref="9" id="who" type="text"><label ref="2"><input ref="7" '
        'id="ch0" type="checkbox">Blue</label><button ref="5">OK</button><b ref="6">OK</b>'
    )
    seen = model_input(Context("miniwob.a", "Do it.", Observation(html)))
    assert seen.labels() == [("Name", 0), ("who", 1), ("Blue", 3)]  # OK could be either


def test_the_instruction_says_what_of_it_was_acted_on() -> None:
    before = Observation('<a ref="1">Next page</a><input ref="4"><input ref="5">')
    past = (
        Step(before, Decision(actions.type(5, "Ann"))),
        Step(before, Decision(actions.click(1))),
        Step(before, Decision(actions.click(2))),
        Step(before, Decision(actions.type(4, "Bob")), "it was disabled"),
        Step(before, Decision(actions.hover(4))),
    )
    page = Observation('<button ref="2">OK</button><input ref="4" value="Bob">')
    task = 'Fill in "Ann", turn to the next page, press OK, and fill in "Bob".'
    assert model_input(Context("miniwob.a", task, page, past)).text.startswith(
        '<task>Fill in "Ann~", turn to the next page~, press OK⟨0⟩~, and fill in "Bob⟨1⟩".<did>'
    )
    assert "~" not in model_input(Context("miniwob.a", task, page, past), mentions=False).text


def test_what_resizes_a_dialog_is_not_read_but_what_resizes_a_text_area_is() -> None:
    def read(edges: int) -> ModelInput:
        handles = (
            f'<div ref="{n}" class="ui-resizable-handle"></div>' for n in range(5, 5 + edges)
        )
        return model_input(context(f'<div ref="2">Hi</div>{"".join(handles)}<a ref="4">b</a>'))

    assert read(8).text.endswith("<div⟨0⟩>Hi</div><a⟨1⟩>b</a>")
    assert list(read(8).refs) == [2, 4] and list(read(3).refs) == [2, 5, 6, 7, 4]


def test_a_plan_is_read_back() -> None:
    read = plan_input(context(), ["fill <in>", "go on"], start=5)
    assert read.text.startswith(
        '<task>plan: Press "Send⟨6⟩" &lt;now>.<did>fill &lt;in><did>go on<page><div id="area">'
    )
    text = read.plan("press <it>", [2, 4])
    assert text == "press &lt;it><page>⟨5⟩⟨7⟩"
    assert read.read_plan(text) == ("press <it>", (4, 2))
    assert read.plan("press", [99]) is None
    assert read.read_plan("done()") == ("done()", ())
    assert read.read_plan("a<page>⟨5⟩⟨900⟩") == ("a", (4,))


def test_a_program_is_read_back() -> None:
    read = write_input(context(), start=5)
    assert read.text.startswith('<task>write: Press "Send⟨6⟩"')
    calls = [actions.type(4, "a<did>b ⟨5⟩"), actions.click(9), actions.press("Enter")]
    text = read.program(calls)
    assert text is not None
    source = read.read_program(text)
    assert [parse(line) for line in source.splitlines()] == calls
    assert read.program([actions.click(77)]) is None


def test_instructions_are_marked_wherever_a_model_reads_one() -> None:
    html = '<p ref="4">Name</p><button ref="9">OK</button><b ref="5">a &lt;b</b>'
    asked = Context("t", "Press OK or a <b.", Observation(html))
    for read in (model_input(asked, 3), plan_input(asked, [], 3), write_input(asked, 3)):
        assert "Press OK⟨4⟩ or a &lt;b⟨5⟩.<page>" in read.text
    for read in (
        model_input(asked, mentions=False),
        plan_input(asked, [], mentions=False),
        write_input(asked, mentions=False),
    ):
        assert "Press OK or a &lt;b.<page>" in read.text


@given(words=st.text("OKN<&; ame", max_size=20).map(str.strip))
def test_any_plan_is_read_back(words: str) -> None:
    html = '<p ref="4">Name</p><button ref="9">OK</button>'
    read = plan_input(Context("t", words, Observation(html)), [])
    text = read.plan(words, [9])
    assert text is not None
    assert read.read_plan(text) == (words, (9,))
