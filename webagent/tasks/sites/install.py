"""Installs the applications: a virtual environment each, then a seeded database."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from webagent.errors import TaskError
from webagent.tasks.sites.folder import APPS, SiteFolder, requirements, source_hash
from webagent.tasks.sites.registry import Site

LAST_LINES = 800  # characters of a failed command's output that the error shows


def install(site: Site, folder: SiteFolder, say: Callable[[str], None]) -> None:
    """Install one application and fill its database; what is there already is kept.

    Needs pip's package index, once. Raises `TaskError` when a command fails.
    """
    content = site.content_json()
    done = folder.installed()
    wanted = {
        "requirements": requirements(site.name).read_text("utf-8"),
        "source": source_hash(site.name, content),
        "python": sys.version.split()[0],
    }
    if done == wanted and folder.database.is_file():
        say(f"{site.name}: {site.product} is installed in {folder.path}")
        return
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.stamp.unlink(missing_ok=True)
    if {**done, "source": ""} != {**wanted, "source": ""}:
        began = time.monotonic()
        _install_packages(site.name, folder)
        say(f"{site.name}: {site.product} installed in {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    _seed(site.name, folder, content)
    folder.stamp.write_text(json.dumps(wanted, indent=1), "utf-8")
    say(f"{site.name}: content made in {time.monotonic() - began:.0f} s, in {folder.path}")


def _install_packages(name: str, folder: SiteFolder) -> None:
    shutil.rmtree(folder.path / "venv", ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder.path / "venv")])
    wanted = ["--requirement", str(requirements(name))]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    _run([str(folder.python), "-m", "pip", "install", *quiet, *wanted])


def _seed(name: str, folder: SiteFolder, content: bytes) -> None:
    """Seed in a new folder, so that one that is in use stays whole."""
    fresh = folder.path / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    _run([*app_command(folder, "seeding.py"), name, str(fresh)], content)
    shutil.rmtree(folder.data, ignore_errors=True)
    fresh.rename(folder.data)


def app_command(folder: SiteFolder, program: str) -> list[str]:
    """What runs one of our programs beside an application, without the user's own packages."""
    return [str(folder.python), "-W", "ignore", "-s", "-B", str(APPS / program)]


def _run(command: Sequence[str], given: bytes = b"") -> None:
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)
    except OSError as error:
        raise TaskError(f"{Path(command[0]).name} did not start: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise TaskError(f"{' '.join(command[:5])} … failed:\n{said[-LAST_LINES:]}")
