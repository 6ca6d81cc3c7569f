"""`ActionChains` in programs."""

from __future__ import annotations

import pytest
from test_next_action import PAGE, run, sandbox

from webagent.program import Failed, MontySandbox
from webagent.types import Box, Observation

__all__ = ["sandbox"]

HEAD = """
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
name, other = driver.find_elements(By.TAG_NAME, "input")
button = driver.find_element(By.TAG_NAME, "button")
chain = ActionChains(driver)
"""
FOCUSED = PAGE.replace('<input ref="3"', '<input ref="3" focused')


@pytest.mark.parametrize(
    ("calls", "actions"),
    [
        ("chain.click(button)", []),
        ("chain.click(button).perform()", ["click(4)"]),
        ("chain.move_to_element(name).perform()", ["hover(2)"]),
        ("chain.move_to_element(button).click().perform()", ["click(4)"]),
        ("chain.move_to_element(button).pause(1).click().perform()", ["click(4)"]),
        (
            "chain.move_to_element(name).move_to_element(button).click().perform()",
            ["hover(2)", "click(4)"],
        ),
        ("chain.move_to_element(name).click(button).perform()", ["hover(2)", "click(4)"]),
        ("chain.drag_and_drop(name, button).perform()", ["drag(2, 4)"]),
        ("chain.click_and_hold(name).move_to_element(button).release().perform()", ["drag(2, 4)"]),
        ("chain.drag_and_drop_by_offset(button, 30, 0).perform()", ["drag_at(50, 15, 80, 15)"]),
        ("chain.send_keys(Keys.TAB).perform()", ['press("Tab")']),
        ("chain.send_keys_to_element(other, 'y').perform()", ['type(3, "xy")']),
        (
            "chain.key_down(Keys.CONTROL).send_keys('a').key_up(Keys.CONTROL)"
            ".send_keys(Keys.DELETE).perform()",
            ['press("Control+a")', 'press("Delete")'],
        ),
        ("chain.scroll_to_element(button).scroll_by_amount(0, 90).perform()", ["scroll(5, 90)"]),
        ("chain.click(button).perform(); chain.click(name).perform()", ["click(4)", "click(2)"]),
        ("chain.click(button).reset_actions(); chain.click(name).perform()", ["click(2)"]),
    ],
)
def test_chains_are_our_actions(sandbox: MontySandbox, calls: str, actions: list[str]):
    seen = Observation(PAGE, boxes={4: Box(40, 10, 20, 10)})
    taken, outcome = run(sandbox, HEAD + calls, seen)
    assert (taken, isinstance(outcome, Failed)) == (actions, False), outcome


def test_keys_go_to_the_field_that_has_the_focus_then(sandbox: MontySandbox):
    calls = "chain.click(other).send_keys('y').perform()"
    taken, _ = run(sandbox, HEAD + calls, Observation(PAGE), Observation(FOCUSED))
    assert taken == ["click(3)", 'type(3, "xy")']
    _, outcome = run(sandbox, HEAD + calls)
    assert isinstance(outcome, Failed) and "click one first" in outcome.error


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        ("chain.click().perform()", "move_to_element(element) first"),
        ("chain.release(button)", "Nothing is held"),
        ("chain.key_down(Keys.ENTER)", "Only Control, Shift, Alt and Meta"),
        ("chain.key_down(Keys.SHIFT).click(button)", "A click with a key held"),
        ("chain.drag_and_drop_by_offset(name, 3, 0).perform()", "use drag_and_drop"),
        ("chain.context_click(button)", "it has click(), click_and_hold(), drag_and_drop()"),
    ],
)
def test_what_chains_cannot_do_is_said(sandbox: MontySandbox, calls: str, says: str):
    _, outcome = run(sandbox, HEAD + calls)
    assert isinstance(outcome, Failed) and says in outcome.error
