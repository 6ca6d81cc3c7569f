"""What a model is asked of each demonstration."""

from __future__ import annotations

from dataclasses import replace

from webagent import actions
from webagent.actions import Action
from webagent.training.questions import acting, modular, program_from
from webagent.types import Context, Decision, Observation, Step

PAGES = (
    '<div id="area"><p><label ref="1">Name</label><input ref="2"></p><a ref="3">More</a>'
    '<button ref="4">Send</button></div>',
    '<div id="area"><p><label ref="1">Name</label><input ref="2" value="Jo"></p>'
    '<button ref="4">Send</button></div>',
    '<div id="area"><a ref="7">Home</a><a ref="8">Away</a></div>',
    "".join(f'<div><p>Of {n}</p><a ref="{n}">Link {n}</a></div>' for n in range(40)),
)


def demonstration(*steps: tuple[int, Action, str]) -> list[tuple[Context, Decision]]:
    made: list[tuple[Context, Decision]] = []
    history: tuple[Step, ...] = ()
    for page, action, note in steps:
        seen = Observation(PAGES[page])
        made.append((Context("miniwob.a", "Fill, then go.", seen, history), Decision(action, note)))
        history += (Step(seen, made[-1][1]),)
    return made


WHOLE = demonstration(
    (0, actions.type(2, "Jo"), "Fill"),
    (1, actions.click(4), "Fill"),
    (2, actions.click(7), "then go"),
    (2, actions.click(8), "then go"),
)


UNPLANNED = "<task>write: Fill, then go<"


def test_a_program_ends_with_its_clause_or_where_the_page_lacks_the_element() -> None:
    found = [program_from(WHOLE, first, 8) for first in range(4)]
    assert [(one.instruction, one.end, one.refs) for one in found] == [
        ("Fill", 2, {2, 4}), ("Fill", 2, {4}), ("then go", 4, {7, 8}), ("then go", 4, {8}),
    ]  # fmt: skip
    again = demonstration((0, actions.click(3), ""), (2, actions.click(7), ""))
    assert [program_from(again, first, 8).end for first in (0, 1)] == [1, 2]
    assert [program_from(WHOLE, first, 1).end for first in range(4)] == [1, 2, 3, 4]
    unplanned = [program_from(WHOLE, first, 8, planned=False) for first in range(4)]
    assert [(one.before, one.end) for one in unplanned] == [(0, 2), (0, 2), (0, 4), (0, 4)]
    assert [program_from(WHOLE, first, 8).before for first in range(4)] == [0, 0, 2, 2]
    assert {one.instruction for one in unplanned} == {"Fill, then go"}
    asking = demonstration((2, actions.click(7), "Look"), (2, actions.answer("42"), "Finish"))
    assert [program_from(asking, n, 8, planned=False).end for n in (0, 1)] == [1, 2]
    kept = [(replace(WHOLE[2][0], history=WHOLE[3][0].history), WHOLE[2][1])]  # others were lost
    assert program_from(kept, 0, 8, planned=False).before == 0
    assert program_from(kept, 0, 8).before == 3


def test_steps_are_planned_and_written_from_wherever_an_agent_may_be() -> None:
    asked = list(modular([WHOLE] * 20))
    pairs = list(zip(asked[::2], asked[1::2], strict=True))
    assert len(pairs) == 20 * 3
    pairs = [pair for pair in pairs if not pair[1].source.startswith(UNPLANNED)]
    first, midst, second, last = (
        next((plan, program) for plan, program in pairs if plan.step == step) for step in range(4)
    )
    plan, program = first
    assert (plan.task, program.task) == ("plan.miniwob.a", "program.miniwob.a")
    assert plan.source.startswith("<task>plan: Fill, then go.<page><div")
    assert plan.answers == ["Fill<page>⟨1⟩⟨3⟩"]
    assert program.source.startswith('<task>write: Fill<page><div id="area"><p><label⟨0⟩>Name')
    assert len(program.answers) == 1 and program.answers[0].count("<did>") == 1
    assert midst[0].source.startswith("<task>plan: Fill, then go.<did>Fill<page>")
    assert midst[0].answers == ["Fill<page>⟨2⟩"]
    assert "<did>type(" in midst[1].source
    assert second[0].source.startswith("<task>plan: Fill, then go.<did>Fill<page>")
    assert last[0].source.startswith("<task>plan: Fill, then go.<did>Fill<did>then go<page>")


def test_a_snippet_holds_what_the_program_names() -> None:
    programs = [one for one in modular([WHOLE] * 40) if one.task.startswith("program.")]
    assert all(len(one.answers) == 1 for one in programs)
    at_first = [one.source.partition("<page>")[2] for one in programs if one.step == 2]
    assert set(at_first) == {'<div id="area"><a⟨0⟩>Home</a><a⟨1⟩>Away</a></div>'}


