"""The task of an instruction on a website, and what of its episodes may be kept."""

from __future__ import annotations

from webagent import actions
from webagent.browser.recorded import RecordedBrowser, Recording, state
from webagent.play import Job, play
from webagent.policies.protocol import decide
from webagent.tasks.live import LiveTask, conceal
from webagent.tasks.protocol import Secret
from webagent.types import Decision, Ending, Episode, Observation, Step, Try, Verdict

URL = "http://shop.test/"
FORM = '<input ref="1" type="text" name="u"><input ref="2" id="p" type="password" name="p">'


class Says:
    def __init__(self, text: str) -> None:
        self._text = text

    def act(self, contexts):
        return [decide(self._text) for _ in contexts]


def episode(says: str, probe, limit: int = 2) -> Episode:
    recording = Recording({"a": state("<p>x</p>", moves={says: "b"}), "b": state("", probe=probe)})
    task = LiveTask("Buy it", URL, step_limit=limit)
    [played] = play([Job(task, 0)], Says(says), RecordedBrowser({URL: recording, "": recording}))
    return played


def test_what_the_policy_ends_with_is_the_verdict():
    answered = episode('answer("42")', {"action": "answer", "text": "42"})
    assert answered.ending is Ending.SUCCESS
    assert answered.verdict.facts == {"answer": "42"} and answered.verdict.instruction == "Buy it"
    assert episode("done()", {"action": "done"}).verdict.facts == {}
    assert episode("click(1)", None).ending is Ending.STEP_LIMIT


def test_the_start_carries_the_limits():
    secret = Secret("long enough")
    task = LiveTask("x", URL, allow=("cdn.test",), strict=True, secrets={"A": secret}, confirm=True)
    start = task.start(0)
    assert start.live and start.strict and start.confirm and start.url == URL
    assert start.allow == ("cdn.test",) and start.secrets == {"A": secret}
    assert task.id == "live.shop.test" and "long enough" not in repr(task)


def test_typed_passwords_are_not_kept():
    page = Observation(FORM, error="hunter22 is wrong")
    steps = (
        Step(page, Decision(actions.type(1, "anna"), "as anna")),
        Step(
            page,
            Decision(
                actions.type(2, "hunter22"),
                "hunter22!",
                "type(2, 'hunter22')",
                tries=(Try("type(9, 'hunter22')", "no hunter22", "say hunter22"),),
            ),
        ),
        Step(Observation("<p>hunter22</p>"), Decision(actions.answer("hunter22")), "no hunter22"),
    )
    verdict = Verdict("log in with hunter22", facts={"answer": "hunter22"})
    kept = conceal(Episode("t", 0, Ending.SUCCESS, verdict, steps, None, 1.0))
    actions_kept = [str(step.decision.action) for step in kept.steps]
    assert actions_kept[:2] == ['type(1, "anna")', 'type(2, "••••••••")']
    assert "hunter22" not in repr(kept.steps[1:2]).replace("hunter22 is wrong", "")
    assert "hunter22" not in repr((kept.steps[2], kept.verdict))


def test_short_and_named_passwords():
    page = Observation(FORM)
    steps = (
        Step(page, Decision(actions.type(2, "abc"))),
        Step(page, Decision(actions.type(2, "{{PW}}"))),
        Step(page, Decision(actions.type(2, "{{1A}}"))),  # no name, so it is the password
    )
    kept = conceal(Episode("t", 0, Ending.SUCCESS, Verdict("abc"), steps, None, 1.0))
    typed = [step.decision.action.args[1] for step in kept.steps]
    assert typed == ["••••••••", "{{PW}}", "••••••••"]
    assert kept.verdict.instruction == "abc"
