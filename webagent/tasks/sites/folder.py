"""Where the applications are installed, each in a folder of its own."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from webagent.errors import TaskError

APPS = Path(__file__).parent / "apps"
VARIABLE = "WEBAGENT_SITES"  # names another folder than the user's cache


@dataclass(frozen=True, slots=True)
class SiteFolder:
    """The files of one application: its environment, its seeded database, its style sheets."""

    path: Path

    @property
    def python(self) -> Path:
        inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        return self.path / "venv" / inside

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def database(self) -> Path:
        return self.data / "seed.sqlite3"

    @property
    def stamp(self) -> Path:
        return self.path / "installed.json"

    def installed(self) -> dict[str, str]:
        """What the installation wrote about itself; empty if there is none."""
        try:
            return json.loads(self.stamp.read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}


def sites_folder(given: Path | None = None) -> Path:
    """The folder of all applications: `given`, the variable's, or the user's cache."""
    if given or os.environ.get(VARIABLE):
        return Path(given or os.environ[VARIABLE]).expanduser().resolve()
    home = Path.home()
    if os.name == "nt":
        cache = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local")
    elif sys.platform == "darwin":
        cache = home / "Library/Caches"
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return cache / "webagent" / "sites"


def requirements(site: str) -> Path:
    return APPS / f"{site}_site" / "requirements.txt"


def source_hash(site: str, content: bytes) -> str:
    """Changes when the content or the seeding of a site does."""
    files = [APPS / "seeding.py", APPS / "common_settings.py", *(APPS / f"{site}_site").iterdir()]
    digest = hashlib.sha256(content)
    for file in sorted(one for one in files if one.suffix in (".py", ".txt")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def ready(site: str, content: bytes, given: Path | None = None) -> SiteFolder:
    """The folder of an installed site. Raises `TaskError` with what to do if it is not."""
    folder = SiteFolder(sites_folder(given) / site)
    found = folder.installed()
    if not found or not folder.database.is_file():
        raise TaskError(f"The {site} is not installed: run `webagent sites install {site}`.")
    if found.get("source") != source_hash(site, content):
        raise TaskError(
            f"The {site} in {folder.path} was made by another version: run "
            f"`webagent sites install {site}` again, which takes seconds."
        )
    return folder
