"""Selenium's usual scrolling in programs, as actions and on a page in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from test_next_action import PAGE, run, sandbox

from tests.conftest import PAGES
from webagent.browser.protocol import Mode, Page
from webagent.browser.session import Session, open_browser
from webagent.program import Act, Failed, Finished, MontySandbox, next_action
from webagent.tasks.protocol import Start
from webagent.types import Box, Observation

__all__ = ["sandbox"]

TOP = {1: Box(0, 20, 100, 30), 5: Box(0, 2000, 100, 30)}
DOWN = {1: Box(0, -380, 100, 30), 5: Box(0, 1600, 100, 30)}


def script(source: str, *args: str) -> str:
    given = "".join(f", {one}" for one in args)
    return f"driver.execute_script({source!r}{given})"


@pytest.mark.parametrize(
    ("source", "actions"),
    [
        ("window.scrollTo(0, document.body.scrollHeight);", ["scroll(5, 1000000)"]),
        ("window.scrollTo(0, document.documentElement.scrollHeight)", ["scroll(5, 1000000)"]),
        ("window.scrollTo({top: document.body.scrollHeight, behavior: 'smooth'})",
         ["scroll(5, 1000000)"]),
        ("window.scrollTo({left: 0, top: 400})", ["scroll(5, 400)"]),
        ("window.scrollTo(0, 400)", ["scroll(5, 400)"]),
        ("window.scroll(0, 400)", ["scroll(5, 400)"]),
        ("document.documentElement.scrollTop = 400", ["scroll(5, 400)"]),
        ("window.scrollTo(0, 0)", []),
        ("window.scrollBy(0, 300)", ["scroll(5, 300)"]),
        ("window.scrollBy(0, -300.4);", ["scroll(5, -300)"]),
        ("window.scrollBy(0, document.body.scrollHeight)", ["scroll(5, 1000000)"]),
        ("window.scrollBy(0, window.innerHeight)", ["scroll(5, 720)"]),
    ],
)  # fmt: skip
def test_scripts_that_scroll(sandbox: MontySandbox, source: str, actions: list[str]):
    taken, outcome = run(sandbox, script(source), Observation(PAGE, boxes=TOP))
    assert (taken, outcome) == (actions, Finished())


def test_arguments_are_read(sandbox: MontySandbox):
    seen = Observation(PAGE, boxes=TOP)
    assert run(sandbox, script("window.scrollTo(0, arguments[0])", "400"), seen)[0] == [
        "scroll(5, 400)"
    ]
    field = "driver.find_elements('tag name', 'input')[1]"
    for source, actions in (
        ("arguments[0].scrollBy(0, 40)", ["scroll(3, 40)"]),
        ("arguments[0].scrollTop = 40", ["scroll(3, -1000000)", "scroll(3, 40)"]),
        ("arguments[0].scrollTop = arguments[0].scrollHeight", ["scroll(3, 1000000)"]),
        ("arguments[0].scrollIntoView(true);", []),
        ("arguments[0].scrollIntoView({block: 'center', inline: 'nearest'})", []),
        ("arguments[0].click();", ["click(3)"]),
        ("return arguments[0].click()", ["click(3)"]),
        ("arguments[0].scrollIntoView(); window.scrollBy(0, -40); arguments[0].click();",
         ["scroll(5, -40)", "click(3)"]),
    ):  # fmt: skip
        assert run(sandbox, script(source, field), seen)[0] == actions


def test_the_argument_that_a_script_names_is_meant(sandbox: MontySandbox):
    button, field = "driver.find_element('tag name', 'button')", "driver.find_element('id', 'name')"
    for source, actions in (
        ("arguments[1].click()", ["click(2)"]),
        ("arguments[1].scrollBy(0, 40)", ["scroll(2, 40)"]),
        ("arguments[1].scrollIntoView(); arguments[0].click()", ["click(4)"]),
    ):
        assert run(sandbox, script(source, button, field))[0] == actions


def test_a_script_returns_what_it_asks_for_after_it_scrolled(sandbox: MontySandbox):
    source = "window.scrollTo(0, 400); return document.body.scrollHeight; arguments[0].click()"
    top = Observation(PAGE, boxes=TOP)
    field = "driver.find_element('id', 'name')"
    asked = f"print({script(source, field)})"
    assert run(sandbox, asked, top, top) == (["scroll(5, 400)"], Finished("2010\n"))


def test_a_page_that_is_scrolled_goes_to_its_top_first(sandbox: MontySandbox):
    down, top = Observation(PAGE, boxes=DOWN), Observation(PAGE, boxes=TOP)
    source = script("window.scrollTo(0, 400)")
    assert run(sandbox, source, down, top, down)[0] == ["scroll(5, -1000000)", "scroll(5, 400)"]


def test_an_end_is_no_error_and_what_else_fails_is(sandbox: MontySandbox):
    source = script("window.scrollTo(0, document.body.scrollHeight)") + "\nprint('on')"
    for error, outcome in (
        ("Nothing scrolled: the box around element 5 is at its end.", Finished("on\n")),
        ("The page hangs.", Failed("line 1: RuntimeError: The page hangs.")),
    ):
        assert run(sandbox, source, Observation(PAGE), Observation(PAGE, error=error))[1] == outcome


def test_pages_are_as_high_as_what_is_seen_of_them(sandbox: MontySandbox):
    source = "print(driver.execute_script('return document.body.scrollHeight'))"
    for boxes in (TOP, DOWN):
        assert run(sandbox, source, Observation(PAGE, boxes=boxes))[1] == Finished("2010\n")
    source = "print(driver.execute_script('return document.readyState'))"
    assert run(sandbox, source)[1] == Finished("complete\n")


@pytest.mark.parametrize(
    "source",
    [
        "document.querySelector('.list').scrollTo(0, 400)",
        "document.getElementById('x').scrollTop = 400",
        "arguments[0].scrollTo(0, 400)",
        "window.scrollTo(0, document.body.scrollHeight / 2)",
        "window.scrollTo(0, f(400))",
        "return document.cookie",
        "document.body.scrollHeight",
        "",
        "if (document.cookie) { window.scrollTo(0, 400) }",
        "window.scrollTo(0, 400); fetch('/sent')",
        "window.scrollTo(document.title = 'x', 400)",
        "document.querySelector('button').scrollIntoView()",
    ],
)
def test_other_scripts_are_refused(sandbox: MontySandbox, source: str):
    taken, outcome = run(sandbox, script(source))
    assert not taken and isinstance(outcome, Failed) and "execute_script can" in outcome.error


@pytest.mark.parametrize(
    "source",
    [
        "return arguments[0].getAttribute('onclick')",
        "arguments[0].onclick = null",
        "document.querySelector('button').click()",
        "arguments[0].click(); fetch('/sent')",
        "fetch('/sent'); arguments[0].click()",
        "'arguments[0].click()'",
        "arguments[1].click()",
        "arguments[9].scrollIntoView()",
        "return arguments[0].scrollIntoView",
        "arguments[0].click();" + " " * 500 + "fetch('/sent')",
    ],
)
def test_what_only_speaks_of_a_click_is_refused(sandbox: MontySandbox, source: str):
    taken, outcome = run(sandbox, script(source, "driver.find_element('id', 'name')", "'two'"))
    assert not taken and isinstance(outcome, Failed) and "execute_script can" in outcome.error


@pytest.fixture(scope="module")
def pointing() -> Iterator[Session]:
    with open_browser(slots=1, mode=Mode.POINTER) as session:
        yield session


def place_after(source: str, sandbox: MontySandbox, session: Session) -> float:
    """How far below the window's top `first` is at the end of a program."""
    begins = Start("/pages/live/tall.html", {"/pages/": PAGES}, window=(600, 400), live=True)
    page = session.reset({0: begins})[0]
    assert isinstance(page, Page)
    seen = [page.observation]
    while isinstance(outcome := next_action(sandbox, source, seen), Act):
        page = session.step({0: outcome.action})[0]
        assert isinstance(page, Page)
        seen.append(page.observation)
    assert isinstance(outcome, Finished), outcome
    found = re.search(r'ref="(\d+)" id="first"', seen[-1].html)
    assert found
    return seen[-1].boxes[int(found[1])].y


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("window.scrollTo(0, 400)", 200 - 400),
        ("window.scrollTo(0, document.body.scrollHeight);", 200 - (2200 - 400)),
    ],
)
def test_a_page_in_a_browser_scrolls_to_where_it_is_told_again_and_again(
    sandbox: MontySandbox, pointing: Session, source: str, place: float
):
    assert place_after(f"{script(source)}\n" * 2, sandbox, pointing) == place
