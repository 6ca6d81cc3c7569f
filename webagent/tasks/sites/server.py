"""The process that serves an application, started when first needed."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from webagent.errors import TaskError
from webagent.tasks.sites.folder import SiteFolder, ready
from webagent.tasks.sites.install import app_command
from webagent.tasks.sites.registry import sites


class SiteServer:
    """One application on a free port of this machine; each host name has its own database.

    The process ends with this one, however this one ends: it reads from a pipe that only
    this process holds. Raises `TaskError` when it does not start.
    """

    def __init__(self, name: str, folder: SiteFolder, port: int = 0) -> None:
        self.name = name
        self._copies = Path(tempfile.mkdtemp(prefix=f"webagent-{name}-"))
        self._numbers = count(1)
        self._log = (self._copies / "log.txt").open("wb")
        command = [*app_command(folder, "host.py"), name, str(folder.data), str(self._copies)]
        self._process = subprocess.Popen(
            [*command, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        atexit.register(self.close)
        assert self._process.stdout
        try:
            self.port = int(json.loads(self._process.stdout.readline())["port"])
        except (json.JSONDecodeError, KeyError) as error:
            said = (self._copies / "log.txt").read_text("utf-8", "replace")[-800:]
            self.close()
            raise TaskError(f"The {name} did not start:\n{said}") from error

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def fresh_host(self, seed: int) -> str:
        """A host name that no episode has had: its first request makes its database."""
        return f"{self.name}-{seed}-{next(self._numbers)}.localhost:{self.port}"

    def begin_url(self, host: str, member: str, path: str) -> str:
        """The address that logs in `member` ("": nobody) and leads to `path`."""
        return f"http://{host}/.begin?{urlencode({'user': member, 'next': path})}"

    def database(self, host: str) -> Path:
        """The database of a host name. Raises `TaskError` if it was never asked for."""
        path = self._copies / f"{host.split('.')[0]}.sqlite3"
        if not path.is_file():
            raise TaskError(f"The {self.name} has no database for {host}: too many came after it.")
        return path

    def close(self) -> None:
        atexit.unregister(self.close)
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._log.close()
        shutil.rmtree(self._copies, ignore_errors=True)


@cache
def _servers() -> dict[str, SiteServer]:
    return {}


def site_server(name: str) -> SiteServer:
    """This process's server of a site, started if it is not running."""
    found = _servers().get(name)
    if found is None or not found.running:
        if found:
            found.close()
        found = SiteServer(name, ready(name, sites()[name].content_json()))
        _servers()[name] = found
    return found
