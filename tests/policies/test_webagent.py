"""The closed loop: plan, cut, write, run, plan again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from webagent.planner.plan import Plan, PlanRequest, WholeInstruction, WriteRequest
from webagent.policies.webagent import WebAgentPolicy
from webagent.program import MontySandbox
from webagent.types import Context, Decision, Observation, Step, Try

PAGE = (
    '<div id="area"><p><label ref="1">Name</label><input ref="2"></p>'
    '<p><button ref="3">Send</button></p><a ref="4">More</a>' + "<i>-</i>" * 200 + "</div>"
)
PLANS = (Plan("enter the name", [2]), Plan("send it", [3]), Plan("", done=True))
PROGRAMS = {"enter the name": 'type(2, "Jo")\npress("Tab")', "send it": "click(3)"}


class Script:
    """Plans in turn and programs by sub-instruction; remembers what it was asked."""

    def __init__(self, plans: Sequence[Plan] = PLANS, programs: dict[str, str] | None = None):
        self.plans, self.programs = plans, programs or PROGRAMS
        self.planned: list[PlanRequest] = []
        self.written: list[WriteRequest] = []

    def plan(self, requests: Sequence[PlanRequest]) -> list[Plan]:
        self.planned += requests
        return [self.plans[len(set(one.said))] for one in requests]

    def write(self, requests: Sequence[WriteRequest]) -> list[str]:
        self.written += requests
        return [self.programs[one.context.instruction] for one in requests]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[MontySandbox]:
    made = MontySandbox()
    yield made
    made.close()


def episode(policy: WebAgentPolicy, errors: Sequence[str | None] = ()) -> list[Decision]:
    """Decisions up to done(), on a page that stays the same; `errors` come with the steps."""
    history: tuple[Step, ...] = ()
    error: str | None = None
    for number in range(20):
        seen = Observation(PAGE, error=error)
        (decision,) = policy.act([Context("t", "Enter Jo, then send it.", seen, history)])
        error = errors[number] if number < len(errors) else None
        history += (Step(seen, decision, error),)
        if decision.action.name == "done":
            break
    return [step.decision for step in history]


def test_each_sub_instruction_gets_a_program_and_each_call_is_a_step(sandbox: MontySandbox):
    script = Script()
    taken = episode(WebAgentPolicy(script, script, sandbox))
    assert [str(one.action) for one in taken] == [
        'type(2, "Jo")', 'press("Tab")', "click(3)", "done()",
    ]  # fmt: skip
    assert [one.note for one in taken] == [
        "enter the name", "enter the name", "send it", "",
    ]  # fmt: skip
    assert [bool(one.program) for one in taken] == [True, False, True, False]
    assert [list(one.said) for one in script.planned] == [
        [], ["enter the name"], ["enter the name", "send it"],
    ]  # fmt: skip


def test_what_is_left_of_a_program_is_written_anew_after_so_many_calls(sandbox: MontySandbox):
    class Watching(Script):
        def plan(self, requests: Sequence[PlanRequest]) -> list[Plan]:
            self.planned += requests
            return [PLANS[min(len(one.context.history) // 2, 2)] for one in requests]

        def write(self, requests: Sequence[WriteRequest]) -> list[str]:
            lines = super().write(requests)[0].splitlines()
            return ["\n".join(lines[len(requests[0].context.history) :]) or "press('Enter')"]

    script = Watching()
    taken = episode(WebAgentPolicy(script, script, sandbox, calls=1))
    assert [str(one.action) for one in taken] == [
        'type(2, "Jo")', 'press("Tab")', "click(3)", 'press("Enter")', "done()",
    ]  # fmt: skip
    assert all(one.program for one in taken[:-1])
    assert [one.context.instruction for one in script.written] == [
        "enter the name", "enter the name", "send it", "send it",
    ]  # fmt: skip
    whole = Watching()
    assert len(episode(WebAgentPolicy(whole, whole, sandbox, calls=2))) == len(taken)
    assert len(whole.written) == 3


def test_programmers_see_the_snippet_that_the_plan_names(sandbox: MontySandbox):
    script = Script()
    taken = episode(WebAgentPolicy(script, script, sandbox))
    assert [one.context.observation.html for one in script.written] == [
        '<p><label ref="1">Name</label><input ref="2"></p>',
        '<p><button ref="3">Send</button></p>',
    ]
    assert [one.refs for one in taken] == [(2,), (), (3,), ()]
    lost = Script([Plan("enter the name", [99]), *PLANS[1:]])
    for script, snippets in ((Script(), False), (lost, True)):
        taken = episode(WebAgentPolicy(script, script, sandbox, snippets=snippets))
        assert script.written[0].context.observation.html == PAGE
        assert taken[0].refs == ()


def test_the_error_of_a_program_goes_back_and_repairs_are_bounded(sandbox: MontySandbox):
    script = Script(programs={"enter the name": "text(99)"})
    taken = episode(WebAgentPolicy(script, script, sandbox, repairs=2))
    assert [str(one.action) for one in taken] == ["done()"]
    assert "No element of the page has ref 99" in taken[0].note
    failed = Try(
        "text(99)", "line 1: LookupError: No element of the page has ref 99.", PLANS[0].instruction
    )
    assert [list(one.tries) for one in script.planned] == [[], [failed], [failed] * 2]
    assert [list(one.tries) for one in script.written] == [[], [failed], [failed] * 2]
    assert taken[0].tries == (failed,) * 3


def test_a_program_that_fails_on_the_way_is_planned_anew(sandbox: MontySandbox):
    script = Script()
    taken = episode(WebAgentPolicy(script, script, sandbox), ["It is covered."])
    assert [str(one.action) for one in taken][:2] == ['type(2, "Jo")', "click(3)"]
    assert [one.program for one in script.planned[1].tries] == [PROGRAMS["enter the name"]]
    assert "It is covered." in script.planned[1].tries[0].error


def test_what_failed_before_a_program_began_counts_when_it_fails_too(sandbox: MontySandbox):
    class Learning(Script):
        def write(self, requests: Sequence[WriteRequest]) -> list[str]:
            self.written += requests
            known = {0: "text(99)", 1: 'type(2, "Jo")'}
            return [known.get(len(one.tries), "click(3)") for one in requests]

    script = Learning([PLANS[0]] * 9)
    first, second, *_ = episode(WebAgentPolicy(script, script, sandbox, repairs=2), ["Covered."])
    assert [one.program for one in first.tries] == ["text(99)"]
    assert (first.program, second.program, second.tries) == ('type(2, "Jo")', "click(3)", ())
    assert [one.program for one in script.written[2].tries] == ["text(99)", 'type(2, "Jo")']
    strict = Learning([PLANS[0]] * 9)
    taken = episode(WebAgentPolicy(strict, strict, sandbox, repairs=1), ["Covered."])
    assert taken[1].gave_up and "Covered" in taken[1].note


def test_an_agent_whose_actions_never_work_gives_up(sandbox: MontySandbox):
    script = Script([PLANS[0]] * 9)
    taken = episode(WebAgentPolicy(script, script, sandbox, repairs=2), ["Covered."] * 20)
    assert [str(one.action) for one in taken] == ['type(2, "Jo")'] * 3 + ["done()"]


def test_a_program_without_actions_has_failed(sandbox: MontySandbox):
    script = Script(programs={"enter the name": "x = 1"})
    taken = episode(WebAgentPolicy(script, script, sandbox))
    assert "without an action" in taken[-1].note


def test_contexts_are_decided_together_and_each_on_its_own(sandbox: MontySandbox):
    script = Script()
    policy = WebAgentPolicy(script, script, sandbox)
    fresh = Context("t", "Enter Jo, then send it.", Observation(PAGE))
    (first,) = policy.act([fresh])
    begun = Context("t", fresh.instruction, Observation(PAGE), (Step(fresh.observation, first),))
    both = policy.act([begun, fresh])
    assert [str(one.action) for one in both] == ['press("Tab")', 'type(2, "Jo")']


def test_without_a_planner_the_whole_instruction_is_written_for(sandbox: MontySandbox):
    script = Script(programs={"Enter Jo, then send it": 'type(2, "Jo")\nclick(3)'})
    taken = episode(WebAgentPolicy(WholeInstruction(), script, sandbox))
    assert [str(one.action) for one in taken][:2] == ['type(2, "Jo")', "click(3)"]
    assert script.written[0].context.observation.html == PAGE
