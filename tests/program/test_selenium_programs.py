"""Programs in Selenium's Python, as a model would write them, unmodified."""

from __future__ import annotations

from test_next_action import FILLED, PAGE, run, sandbox

from webagent.program import Failed, Finished, MontySandbox
from webagent.types import Observation

__all__ = ["sandbox"]

WHOLE = """
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait, Select
from selenium.webdriver.support import expected_conditions as EC
from selenium.common.exceptions import (
    NoSuchElementException,
    TimeoutException as Late,
)
import time

driver = webdriver.Chrome()
field = driver.find_element(By.CSS_SELECTOR, '[data-ref="2"]')
field.clear()
field.send_keys("anna", Keys.ENTER)
time.sleep(5)
print(field.get_attribute("value"))
try:
    driver.find_element(By.ID, "nope")
except NoSuchElementException as error:
    print("none")
try:
    WebDriverWait(driver, 9).until(EC.presence_of_element_located((By.ID, "nope")))
except Late:
    print("late")
button = WebDriverWait(driver, 9).until(
    EC.element_to_be_clickable((By.XPATH, "//button[text()='Go']"))
)
button.click()
Select(driver.find_element(By.TAG_NAME, "select")).select_by_index(0)
driver.find_element(By.CSS_SELECTOR, "form input").submit()
driver.execute_script("window.scrollBy(0, 300)")
driver.quit()
"""


def test_a_whole_script(sandbox: MontySandbox):
    taken, outcome = run(sandbox, WHOLE, Observation(PAGE), Observation(FILLED))
    assert taken == [
        'type(2, "anna")',
        'press("Enter")',
        "click(4)",
        'select(5, "May")',
        "click(4)",
        "scroll(5, 300)",
    ]
    assert outcome == Finished("anna\nnone\nlate\n")


def test_keys_go_behind_what_a_field_holds(sandbox: MontySandbox):
    source = 'driver.find_element("css selector", "form input").send_keys("yz")'
    assert run(sandbox, source)[0] == ['type(3, "xyz")']
    source = """
from selenium.webdriver.common.keys import Keys
driver.find_element("css selector", "form input").send_keys(Keys.CONTROL, "a")
"""
    assert run(sandbox, source)[0] == ['press("Control+a")']


def test_a_clear_field_needs_no_clearing_and_a_full_one_does(sandbox: MontySandbox):
    assert run(sandbox, 'driver.find_element("id", "name").clear()')[0] == []
    source = 'driver.find_element("css selector", "form input").clear()'
    assert run(sandbox, source)[0] == ['type(3, "")']


def test_driver_by_and_keys_need_no_import(sandbox: MontySandbox):
    source = "driver.find_element(By.CSS_SELECTOR, '[data-ref=\"2\"]').send_keys(Keys.ENTER)"
    assert run(sandbox, source)[0] == ['press("Enter")']


def test_options_are_chosen_in_their_list(sandbox: MontySandbox):
    source = 'driver.find_elements("tag name", "option")[0].click()'
    assert run(sandbox, source)[0] == ['select(5, "May")']


def test_an_element_that_has_gone_is_stale(sandbox: MontySandbox):
    source = 'e = driver.find_element("id", "name")\ne.click()\ne.click()'
    gone = Observation(PAGE.replace('<input ref="2" id="name" type="text">', ""))
    assert run(sandbox, source, Observation(PAGE), gone)[0] == ["click(2)", "click(2)"]
    source = 'e = driver.find_element("id", "name")\ne.click()\nprint(e.text)'
    _, outcome = run(sandbox, source, Observation(PAGE), gone)
    assert isinstance(outcome, Failed) and "ref 2" in outcome.error


def test_other_javascript_and_hidden_names_are_out_of_reach(sandbox: MontySandbox):
    for source in (
        'driver.execute_script("return document.cookie")',
        "driver._replay",
        'driver.find_element("id", "name")._node',
        'driver.find_element("id", "name").__class__.__init__',
        'driver.find_element("xpath", "//*//*//*//*//*")',
        'driver.find_element("xpath", "descendant::*[count(following::*[count(//*) > 0]) > 0]")',
        'driver.find_element("css selector", "div:has(div:has(div:has(b)))")',
    ):
        assert isinstance(run(sandbox, source)[1], Failed), source


def test_what_there_is_is_said_where_something_is_not(sandbox: MontySandbox):
    imported = "from selenium.webdriver import ActionChains\n"
    for source, says in (
        ("driver.switch_to.frame(0)", "Driver has no switch_to here; it has find_element(),"),
        ("driver.forward()", "Driver has no forward here"),
        ('driver.find_element("id", "name").rect', "Element has no rect here; it has click(),"),
        (f"{imported}ActionChains(driver).double_click()", "ActionChains has no double_click here"),
        ('driver.execute_script("alert(1)")', "window.scrollTo(0, 400)"),
    ):
        _, outcome = run(sandbox, source)
        assert isinstance(outcome, Failed) and says in outcome.error, source


def test_refreshing_opens_the_address_again(sandbox: MontySandbox):
    seen = Observation(PAGE, "http://a.example/b")
    assert run(sandbox, "driver.refresh()", seen)[0] == ['goto("http://a.example/b")']


def test_what_a_password_field_holds_is_not_typed_again(sandbox: MontySandbox):
    page = Observation('<input ref="2" id="pw" type="password" value="••••••••">')
    field = 'driver.find_element("id", "pw")'
    _, outcome = run(sandbox, f'{field}.send_keys("more")', page)
    assert isinstance(outcome, Failed) and "clear() it first" in outcome.error


def test_lines_are_counted_as_python_does(sandbox: MontySandbox):
    source = 'from selenium.common.exceptions import TimeoutException\nname = "a\u2028b"\n' + (
        'driver.find_element("id", "name").send_keys(name)'
    )
    taken, _ = run(sandbox, source, Observation(PAGE))
    assert taken and "a" in taken[0]
