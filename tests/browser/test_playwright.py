"""What only the Playwright backend has to stand: its server, event loops, other products."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")

from webagent.browser.playwright import PlaywrightDriver
from webagent.browser.protocol import Keys, Mouse
from webagent.errors import BrowserError, BrowserMissing
from webagent.tasks.protocol import Start
from webagent.tasks.server import PageServer

pytestmark = pytest.mark.usefixtures("playwright")

FIELD = Start("data:text/html,<textarea id=t autofocus></textarea>")
TEXT = "document.getElementById('t').value"


@pytest.fixture(scope="module")
def shared() -> Iterator[PlaywrightDriver]:
    driver = PlaywrightDriver(timeout=3)
    yield driver
    driver.close()


@pytest.fixture
def driver(shared: PlaywrightDriver) -> PlaywrightDriver:
    assert shared.open({0: FIELD, 1: FIELD}) == {0: None, 1: None}
    return shared


def test_slots_share_nothing(driver: PlaywrightDriver, tmp_path: Path):
    (tmp_path / "page.html").write_text("<p>page</p>")
    server = PageServer()
    server.mount({"/": tmp_path})
    page = Start(server.url("/page.html"))
    driver.open({0: page, 1: page})
    driver.evaluate({0: "document.cookie = localStorage.a = 'a=1'"})
    stored = "document.cookie + localStorage.a"
    assert driver.evaluate({0: stored, 1: stored}) == {0: "a=1a=1", 1: "undefined"}
    server.close()


def test_locale_timezone_and_window(driver: PlaywrightDriver):
    driver.open({0: Start("data:text/html,", window=(222, 111), live=True)})
    script = "[navigator.language, new Date(0).getTimezoneOffset(), innerWidth, innerHeight] + ''"
    assert driver.evaluate({0: script}) == {0: "en-US,0,222,111"}


def test_text_is_typed_key_by_key(driver: PlaywrightDriver):
    driver.evaluate({0: "window.keys = [], document.onkeydown = (e) => keys.push(e.key), ''"})
    assert driver.input({0: [Keys(text="aé\nb "), Keys(key="+"), Keys(key="Space")]}) == {0: None}
    assert driver.evaluate({0: TEXT}) == {0: "aé\nb + "}
    assert driver.evaluate({0: "keys.join()"}) == {0: "a,Enter,b, ,+, "}


def test_modifiers_are_held(driver: PlaywrightDriver):
    control_a = Keys(key="a", modifiers=("Control",))
    driver.input({0: [Keys(text="old"), control_a, Keys(key="é"), Keys(key="A")]})
    assert driver.evaluate({0: TEXT}) == {0: "éA"}


def test_an_error_in_a_script_leaves_the_page(driver: PlaywrightDriver):
    result = driver.evaluate({0: "window.b = 2, nothing()", 1: "'1'"})
    assert "nothing is not defined" in str(result[0]) and result[1] == "1"
    assert driver.evaluate({0: "window.b + ''"}) == {0: "2"}


def test_a_page_that_crashes_is_replaced(driver: PlaywrightDriver):
    driver.open({0: Start("chrome://crash")})
    assert isinstance(driver.evaluate({0: "'1'"})[0], BrowserError)
    assert driver.open({0: FIELD}) == {0: None}
    assert driver.evaluate({0: "'1'", 1: "'2'"}) == {0: "1", 1: "2"}


def test_a_page_cannot_keep_its_slot(driver: PlaywrightDriver):
    driver.evaluate({0: "onbeforeunload = (event) => event.preventDefault(), ''"})
    driver.input({0: [Mouse("move", 5, 5), Mouse("down", 5, 5), Mouse("up", 5, 5)]})
    assert driver.open({0: FIELD}) == {0: None}


def test_a_slot_that_was_never_opened(driver: PlaywrightDriver):
    assert isinstance(driver.evaluate({7: "'1'"})[7], BrowserError)
    assert isinstance(driver.screenshot({7: (10, 10)})[7], BrowserError)


def test_it_works_inside_an_event_loop():
    async def notebook() -> dict[int, str | BrowserError]:
        driver = PlaywrightDriver(timeout=5)
        driver.open({0: FIELD})
        value = driver.evaluate({0: "'1'"})
        driver.close()
        return value

    assert asyncio.run(notebook()) == {0: "1"}


def test_closed_means_closed():
    driver = PlaywrightDriver(timeout=5)
    driver.open({0: FIELD})
    driver.close()
    driver.close()
    with pytest.raises(BrowserError, match="closed"):
        driver.evaluate({0: "'1'"})


def test_a_product_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(BrowserMissing, match="playwright install firefox"):
        PlaywrightDriver(product="firefox")
