"""A chromedriver process that ends with the process that started it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from webagent.browser.cdp_pipe import PROFILE_PREFIX, remove_stale_profiles
from webagent.errors import BrowserError, BrowserMissing

VARIABLE = "SE_CHROMEDRIVER"  # Selenium's own name for it
PLACES = (
    "chromedriver",
    "/usr/lib/chromium/chromedriver",
    "/usr/lib64/chromium/chromedriver",
    "/usr/lib/chromium-browser/chromedriver",
    "/snap/bin/chromium.chromedriver",
)
LONGEST_PARENT = 24  # characters; Chromium makes a socket below, whose path has at most 107
START_SECONDS = 30
STOP_SECONDS = 5
# A chromedriver does not notice that its owner was killed; this shell does, by the end of
# its input. The browsers end in turn, since their debugging pipes lead to chromedriver.
KEEPER = """
"$@" &
read -r _ || orphan=yes
kill -9 $!
wait
[ "$orphan" ] && sleep 2 && rm -rf "$0"
"""


class Chromedriver:
    """Serves WebDriver sessions on a free loopback port. Raises `BrowserError`."""

    def __init__(self, program: str) -> None:
        remove_stale_profiles()
        self._folder = _folder()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, self._folder, program, "--port=0"],
            env={**os.environ, "TMPDIR": self._folder},  # where it puts the browsers' profiles
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C
        )
        try:
            self._port = self._find_port(program)
        except BaseException:
            self.close()
            raise
        self.url = f"http://127.0.0.1:{self._port}"

    @property
    def alive(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), STOP_SECONDS).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """End chromedriver, and with it the browsers that it still has."""
        if self._process.stdin and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(b"end\n")
                self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._output.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _find_port(self, program: str) -> int:
        deadline = time.monotonic() + START_SECONDS
        said = ""
        while time.monotonic() < deadline:
            said = os.pread(self._output.fileno(), 1 << 16, 0).decode("utf-8", "replace")
            if found := re.search(r"started successfully on port (\d+)", said):
                return int(found[1])
            if "not found" in said or "rror" in said:
                break
            time.sleep(0.02)
        said = said.strip()[-500:] or "nothing"
        raise BrowserError(f"{program} did not start as a chromedriver; it said: {said}")


def find_chromedriver(named: str | None = None) -> str:
    """The chromedriver to use: the one named, or SE_CHROMEDRIVER, or one of this system.

    Raises `BrowserMissing`.
    """
    wanted = named or os.environ.get(VARIABLE)
    found = next(filter(None, map(shutil.which, [wanted] if wanted else PLACES)), None)
    if found:
        return found
    if wanted:
        raise BrowserMissing(f"The chromedriver you named, {wanted}, is not a program here.")
    raise BrowserMissing(
        "No chromedriver was found on the PATH. Install the one that belongs to your Chromium "
        f"(Debian's package is chromium-driver), or set {VARIABLE} to its path."
    )


def _folder() -> str:
    """A new temporary folder with a short path."""
    usual = tempfile.gettempdir()
    parent = usual if len(usual) <= LONGEST_PARENT else "/tmp"
    return tempfile.mkdtemp(prefix=f"{PROFILE_PREFIX}{os.getpid()}-", dir=parent)
