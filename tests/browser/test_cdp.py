"""What only the fast backend has to stand: the browser process and its pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from webagent import actions
from webagent.browser.cdp import CdpDriver
from webagent.browser.install import find_browser
from webagent.browser.protocol import Page
from webagent.browser.session import Session
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start

PAGE = Start("data:text/html,<button onclick='this.textContent=1'>0</button>", window=(200, 200))

OWNER = """
import sys, time
from webagent.browser.cdp import CdpDriver
from webagent.browser.install import find_browser
from webagent.tasks.protocol import Start
driver = CdpDriver(find_browser(), timeout=1)
assert driver.open({0: Start("data:text/html,hello")}) == {0: None}
if "hang" in sys.argv:
    driver.evaluate({0: "(() => { while (true) {} })()"})
print(driver.pid, flush=True)
time.sleep(60)
"""


def running(pid: int) -> bool:
    """Whether the process is there and is no zombie that waits for its parent."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("state", ["idle", "hang"])
@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_the_browser_dies_with_its_owner(state: str, way: signal.Signals):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, state], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout
    with owner.stdout as output:
        browser = int(output.readline())
    assert running(browser)
    owner.send_signal(way)
    owner.wait()
    for _ in range(200):
        if not running(browser):
            return
        time.sleep(0.05)
    os.killpg(browser, signal.SIGKILL)
    pytest.fail("the browser outlived its owner")


def test_a_browser_that_was_killed_is_replaced():
    driver = CdpDriver(find_browser(), timeout=5)
    session = Session(driver, slots=2)
    try:
        assert isinstance(session.reset({0: PAGE, 1: PAGE})[0], Page)
        first = driver.pid
        os.kill(first, signal.SIGKILL)
        broken = session.step({0: actions.click(1), 1: actions.click(1)})
        assert all(isinstance(one, BrowserError) for one in broken.values())
        pages = session.reset({0: PAGE, 1: PAGE})
        assert all(isinstance(one, Page) for one in pages.values())
        assert driver.pid != first
        after = session.step({1: actions.click(1)})[1]
        assert isinstance(after, Page) and ">1</button>" in after.observation.html
    finally:
        session.close()


def test_a_slot_that_slept_through_the_death_of_its_browser_is_opened_again():
    driver = CdpDriver(find_browser(), timeout=5)
    session = Session(driver, slots=2)
    try:
        session.reset({0: PAGE, 1: PAGE})
        os.kill(driver.pid, signal.SIGKILL)
        assert isinstance(session.step({0: actions.click(1)})[0], BrowserError)
        assert isinstance(session.reset({0: PAGE})[0], Page)
        taller = replace(PAGE, window=(200, 300))
        assert isinstance(session.reset({1: taller})[1], BrowserError)
        assert isinstance(session.reset({1: taller})[1], Page)
    finally:
        session.close()


def kill_renderers(browser: int) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            mine = os.getpgid(int(process.name)) == browser
            if mine and b"--type=renderer" in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            continue


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_page_that_crashes_is_named_and_not_waited_for():
    driver = CdpDriver(find_browser(), timeout=600)  # longer than any test may take
    crash = Timer(0.3, kill_renderers, [driver.pid])
    try:
        assert driver.open({0: PAGE}) == {0: None}
        crash.start()
        answer = driver.evaluate({0: "new Promise(() => {})"})[0]
        assert isinstance(answer, BrowserError) and "crashed" in str(answer)
        assert driver.open({0: PAGE}) == {0: None}
    finally:
        crash.cancel()
        driver.close()


def test_no_profile_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stale = tmp_path / "webagent-browser-abc"
    stale.mkdir()
    (stale / ".owned").touch()
    driver = CdpDriver(find_browser(), timeout=5)
    assert not stale.exists()
    [profile] = tmp_path.iterdir()
    other = CdpDriver(find_browser(), timeout=5)
    assert profile.exists()  # it belongs to a process that lives
    other.close()
    driver.close()
    assert list(tmp_path.iterdir()) == []
    driver.close()  # twice is fine


def test_a_program_that_is_no_browser_is_explained(tmp_path: Path):
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    with pytest.raises(BrowserError, match="did not start"):
        CdpDriver(find_browser(str(fake)))
