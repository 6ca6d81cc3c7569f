"""Finding, checking and installing a browser, on machines made up of files."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from webagent.browser import install
from webagent.browser.install import (
    Executable,
    check_browser,
    find_browser,
    install_browser,
    launch_arguments,
)
from webagent.errors import BrowserMissing

SHELL = Executable(Path("/x/chrome-headless-shell"), "headless-shell", "a test")
PROGRAM = b"\x7fELF"


class Machine:
    """Folders that stand for a machine's PATH and for Playwright's downloads."""

    def __init__(self, root: Path) -> None:
        self.commands = root / "bin"
        self.downloads = root / "playwright"
        self.commands.mkdir()

    def put(self, path: Path, content: bytes | str = PROGRAM) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o755)
        return path

    def command(self, name: str, content: bytes | str = PROGRAM) -> Path:
        return self.put(self.commands / name, content)

    def download(self, path: str) -> Path:
        return self.put(self.downloads / path)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without any browser."""
    made = Machine(tmp_path)
    monkeypatch.setenv("PATH", str(made.commands))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(made.downloads))
    monkeypatch.delenv(install.VARIABLE, raising=False)
    monkeypatch.setattr(install, "PROGRAM_FOLDERS", ())
    monkeypatch.setattr(install, "APPLICATIONS", ())
    return made


def test_nothing_found_says_what_to_do(machine: Machine):
    with pytest.raises(BrowserMissing, match="webagent browser install"):
        find_browser()


def test_path_prefers_the_headless_shell(machine: Machine):
    machine.command("google-chrome")
    assert find_browser().kind == "chrome"
    machine.command("chromium")
    assert find_browser().kind == "chromium"
    shell = machine.command("chromium-headless-shell")
    assert find_browser() == Executable(shell, "headless-shell", "on this system")


def test_path_goes_before_downloads(machine: Machine):
    machine.download("chromium_headless_shell-9/chrome-linux/headless_shell")
    ours = machine.command("chromium")
    assert find_browser().path == ours


def test_newest_download_with_the_shell_first(machine: Machine):
    full = machine.download("chromium-1250/chrome-linux64/chrome")
    machine.download("chromium-1250/chrome-linux64/chrome_crashpad_handler")
    assert (find_browser().path, find_browser().kind) == (full, "chromium")
    machine.download("chromium_headless_shell-999/chrome-linux/headless_shell")
    newest = machine.download("chromium_headless_shell-1000/chrome-linux64/chrome-headless-shell")
    assert (find_browser().path, find_browser().kind) == (newest, "headless-shell")


def test_the_user_names_one(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    machine.command("chromium-headless-shell")
    mine = machine.put(tmp_path / "my browser" / "chrome")
    assert find_browser(str(mine)).path == mine
    monkeypatch.setenv(install.VARIABLE, str(mine))
    assert find_browser().path == mine
    assert find_browser("chromium-headless-shell").kind == "headless-shell"
    with pytest.raises(BrowserMissing, match="opera"):
        find_browser("opera")


def test_wrapper_scripts_give_way_to_their_program(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    wrapper = machine.command("chromium", '#!/bin/sh\nchromium "$@"\n')
    own = machine.put(tmp_path / "chromium", '#!/bin/sh\nexec chromium --my-flag "$@"\n')
    program = machine.put(tmp_path / "lib" / "chromium")
    monkeypatch.setattr(install, "PROGRAM_FOLDERS", (str(program.parent),))
    monkeypatch.setattr(install, "COMMAND_FOLDERS", (str(wrapper.parent),))
    assert find_browser().path == program
    assert find_browser(str(own)).path == own


def test_a_script_that_only_asks_for_a_snap_is_no_browser(machine: Machine):
    machine.command("chromium-browser", "#!/bin/sh\necho run: snap install chromium\nexit 1\n")
    if Path("/snap/bin/chromium").exists():
        pytest.skip("here the script starts the snap")
    with pytest.raises(BrowserMissing):
        find_browser()


def test_arguments_for_suites():
    plain = launch_arguments(SHELL, root=False)
    assert "--headless" in plain
    assert "--no-sandbox" not in plain
    assert "--no-sandbox" in launch_arguments(SHELL, root=True)
    assert len(plain) == len(set(plain))
    # Chromium obeys only the last of these.
    [features] = [flag for flag in plain if flag.startswith("--disable-features=")]
    assert "DeferRendererTasksAfterInput" in features
    full = launch_arguments(Executable(Path("/x/chrome"), "chrome", "a test"), root=False)
    assert "--headless=new" in full


def test_check_names_the_missing_library(machine: Machine):
    text = "headless_shell: error while loading shared libraries: libnss3.so: cannot open"
    broken = machine.command("broken", f"#!/bin/sh\necho '{text}' >&2\nexit 127\n")
    problem = check_browser(Executable(broken, "chromium", "a test"))
    assert "libnss3.so" in problem
    assert "install-deps" in problem


def test_check_accepts_what_shows_a_page(machine: Machine):
    works = machine.command("works", "#!/bin/sh\necho '<html><body></body></html>'\n")
    assert check_browser(Executable(works, "chromium", "a test")) == ""


def test_check_ends_a_browser_that_hangs(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(install, "START_SECONDS", 0.2)
    held = machine.commands / "held"  # by the script and its child, as long as they live
    os.mkfifo(held)
    reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    hangs = machine.command("hangs", f"#!/bin/sh\nexec 9>{held}\n/bin/sleep 60 &\nwait\n")
    assert "in time" in check_browser(Executable(hangs, "chromium", "a test"))
    select.select([reader], [], [], 30)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_install_says_all_that_was_tried(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(install.sys, "executable", str(machine.command("python", FAILS)))
    machine.command("apt-get", FAILS)
    machine.command("env", ENV)
    monkeypatch.setattr(install, "is_root", lambda: True)
    said: list[str] = []
    with pytest.raises(BrowserMissing) as caught:
        install_browser(None, said.append)
    for part in (
        "Playwright's download failed (3)",
        "apt-get install chromium failed (3)",
        "E: no",
    ):
        assert part in str(caught.value)
    assert any("apt-get" in line for line in said)


def test_install_uses_the_package_manager(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(install.sys, "executable", str(machine.command("python", FAILS)))
    machine.command("env", ENV)
    browser = machine.commands / "chromium-headless-shell"
    machine.command(
        "apt-get",
        f"""#!/bin/sh
        case "$*" in *chromium-headless-shell*)
          printf '#!/bin/sh\\necho "<html>"\\n' >{browser}; /bin/chmod +x {browser};;
        esac
        """,
    )
    monkeypatch.setattr(install, "is_root", lambda: True)
    assert install_browser(None, lambda line: None).path == browser


def test_install_needs_root(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(install.sys, "executable", str(machine.command("python", FAILS)))
    machine.command("apt-get", FAILS)
    monkeypatch.setattr(install, "is_root", lambda: False)
    with pytest.raises(BrowserMissing, match="sudo apt-get install"):
        install_browser(None, lambda line: None)


def test_install_keeps_what_works(machine: Machine):
    works = machine.command("chromium", "#!/bin/sh\necho '<html>'\n")
    assert install_browser(None, lambda line: None).path == works


def test_install_replaces_no_browser_that_the_user_named(machine: Machine):
    broken = machine.command("mine", FAILS)
    with pytest.raises(BrowserMissing, match="mine ended with status 3"):
        install_browser(str(broken), lambda line: None)


FAILS = "#!/bin/sh\necho E: no\nexit 3\n"
ENV = '#!/bin/sh\nshift\nexec "$@"\n'
