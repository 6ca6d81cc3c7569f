"""What only the Selenium backend has to stand: chromedriver, its sessions, W3C input."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium")

from webagent.browser.chromedriver import find_chromedriver
from webagent.browser.protocol import Keys, Mouse
from webagent.browser.selenium import SeleniumDriver, input_sources
from webagent.errors import BrowserError, BrowserMissing
from webagent.tasks.protocol import Start
from webagent.tasks.server import PageServer

needs_driver = pytest.mark.skipif(not shutil.which("chromedriver"), reason="no chromedriver")
browsers = [pytest.mark.slow, needs_driver]

FIELD = Start("data:text/html,<textarea id=t autofocus></textarea>")
TEXT = "document.getElementById('t').value"
LOOP = "(() => { while (true) {} })()"
CLICK = [Mouse("move", 5, 5), Mouse("down", 5, 5), Mouse("up", 5, 5)]

OWNER = """
import sys, time
from webagent.browser.selenium import SeleniumDriver
from webagent.tasks.protocol import Start
driver = SeleniumDriver(timeout=1)
assert driver.open({0: Start("data:text/html,hello")}) == {0: None}
if "hang" in sys.argv:
    driver.input({0: []})
    driver.evaluate({0: "setTimeout(() => { while (true) {} }) + ''"})
print(driver.pids[0], flush=True)
time.sleep(60)
"""


def running(pid: int) -> bool:
    """Whether the process is there and is no zombie that waits for its parent."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def folders() -> set[Path]:
    """The temporary folders of this process's browsers."""
    return set(Path("/tmp").glob(f"webagent-browser-{os.getpid()}-*"))


def ends(pid: int) -> bool:
    for _ in range(200):
        if not running(pid):
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


@pytest.fixture(scope="module")
def shared() -> Iterator[SeleniumDriver]:
    driver = SeleniumDriver(timeout=3)
    yield driver
    driver.close()


@pytest.fixture
def driver(shared: SeleniumDriver) -> SeleniumDriver:
    assert shared.open({0: FIELD, 1: FIELD}) == {0: None, 1: None}
    return shared


def test_events_become_ticks_of_two_devices():
    mouse, keyboard = input_sources([*CLICK, Keys(key="Enter"), Keys(text="a\t")])
    assert len(mouse["actions"]) == len(keyboard["actions"]) == 9
    assert [one["type"] for one in mouse["actions"][:4]] == [
        "pointerMove",
        "pointerDown",
        "pointerUp",
        "pause",
    ]
    typed = [one.get("value") for one in keyboard["actions"]]
    assert typed == [None] * 3 + ["\ue006", "\ue006", "a", "a", "\ue004", "\ue004"]


def test_modifiers_are_held_around_the_key():
    [_, keyboard] = input_sources([Keys(key="a", modifiers=("Control", "Shift"))])
    assert [(one["type"], one["value"]) for one in keyboard["actions"]] == [
        ("keyDown", "\ue009"),
        ("keyDown", "\ue008"),
        ("keyDown", "a"),
        ("keyUp", "a"),
        ("keyUp", "\ue008"),
        ("keyUp", "\ue009"),
    ]


