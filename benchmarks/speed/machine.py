"""Where the bench runs: the browsers, the peers' virtual environments, the machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from webagent.assets import miniwob_html
from webagent.browser.install import find_browser

from .contenders import BARE, BROWSERGYM, FARAMA, Contender

WORKERS = Path(__file__).parent / "workers"
# Selenium and Playwright look for what Debian calls by other names.
FULL_BROWSERS = ("/usr/lib/chromium/chromium", "google-chrome", "chromium", "chromium-browser")


class SetupError(Exception):
    """Something the bench needs is missing; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The programs of a run. `browser` is a full Chromium, which the peers need; `shell`
    the one that this environment finds for itself, which the bare loop uses too.
    """

    cache: Path
    python: str
    browser: str
    shell: str
    chromedriver: str

    def command(self, contender: Contender) -> list[str]:
        """How to start the contender's worker; sets up its virtual environment first."""
        script = str(WORKERS / f"play_{_script(contender.group)}.py")
        python = self._python(contender.group)
        extra = {BARE: (self.shell, str(miniwob_html())), BROWSERGYM: (self.browser,)}
        return [python, script, *contender.arguments, *extra.get(contender.group, ())]

    def environment(self) -> dict[str, str]:
        """The environment variables of all workers."""
        root = Path(__file__).parents[2]
        return dict(os.environ) | {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.getenv("PYTHONPATH", "")])),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WEBAGENT_BROWSER": self.shell,
            "MINIWOB_CHROME_BINARY": self.browser,
            "MINIWOB_CHROMEDRIVER": self.chromedriver,
            "MINIWOB_URL": f"{miniwob_html().as_uri()}/miniwob/",
        }

    def _python(self, group: str) -> str:
        requirements = _requirements().get(group)
        if requirements is None:
            return sys.executable
        folder = self.cache / group
        python, stamp = folder / "bin" / "python", folder / "requirements.txt"
        wanted = "\n".join(requirements)
        if not (stamp.exists() and stamp.read_text("utf-8") == wanted):
            _run([self.python, "-m", "venv", str(folder)])
            _run([str(python), "-m", "pip", "install", "--quiet", *requirements])
            stamp.write_text(wanted, "utf-8")
        return str(python)


def find_setup(cache: Path, python: str, browser: str, chromedriver: str) -> Setup:
    """Fill in what the options leave open; raise `SetupError` for what is not there."""
    full = next((found for name in (browser, *FULL_BROWSERS) if (found := _which(name))), "")
    driver = _which(chromedriver or "chromedriver")
    return Setup(cache, python or sys.executable, full, str(find_browser().path), driver)


def check(setup: Setup, contenders: Sequence[Contender]) -> None:
    """Raise `SetupError` if a contender cannot run here."""
    groups = {contender.group for contender in contenders}
    if groups & {FARAMA, BROWSERGYM} and not setup.browser:
        raise SetupError("The peers need a full Chromium or Chrome: name one with --browser.")
    if FARAMA in groups and not setup.chromedriver:
        raise SetupError("Farama's miniwob needs a chromedriver: name it with --chromedriver.")


def facts() -> dict[str, object]:
    """The machine, and how busy it is as the run begins."""
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": list(os.getloadavg()),
    }


def _requirements() -> dict[str, list[str]]:
    # The peers play the very pages that this environment plays.
    pages = f"miniwob=={version('miniwob')}"
    return {FARAMA: [pages, "selenium"], BROWSERGYM: ["browsergym-miniwob"]}


def _script(group: str) -> str:
    return "webagent" if group == "ours" else group


def _which(name: str) -> str:
    return (shutil.which(name) or "") if name else ""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    named = next((line for line in lines if line.startswith("model name")), "")
    return named.partition(":")[2].strip() or platform.machine()


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = (done.stderr or done.stdout).strip()[-800:]
        raise SetupError(f"{' '.join(command)} failed:\n{tail}")