def test_some_programs_are_for_the_whole_page_and_some_for_the_whole_instruction() -> None:
    steps = [(3, actions.click(5), "Fill"), (3, actions.click(6), "then go")]
    asked = modular([demonstration(*steps)] * 400)
    programs = [one for one in asked if one.task.startswith("program.")]
    uncut = [one for one in programs if one.source.count("Link") == 40]
    unplanned = [one for one in programs if one.source.startswith(UNPLANNED)]
    assert 0.05 < len(unplanned) / len(programs) < 0.15 < len(uncut) / len(programs) < 0.25
    assert all(one in uncut for one in unplanned)
    assert {one.source.count("<did>") for one in unplanned if one.step == 1} == {1}
    assert {one.answers[0].count("click") for one in unplanned if one.step == 0} == {2}
    over = list(modular([demonstration((2, actions.done(), "Finish"))] * 100))
    assert {one.answers[0] for one in over if one.task.startswith("program.")} == {"done()"}


def test_pages_are_cut_only_where_a_program_names_elements() -> None:
    asked = modular([demonstration((0, actions.press("Enter"), "Confirm"))] * 40)
    pages = {one.source.partition("<page>")[2] for one in asked}
    assert len(pages) == 1 and pages.pop().count("⟨") == 4


def test_the_end_is_planned_and_an_answer_follows_from_the_whole_instruction() -> None:
    plan, program = modular([demonstration((2, actions.answer("42"), "Finish"))])
    assert plan.answers == ["Fill, then go<page>"]
    assert program.source.startswith("<task>write: Fill, then go<page>")
    assert program.answers == ['answer("42")']
    over = next(modular([demonstration((2, actions.done(), "Finish"))]))
    assert (over.task, over.answers) == ("plan.miniwob.a", ["done()<page>"])


def test_programs_are_told_of_wrong_actions_that_served_the_same_sub_instruction() -> None:
    seen = Observation(PAGES[0])
    wrong = Step(seen, Decision(actions.type(3, "Jo"), "Fill"))
    right = Decision(actions.type(2, "Jo"), "Fill")
    labelled = [
        (Context("miniwob.a", "Fill, then go.", seen), right),
        (Context("miniwob.a", "Fill, then go.", seen, (wrong,)), right),
    ]
    asked = [one for one in modular([labelled] * 20) if one.task.startswith("program.")]
    assert all("<did>type(" in one.source for one in asked if one.step == 1)
    assert all("<did>" not in one.source for one in asked if one.step == 0)


def test_programs_are_told_of_their_sub_instructions_steps_that_failed_and_are_left_out() -> None:
    went, fails, again = demonstration(
        (2, actions.click(7), "Fill"),
        (2, actions.click(9), "then go"),
        (2, actions.click(8), "then go"),
    )
    done = (again[0].history[0], replace(again[0].history[1], error="No element."))
    left = [went, (replace(again[0], history=done), again[1])]
    assert [program_from(left, first, 8).before for first in (0, 1)] == [0, 1]
    assert [program_from(left, first, 8).end for first in (0, 1)] == [1, 2]
    assert [one.answers for one in acting([left], 8)] == [["click(⟨0⟩)"], ["click(⟨1⟩)"]]
    assert [program_from([went, fails, again], first, 8).before for first in (1, 2)] == [1, 1]


def test_actions_that_a_teacher_would_have_taken_are_not_told_as_a_sequence() -> None:
    labelled = [(context, Decision(actions.click(1))) for context, _ in WHOLE]
    assert [len(one.answers) for one in acting([labelled], 8)] == [1, 1, 0, 0]
    assert [len(one.answers) for one in acting([WHOLE], 8)] == [2, 1, 2, 1]


def test_where_a_corrected_failure_began_is_marked() -> None:
    def corrected(*steps: tuple[Action, Action]) -> list[tuple[Context, Decision]]:
        """What was done at each step of an episode, and what a teacher would have done."""
        played = demonstration(*((0, done, "") for done, _ in steps))
        return [
            (context, Decision(would))
            for (context, _), (_, would) in zip(played, steps, strict=True)
        ]

    right, wrong = (actions.click(3), actions.click(3)), (actions.click(4), actions.click(3))
    failures = [corrected(right, wrong, wrong, right), corrected(right, right), corrected(wrong)]
    marked = [one.wrong for one in acting(failures, failed=True)]
    # Of what was done last nothing is kept: it is blamed only where all before was right.
    assert marked == [False, True, False, False, False, True, True]
    assert not any(one.wrong for one in acting(failures))
    planned = {(one.step, one.wrong) for one in modular([failures[0] * 9], failed=True)}
    assert (1, True) in planned and not {(0, True), (2, True)} & planned
    assert not any(one.wrong for one in modular(failures))
