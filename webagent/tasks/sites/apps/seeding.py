"""Makes the database of an application: `seeding.py SITE DATA`, content on standard input.

Like `host.py`, this runs in the application's own virtual environment and imports nothing of
`webagent`. What stands here is part of what an installation is: a change needs another one.
"""

# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false

from __future__ import annotations

import importlib
import json
import os
import random
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

NOW = datetime(2025, 5, 12, 9, 0, tzinfo=UTC)  # when every episode begins


class Clock:
    """The time that the application sees. It stands still but for `move`."""

    def __init__(self) -> None:
        self._travel = time_machine.travel(NOW, tick=False)
        self._time = self._travel.start()

    def move(self, when: datetime) -> None:
        self._time.move_to(when)


def session_key(user: str) -> str:
    """The key of the session in which `user` is logged in, from the beginning."""
    return "begin" + re.sub(r"[^a-z0-9]", "0", user.lower()).rjust(27, "0")


def log_in(user, backend: str) -> None:
    """Make the session with which episodes of `user` begin."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = backend
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store._session_key = session_key(user.username)
    store.save(must_create=True)


def prepare(site: str, data: Path) -> None:
    """Load Django with the settings of `site`; `data` holds its files."""
    sys.path.insert(0, str(Path(__file__).parent))
    os.environ["SITE_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{site}_site.settings"
    import django

    django.setup()


def seed(site: str, data: Path) -> None:
    from django.core.management import call_command

    content = json.load(sys.stdin)
    clock = Clock()
    clock.move(NOW - timedelta(days=800))
    random.seed(site)
    (data / "media").mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    importlib.import_module(f"{site}_site.seed").seed(content, clock, NOW)


if __name__ == "__main__":
    prepare(sys.argv[1], Path(sys.argv[2]))
    seed(sys.argv[1], Path(sys.argv[2]))
