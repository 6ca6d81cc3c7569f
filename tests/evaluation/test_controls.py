"""Negative controls: made from what an expert did, wrong by what the page showed."""

import pytest

from webagent import actions
from webagent.actions import click, done, hover, select
from webagent.evaluation.controls import controls_of, recorded_controls
from webagent.play import Job, play
from webagent.tasks.suites import load_expert, load_task
from webagent.types import Box, Context, Decision, Ending, Episode, Observation, Step, Verdict

INBOX = """<div id="area">
<div class="mail"><b ref="1">Ada</b><span ref="2" class="star"></span></div>
<div class="mail"><b ref="3">Ada</b><span ref="4" class="star"></span></div>
<div class="mail"><b ref="5">Eve</b><span ref="6" class="star"></span></div></div>"""
FORM = """<div id="area"><input ref="1" type="{kind}"><select ref="2" id="s">
<option>May</option><option>June</option></select><button ref="3">Send</button></div>"""
ALONE = '<div id="area"><button ref="1">Send</button></div>'


def solved(instruction, html, *actions, boxes=None):
    page = Observation(html, boxes=boxes or {})
    steps = tuple(Step(page, Decision(one)) for one in actions)
    verdict = Verdict(instruction, True, 1.0, True)
    return Episode("toy", 0, Ending.SUCCESS, verdict, steps, page, 0.1)


def actions_of(control, html):
    """What a control does on a page that stays as it is."""
    done_so_far = ()
    while True:
        page = Observation(html)
        [decision] = control.policy.act([Context("toy", "", page, done_so_far)])
        if decision.action == done():
            return [step.decision.action for step in done_so_far]
        done_so_far += (Step(page, decision),)


def ways(episode):
    """(kind, how) -> actions, of controls of different ways."""
    html = episode.steps[0].observation.html
    return {
        (one.kind, one.part, one.how): actions_of(one, html) for one in recorded_controls(episode)
    }


def test_a_step_is_left_out_or_done_elsewhere_or_too_early():
    html = FORM.format(kind="text")
    found = ways(solved("Say hi.", html, actions.type(1, "hi"), select(2, "June"), click(3)))
    beside = found["wrong", "3 click", "beside all elements"][2]
    assert beside.name == "click_at"
    assert found == {
        ("skip", "1 type", "left out"): [select(2, "June"), click(3)],
        ("wrong", "1 type", "another text"): [actions.type(1, "xhi"), select(2, "June"), click(3)],
        ("skip", "2 select", "left out"): [actions.type(1, "hi"), click(3)],
        ("wrong", "2 select", "another option"): [
            actions.type(1, "hi"), select(2, "May"), click(3),
        ],
        ("skip", "3 click", "left out"): [actions.type(1, "hi"), select(2, "June")],
        ("wrong", "3 click", "beside all elements"): [
            actions.type(1, "hi"), select(2, "June"), beside,
        ],
        ("order", "3 click", "before the step before it"): [
            actions.type(1, "hi"), click(3), select(2, "June"),
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "other"),
    [
        ("text", "ab", "xab"),
        ("number", "10", "11"),
        ("number", "7", "6"),
        ("time", "21:37", "21:36"),
    ],
)
def test_another_text_is_one_that_the_field_takes(kind, text, other):
    found = ways(solved("Go.", FORM.format(kind=kind), actions.type(1, text)))
    assert found["wrong", "1 type", "another text"] == [actions.type(1, other)]


def test_another_element_is_not_one_that_the_instruction_means_too():
    found = ways(solved("Star the mail of Ada.", INBOX, click(2)))
    assert found["wrong", "1 click", "another element"] == [click(6)]


def test_another_element_is_none_that_the_expert_also_clicks():
    found = ways(solved("Star all mail.", INBOX, click(2), click(4), click(6)))
    assert ("wrong", "1 click", "another element") not in found


def test_another_element_does_not_lie_at_the_same_place():
    boxes = {2: Box(0, 0, 40, 40), 4: Box(10, 10, 4, 4), 6: Box(10, 50, 4, 4)}
    found = ways(solved("Star one.", INBOX, click(2), boxes=boxes))
    assert found["wrong", "1 click", "another element"] == [click(6)]


def test_hovering_goes_where_the_other_click_goes():
    found = ways(solved("Star the mail of Ada.", INBOX, hover(2), click(2)))
    assert found["wrong", "2 click", "another element"] == [hover(6), click(6)]
    assert not any(part == "1 hover" for _, part, _ in found)


def test_equal_steps_in_a_row_are_one_part():
    found = ways(solved("Press three times.", ALONE, click(1), click(1), click(1)))
    assert [part for kind, part, _ in found if kind == "skip"] == ["1 click"]
    assert found["skip", "1 click", "left out"] == [click(1), click(1)]


def test_elements_are_found_again_when_the_page_numbers_them_anew():
    episode = solved("Star the mail of Eve.", INBOX, click(5), click(6))
    [control] = [one for one in recorded_controls(episode) if one.how == "left out"][:1]
    renumbered = INBOX.replace('ref="6"', 'ref="60"')
    assert actions_of(control, renumbered) == [click(60)]


def played(browser, name, seed=0):
    task = load_task(name)
    [episode] = play([Job(task, seed)], load_expert(name), browser)
    controls = controls_of(task, episode)
    endings = {}
    for one in controls:
        if one.policy:
            [ended] = play([Job(task, seed)], one.policy, browser)
            endings[one.kind, one.part, one.how] = ended
    return controls, endings


def test_each_part_of_a_composition_has_controls_and_all_fail(browser):
    controls, ended = played(browser, "compwob-reverse.click-option_login-user-transition")
    names = {"1 click-option", "2 login-user"}
    assert {one.part for one in controls if one.kind == "skip"} == names
    assert {one.part for one in controls if one.kind == "wrong"} == names
    assert not any(one.success for one in ended.values())
    assert ended["wrong", "2 login-user", "another password"].verdict.facts["parts"][0]["right"]
    [hidden] = [one for one in controls if one.policy is None and one.how.startswith("before")]
    assert "shows it only when" in hidden.reason


def test_the_order_is_broken_in_deed(browser):
    _, ended = played(browser, "compwob.click-link_enter-text")
    order = {how: one for (kind, _, how), one in ended.items() if kind == "order"}
    assert not order["before the part before it"].success
    early = order["begun before the part before it"]
    assert early.success
    assert early.verdict.facts["ordered"] is False


@pytest.mark.parametrize(
    "name", ["click-shape", "guess-number", "tic-tac-toe", "click-collapsible-2"]
)
def test_pages_that_are_searched_have_controls_of_their_own(browser, name):
    controls, ended = played(browser, f"miniwob.{name}", 1)
    assert {one.kind for one in controls} >= {"skip", "wrong"}
    assert not any(one.success for one in ended.values())
