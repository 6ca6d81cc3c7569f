"""RCI, AdaPlanner and Synapse: what they ask, in which order, and what they make of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from webagent.actions import parse
from webagent.errors import PolicyError
from webagent.llm.protocol import Conversation, user
from webagent.llm.scripted import Replier, ScriptedModel, script
from webagent.policies.prompted.adaplanner import AdaPlannerPolicy
from webagent.policies.prompted.exemplars import Exemplar, Moment
from webagent.policies.prompted.memory import Memory
from webagent.policies.prompted.rci import RciPolicy
from webagent.policies.prompted.rules import reply_by_rules
from webagent.policies.prompted.synapse import SynapsePolicy
from webagent.policies.prompted.talk import think
from webagent.types import Context, Decision, Observation, Step

PAGE = '<div><input ref="1" type="text"><button ref="2">Go</button><a ref="3">More</a></div>'
SHOWN = Exemplar(
    "miniwob.click-link",
    1_000_000,
    "Press More.",
    (Moment('<a ref="8">More</a>', "click(8)"), Moment('<a ref="9">End</a>', "click(9)")),
)


class Listening(ScriptedModel):
    """Keeps what it was asked, batch by batch."""

    def __init__(self, replier: Replier) -> None:
        super().__init__(replier)
        self.batches: list[Sequence[Conversation]] = []

    def chat(self, conversations):
        self.batches.append(conversations)
        return super().chat(conversations)

    @property
    def asked(self) -> list[str]:
        return [one[-1].text for batch in self.batches for one in batch]


def memory(*exemplars: Exemplar) -> Memory:
    return Memory(exemplars, "nearest", 2, None)


def context(*steps: Step, html: str = PAGE, instruction: str = "Do it.") -> Context:
    return Context("toy.task", instruction, Observation(html), steps)


def step(action: str, note: str = "", program: str = "", error: str | None = None) -> Step:
    return Step(Observation(PAGE), Decision(parse(action), note, program), error)


def play(policy, context: Context, html: str = PAGE, error: str | None = None) -> Context:
    """Decide once; the context that follows."""
    [decision] = policy.act([context])
    taken = Step(context.observation, decision, error)
    seen = Observation(html, error=error)
    return Context(context.task, context.instruction, seen, (*context.history, taken))


# Thoughts


def test_what_thoughts_ask_in_a_round_is_one_batch():
    def thought(turns: int):
        for number in range(turns):
            yield (user(f"{turns} {number}"),)
        return Decision(parse(f"click({turns})"))

    model = Listening(lambda conversation: "ok")
    decisions = think(model, [thought(2), thought(0), thought(1)])
    assert [one.action.ref for one in decisions] == [2, 0, 1]
    assert [[one[0].text for one in batch] for batch in model.batches] == [["2 0", "1 0"], ["2 1"]]


def test_a_conversation_that_fails_is_raised_when_the_others_have_ended():
    ended: list[str] = []

    def thought(word: str):
        yield (user(word),)
        yield (user("ok"),)
        ended.append(word)
        return Decision(parse("done()"))

    model = ScriptedModel(script([("ok", "yes")]))
    with pytest.raises(PolicyError, match="no rule for 'bad'"):
        think(model, [thought("bad"), thought("ok")])
    assert ended == ["ok"]


# RCI

RCI = script(
    [
        ("Write a plan", "1. press Go"),
        ("Review your plan", "It is too short."),
        ("write the whole plan again", "1. press Go\n2. press More"),
        ("According to the plan", "Press Go."),
        ("Look at the page", "It is element 2."),
        ("exactly one action of the list", "The action is `click(2)`."),
    ]
)


def test_rci_plans_criticises_improves_and_grounds_in_three_steps():
    model = Listening(RCI)
    [decision] = RciPolicy(model, memory(SHOWN)).act([context()])
    assert str(decision.action) == "click(2)"
    assert decision.note == "Plan:\n1. press Go\n2. press More"
    words = ("Write a plan", "Review", "whole plan again", "According to", "Look at", "exactly one")
    assert len(model.asked) == len(words)
    assert all(word in asked for word, asked in zip(words, model.asked, strict=True))
    assert "1. click(8)  # a More" in model.asked[0]
    last = model.batches[-1][0]
    assert [one.text for one in last if one.role == "assistant"] == [
        "Press Go.",
        "It is element 2.",
    ]


def test_rci_keeps_its_plan_in_the_first_note():
    model = Listening(RCI)
    policy = RciPolicy(model, memory())
    later = play(policy, context(), error="Nothing there.")
    model.batches.clear()
    [decision] = policy.act([later])
    assert decision.note == "Press Go."
    assert len(model.asked) == 3
    assert "Plan:\n1. press Go\n2. press More" in model.asked[0]
    assert "Done so far:\nclick(2)  # failed: Nothing there." in model.asked[0]


def test_rci_criticises_as_often_as_asked():
    for rounds in (0, 3):
        model = Listening(RCI)
        RciPolicy(model, memory(), rounds=rounds).act([context()])
        assert sum("Review" in one for one in model.asked) == rounds


def test_rci_asks_all_contexts_together():
    model = Listening(RCI)
    policy = RciPolicy(model, memory())
    policy.act([context(), context(step("click(2)", "Plan:\n1. a"))])
    assert [len(batch) for batch in model.batches] == [2, 2, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("wrong", "told"), [("click(77)", "has the ref 77"), ("press the button", "Not a call")]
)
@pytest.mark.parametrize("agent", [RciPolicy, SynapsePolicy])
def test_an_action_that_cannot_be_done_goes_back_once(agent, wrong, told):
    repair = [("This can't be done.*" + told, "click(3)")]
    rules = [("According to|Look at|plan", "Go."), ("exactly one action of|^Instruction", wrong)]
    model = Listening(script([*repair, *rules]))
    assert str(agent(model, memory()).act([context()])[0].action) == "click(3)"
    again = Listening(script([("This can't be done", wrong), *rules]))
    decision = agent(again, memory()).act([context()])[0]
    assert decision.action.ref == (77 if "77" in wrong else None)
    assert sum("This can't be done" in one for one in again.asked) == 1


# Synapse


def test_synapse_continues_trajectories():
    model = Listening(lambda conversation: "click(3)")
    policy = SynapsePolicy(model, memory(SHOWN))
    later = play(policy, context(), html='<a ref="3">Again</a>', error="Missed.")
    policy.act([later])
    said = [(one.role, one.text) for one in model.batches[-1][0][1:]]
    assert said == [
        ("user", 'Instruction: Press More.\nPage:\n<a ref="8">More</a>'),
        ("assistant", "click(8)"),
        ("user", 'Page:\n<a ref="9">End</a>'),
        ("assistant", "click(9)"),
        ("user", f"Instruction: Do it.\nPage:\n{PAGE}"),
        ("assistant", "click(3)"),
        ("user", 'That failed: Missed.\nPage:\n<a ref="3">Again</a>'),
    ]


def test_synapse_cuts_long_pages_to_what_matters():
    long = f'<div>{PAGE}<p ref="4">{"much text " * 30}</p></div>'
    model = Listening(script([("Which refs matter", "2 and 3"), ("^Instruction", "click(3)")]))
    policy = SynapsePolicy(model, memory(SHOWN), longest=200)
    later = play(policy, context(html=long))
    rules, question = model.batches[0][0]
    assert 'ref="8">More</a>\n\nWhich refs matter?\n8' in rules.text
    assert long in question.text
    assert "much text" not in model.asked[1]
    assert '<button ref="2">Go</button>' in model.asked[1]
    assert later.history[0].decision.note == "Kept of the page: 2, 3"
    model = Listening(lambda conversation: "click(2)")
    SynapsePolicy(model, memory(), longest=200).act([later])
    assert "much text" not in "".join(one.text for one in model.batches[0][0])


def test_a_page_of_which_nothing_is_kept_is_shown_whole():
    long = f'<div><p ref="4">{"much text " * 30}</p></div>'
    model = Listening(script([("Which refs", "none"), ("^Instruction", "click(4)")]))
    SynapsePolicy(model, memory(), longest=200).act([context(html=long)])
    assert "much text" in model.asked[-1]


# AdaPlanner


@pytest.fixture(scope="module")
def sandbox():
    pytest.importorskip("pydantic_monty")
    from webagent.program import MontySandbox

    opened = MontySandbox()
    yield opened
    opened.close()


def planner(sandbox, model, **options) -> AdaPlannerPolicy:
    return AdaPlannerPolicy(model, memory(SHOWN), sandbox, **options)


def test_adaplanner_writes_one_program_and_runs_it_step_by_step(sandbox):
    program = 'type(find("input")[0], "a")\nassert value(1) == "a"\nclick(2)'
    model = Listening(lambda conversation: f"Here it is:\n```python\n{program}\n```\nGood luck.")
    policy = planner(sandbox, model)
    later = play(policy, context(), html=PAGE.replace("text", 'text" value="a'))
    policy.act([later])
    [first] = [step.decision for step in later.history]
    assert (str(first.action), first.program) == ('type(1, "a")', program)
    assert policy.act([later])[0] == Decision(parse("click(2)"))
    assert len(model.asked) == 1
    assert 'text(one) == "More"' in model.asked[0]


def test_a_failed_assertion_goes_back_and_the_rest_is_planned_anew(sandbox):
    first = 'type(1, "a")\nassert value(1) == "a", "the field holds " + value(1)\nclick(2)'
    model = Listening(script([("This program was run", "click(3)"), ("Write the", first)]))
    policy = planner(sandbox, model)
    later = play(policy, context(), html=PAGE.replace("text", 'text" value="b'))
    [decision] = policy.act([later])
    assert (str(decision.action), decision.program) == ("click(3)", "click(3)")
    told = model.asked[-1]
    assert "the field holds b" in told
    assert first in told
    assert 'Done so far:\ntype(1, "a")' in told
    assert 'value="b"' in told


def test_a_failed_action_and_an_end_that_came_too_early_go_back_too(sandbox):
    model = Listening(script([("This program was run", "click(3)"), ("Write the", "click(2)")]))
    policy = planner(sandbox, model)
    policy.act([play(policy, context(), error="It is covered.")])
    assert "It is covered." in model.asked[-1]
    policy.act([play(policy, context())])
    assert "came to its end, but" in model.asked[-1]


def test_a_program_that_is_none_is_written_again(sandbox):
    model = Listening(script([("not Python", "click(2)"), ("Write", "click(")]))
    [decision] = planner(sandbox, model).act([context()])
    assert decision.program == "click(2)"


def test_a_program_can_ask_about_the_page_it_has_reached(sandbox):
    program = 'click(2)\nword = ask("Which word?")\ntype(1, word)\ntype(1, ask("Which word?"))'
    answers = iter(["red\nfox", "sea", "never"])

    def reply(conversation: Conversation) -> str:
        asked = conversation[-1].text
        return next(answers) if "Question: Which word?" in asked else program

    model = Listening(reply)
    policy = planner(sandbox, model)
    first = play(policy, context(), html=PAGE.replace("Go", "red fox"))
    second = play(policy, first)
    third = play(policy, second)
    assert [str(one.decision.action) for one in third.history] == [
        "click(2)",
        'type(1, "red fox")',
        'type(1, "sea")',
    ]
    assert third.history[1].decision.note == "Asked: Which word?\nAnswered: red fox"
    assert "red fox</button>" in model.asked[1]
    assert len(model.asked) == 3


def test_adaplanner_gives_up_after_so_many_programs(sandbox):
    model = Listening(lambda conversation: "assert False, 'never'")
    [decision] = planner(sandbox, model, refinements=2).act([context()])
    assert str(decision.action) == "done()"
    assert "never" in decision.note
    assert len(model.asked) == 3
    spent = context(*[step("click(2)", program="click(2)")] * 3)
    [decision] = planner(sandbox, model, refinements=2).act([spent])
    assert str(decision.action) == "done()"
    assert len(model.asked) == 3


def test_a_program_without_actions_says_that_all_is_done(sandbox):
    [decision] = planner(sandbox, ScriptedModel(lambda conversation: "pass")).act([context()])
    assert str(decision.action) == "done()"


def test_a_program_that_asks_without_end_is_stopped(sandbox):
    endless = "while True:\n    ask('again?')"
    model = Listening(lambda c: "yes" if "Question" in c[-1].text else endless)
    [decision] = planner(sandbox, model, refinements=1).act([context()])
    assert "too many questions" in decision.note


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        ("click(3)", "click(3)"),
        ("I take `click(2)` first, so click(3) (the link).", "click(3)"),
        ('```python\ntype(1, "a) \\"b\\"")\n```', 'type(1, "a) \\"b\\"")'),
        ("First click(2).\nThen, click(3), or rightclick(1)", "click(3)"),
        ("<think>click(3)?\nNo.</think>click(2)", "click(2)"),
        ('press("Enter") # or click()', 'press("Enter")'),
    ],
)
def test_actions_are_found_in_what_a_model_says(reply, action):
    policy = SynapsePolicy(ScriptedModel(lambda conversation: reply), memory())
    assert str(policy.act([context()])[0].action) == action


# The rules


@pytest.mark.parametrize("agent", [RciPolicy, SynapsePolicy])
def test_the_rules_follow_an_instruction_to_its_end(agent):
    policy = agent(ScriptedModel(reply_by_rules), memory(SHOWN))
    now = context(instruction='Enter "x" into the text field, then click on "More".')
    for _ in range(3):
        now = play(policy, now)
    actions = [str(one.decision.action) for one in now.history]
    assert actions == ['type(1, "x")', "click(3)", "done()"]
