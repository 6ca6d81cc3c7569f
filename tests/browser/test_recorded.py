"""The browser that plays recorded pages."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from webagent import actions
from webagent.browser import recorded
from webagent.browser.protocol import Page
from webagent.browser.recorded import RecordedBrowser, Recording, State, load, save, state
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start
from webagent.types import Box

BUY = Recording(
    {
        "asked": state('<button ref="1">Buy</button>', probe=[0], moves={"click(1)": "bought"}),
        "bought": state("<p>Thanks</p>", probe=[1], boxes={7: Box(1, 2.5, 3, 4)}, url="/done"),
    }
)


def test_the_documented_example():
    assert doctest.testmod(recorded).failed == 0
    assert doctest.testmod(recorded).attempted > 0


def test_slots_play_on_their_own():
    browser = RecordedBrowser({"/shop": BUY}, slots=2)
    browser.reset({0: Start("/shop"), 1: Start("/shop")})
    moved = browser.step({0: actions.click(1)})[0]
    stayed = browser.step({1: actions.click(9)})[1]
    assert isinstance(moved, Page) and moved.probe == [1]
    assert isinstance(stayed, Page) and stayed.probe == [0]
    assert "click(9)" in (stayed.observation.error or "")


def test_begin_goes_before_url():
    other = Recording({"only": state("other")})
    page = RecordedBrowser({"/shop": BUY, "begin(1)": other}).reset(
        {0: Start("/shop", begin="begin(1)")}
    )[0]
    assert isinstance(page, Page) and page.observation.html == "other"


def test_what_was_not_recorded_is_an_error_of_its_slot():
    browser = RecordedBrowser({"/shop": BUY})
    assert isinstance(browser.reset({0: Start("/bank")})[0], BrowserError)
    assert isinstance(browser.step({0: actions.click(1)})[0], BrowserError)


def test_an_end_state_takes_no_action():
    browser = RecordedBrowser({"/shop": Recording({"only": State(BUY.states["bought"].page)})})
    browser.reset({0: Start("/shop")})
    page = browser.step({0: actions.done()})[0]
    assert isinstance(page, Page) and "no actions" in (page.observation.error or "")


def test_file_round_trip(tmp_path: Path):
    file = tmp_path / "pages.json"
    save({"/shop": BUY}, file)
    assert load(file) == {"/shop": BUY}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 99, "recordings": {}}',
        '{"format": 1, "recordings": {"a": {}}}',
        '{"format": 1, "recordings": {"a": {"s": {"html": "", "boxes": [], "moves": {"x": "y"}}}}}',
        '{"format": 1, "recordings": {"a": {"s": {"boxes": [[1, 2]]}}}}',
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "pages.json"
    file.write_text(text)
    with pytest.raises(BrowserError, match=r"pages\.json"):
        load(file)
