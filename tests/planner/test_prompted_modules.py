"""Planning and writing with a chat model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from webagent.errors import PolicyError
from webagent.llm.protocol import Conversation
from webagent.llm.scripted import ScriptedModel
from webagent.planner.plan import Plan, PlanRequest, WriteRequest
from webagent.planner.prompted import PromptedModules
from webagent.policies.protocol import decide
from webagent.types import Context, Observation, Step, Try

PAGE = '<p><label ref="1">Name</label><input ref="2"></p><button ref="3">Send</button>'
CONTEXT = Context("t", "Enter Jo, then send it.", Observation(PAGE, "http://a/"))
FAILED = Try("click(9)", "line 1: no ref 9", "send it")


class Replies:
    """Answers in turn, and keeps what it was asked."""

    def __init__(self, *replies: str) -> None:
        self.left = list(replies)
        self.asked: list[Conversation] = []

    def __call__(self, conversation: Conversation) -> str:
        self.asked.append(conversation)
        return self.left.pop(0)


def modules(replies: Replies, repairs: int = 1) -> PromptedModules:
    return PromptedModules(ScriptedModel(replies), repairs=repairs)


def test_a_plan_is_read_from_the_answer():
    replies = Replies('Sure:\n{"sub_instruction": "enter Jo", "refs": [1, 2]}')
    (plan,) = modules(replies).plan([PlanRequest(CONTEXT, ["log in"], [FAILED])])
    assert plan == Plan("enter Jo", [1, 2])
    told = replies.asked[0][-1].text
    for part in (CONTEXT.instruction, "- log in", "- send it: line 1: no ref 9", PAGE, "http://a/"):
        assert part in told


def test_what_was_done_is_told_with_what_failed_of_it():
    seen = CONTEXT.observation
    taken = (
        Step(seen, decide('type(2, "Jo")', "enter Jo", 'type(2, "Jo")')),
        Step(seen, decide("click(3)", "send it", "click(3)"), "It is\ncovered."),
    )
    context = replace(CONTEXT, history=taken)
    replies = Replies('{"done": true}', "click(1)", "click(3)")
    asked = modules(replies)
    asked.plan([PlanRequest(context, ["enter Jo", "send it"])])
    asked.write([WriteRequest(context), WriteRequest(CONTEXT)])
    planning, writing, fresh = (one[-1].text for one in replies.asked)
    served = '- enter Jo\n  type(2, "Jo")\n- send it\n  click(3)  # failed: It is covered.\n'
    assert served in planning
    done = '# Done for it so far:\n# type(2, "Jo")\n# click(3)  # failed: It is covered.\nPage:'
    assert done in writing
    assert "# Done for it so far: nothing\nPage:" in fresh


def test_a_plan_says_when_it_is_over():
    (plan,) = modules(Replies('{"done": true}')).plan([PlanRequest(CONTEXT)])
    assert plan.done


@pytest.mark.parametrize("bad", ["I don't know", '{"refs": [1]}', '{"sub_instruction": 3}', "{"])
def test_an_unreadable_plan_goes_back_once(bad: str):
    replies = Replies(bad, '{"sub_instruction": "enter Jo", "refs": []}')
    (plan,) = modules(replies).plan([PlanRequest(CONTEXT)])
    assert plan == Plan("enter Jo", [])
    assert [one.role for one in replies.asked[1]] == ["system", "user", "assistant", "user"]
    with pytest.raises(PolicyError, match="can't be read"):
        modules(Replies(bad, bad)).plan([PlanRequest(CONTEXT)])


def test_a_program_is_taken_out_of_its_fence():
    replies = Replies('Here:\n```python\ntype(2, "Jo")\n```', "click(3)")
    requests = [WriteRequest(CONTEXT), WriteRequest(CONTEXT, [FAILED])]
    assert modules(replies).write(requests) == ['type(2, "Jo")', "click(3)"]
    assert "tried" not in replies.asked[0][-1].text
    assert "click(9)\nIt failed: line 1: no ref 9" in replies.asked[1][-1].text
    assert "click(ref: int)" in replies.asked[0][0].text


def test_a_second_failure_is_told_too_even_if_it_is_the_first_again():
    replies = Replies("click(9)", "click(9)", "click(3)")
    tries = [FAILED, FAILED]
    asked = modules(replies)
    for count in range(3):
        asked.write([WriteRequest(CONTEXT, tries[:count])])
    told = [one[-1].text for one in replies.asked]
    assert [one.count("click(9)\nIt failed: line 1: no ref 9") for one in told] == [0, 1, 2]


def test_what_is_no_python_goes_back():
    replies = Replies("Click the button!", "click(3)")
    assert modules(replies).write([WriteRequest(CONTEXT)]) == ["click(3)"]
    assert "not a program" in replies.asked[1][-1].text