def test_a_chromedriver_that_is_not_there(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(BrowserMissing, match="you named"):
        find_chromedriver("/nowhere/chromedriver")
    monkeypatch.setenv("SE_CHROMEDRIVER", "/nowhere/else")
    with pytest.raises(BrowserMissing, match="/nowhere/else"):
        find_chromedriver()
    monkeypatch.delenv("SE_CHROMEDRIVER")
    monkeypatch.setattr("webagent.browser.chromedriver.PLACES", ("no-such-chromedriver",))
    with pytest.raises(BrowserMissing, match="chromium-driver"):
        find_chromedriver()


def test_a_program_that_is_no_chromedriver(tmp_path: Path):
    (tmp_path / "chromium").write_text("#!/bin/sh\n")
    (tmp_path / "geckodriver").write_text("#!/bin/sh\necho 'error: unexpected argument'\n")
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    with pytest.raises(BrowserError, match=r"geckodriver did not start.*unexpected argument"):
        SeleniumDriver(str(tmp_path / "chromium"), chromedriver=str(tmp_path / "geckodriver"))


def test_a_grid_that_is_not_there():
    with pytest.raises(BrowserError, match=r"No WebDriver session at http://127.0.0.1:9"):
        SeleniumDriver("http://127.0.0.1:9")


class TestSessions:
    pytestmark = browsers

    def test_slots_share_nothing(self, driver: SeleniumDriver, tmp_path: Path):
        (tmp_path / "page.html").write_text("<p>page</p>")
        server = PageServer()
        server.mount({"/": tmp_path})
        page = Start(server.url("/page.html"))
        driver.open({0: page, 1: page})
        driver.evaluate({0: "document.cookie = localStorage.a = 'a=1'"})
        stored = "document.cookie + localStorage.a"
        assert driver.evaluate({0: stored, 1: stored}) == {0: "a=1a=1", 1: "undefined"}
        server.close()

    def test_locale_timezone_and_window(self, driver: SeleniumDriver):
        driver.open({0: Start("data:text/html,", window=(222, 111), live=True)})
        parts = "[navigator.language, new Date(0).getTimezoneOffset(), innerWidth, innerHeight]"
        assert driver.evaluate({0: f"{parts} + ''"}) == {0: "en-US,0,222,111"}

    def test_the_clock_is_the_pages_own_on_live_pages_alone(self, driver: SeleniumDriver):
        page = "data:text/html,"
        native = "String(setTimeout).includes('native')"
        for live in (True, False, True):
            assert driver.open({0: Start(page, live=live)}) == {0: None}
            assert driver.evaluate({0: f"{native} ? 'real' : 'virtual'"}) == {
                0: "real" if live else "virtual"
            }

    def test_text_is_typed_key_by_key(self, driver: SeleniumDriver):
        driver.evaluate({0: "window.keys = [], document.onkeydown = (e) => keys.push(e.key), ''"})
        keys = [Keys(text="aé\nb "), Keys(key="+"), Keys(key="Space")]
        assert driver.input({0: keys}) == {0: None}
        assert driver.evaluate({0: TEXT}) == {0: "aé\nb + "}
        assert driver.evaluate({0: "keys.join()"}) == {0: "a,é,Enter,b, ,+, "}

    def test_modifiers_are_held(self, driver: SeleniumDriver):
        control_a = Keys(key="a", modifiers=("Control",))
        driver.input({0: [Keys(text="old"), control_a, Keys(key="é"), Keys(key="A")]})
        assert driver.evaluate({0: TEXT}) == {0: "éA"}

    def test_two_clicks_are_no_double_click(self, driver: SeleniumDriver):
        script = "window.seen = [], document.onclick = (e) => seen.push(e.detail), ''"
        driver.evaluate({0: script})
        driver.input({0: CLICK})
        driver.input({0: CLICK})
        assert driver.evaluate({0: "seen.join()"}) == {0: "1,1"}

    def test_points_between_pixels_fall_down_as_in_the_other_backends(self, driver: SeleniumDriver):
        script = (
            "window.at = '', document.onmousemove = (e) => { at = e.clientX + ',' + e.clientY; }"
        )
        driver.evaluate({0: f"({script}, '')"})
        driver.input({0: [Mouse("move", 10.5, 20.75), Keys(key="Shift")]})
        assert driver.evaluate({0: "at"}) == {0: "10,20"}

    def test_dialogs_do_not_stop_a_script(self, driver: SeleniumDriver):
        script = "[alert('stop'), confirm('sure?'), prompt('who?')].join('|')"
        assert driver.evaluate({0: script}) == {0: "|false|"}

    def test_an_error_in_a_script_leaves_the_page(self, driver: SeleniumDriver):
        result = driver.evaluate({0: "window.b = 2, nothing()", 1: "'1'"})
        assert "nothing is not defined" in str(result[0]) and result[1] == "1"
        assert driver.evaluate({0: "window.b + ''"}) == {0: "2"}

    def test_windows_that_a_page_opens_are_closed(self, driver: SeleniumDriver):
        driver.open({0: Start("data:text/html,<a href='about:blank' target=_blank>o</a>")})
        driver.evaluate({0: "document.links[0].click(), ''"})
        assert driver.open({0: FIELD}) == {0: None}
        driver.input({0: [Keys(text="here")]})
        assert driver.evaluate({0: TEXT}) == {0: "here"}

    def test_a_page_cannot_keep_its_slot(self, driver: SeleniumDriver):
        driver.evaluate({0: "onbeforeunload = (event) => event.preventDefault(), ''"})
        driver.input({0: CLICK})
        assert driver.open({0: FIELD}) == {0: None}

    def test_a_page_that_hangs_on_input(self, driver: SeleniumDriver):
        driver.evaluate({0: "document.onmousedown = () => { while (true) {} }, ''"})
        late = driver.input({0: CLICK, 1: CLICK})
        assert "within 3 s" in str(late[0]) and late[1] is None
        assert isinstance(driver.evaluate({0: "'1'"})[0], BrowserError)
        assert driver.open({0: FIELD}) == {0: None}
        assert driver.evaluate({0: "'1'", 1: "'2'"}) == {0: "1", 1: "2"}

    def test_a_browser_that_was_killed_is_replaced(self, driver: SeleniumDriver):
        killed = driver.pids[0]
        os.kill(killed, signal.SIGKILL)
        assert isinstance(driver.evaluate({0: "'1'"})[0], BrowserError)
        assert driver.open({0: FIELD}) == {0: None}
        assert driver.evaluate({0: "'1'", 1: "'2'"}) == {0: "1", 1: "2"}
        assert driver.pids[0] != killed

    def test_a_slot_that_was_never_opened(self, driver: SeleniumDriver):
        assert isinstance(driver.evaluate({7: "'1'"})[7], BrowserError)
        assert isinstance(driver.screenshot({7: (10, 10)})[7], BrowserError)


class TestProcesses:
    pytestmark = browsers

    def test_nothing_is_left_behind(self):
        before = folders()
        driver = SeleniumDriver(timeout=1)
        driver.open({0: FIELD, 1: FIELD})
        driver.evaluate({1: LOOP})
        assert len(folders() - before) == 1
        pids = driver.pids.values()
        driver.close()
        assert all(ends(pid) for pid in pids)
        assert folders() <= before
        driver.close()
        with pytest.raises(BrowserError, match="closed"):
            driver.evaluate({0: "'1'"})

    @pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
    @pytest.mark.parametrize("state", ["idle", "hang"])
    def test_browsers_die_with_their_owner(self, state: str):
        command = [sys.executable, "-c", OWNER, state]
        owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert owner.stdout
        with owner.stdout as output:
            browser = int(output.readline())
        assert running(browser)
        owner.kill()
        owner.wait()
        assert ends(browser), "the browser outlived its owner"
