"""A small client of Chromium's DevTools protocol over its debugging pipe.

Messages are JSON, ended by a zero byte. Many requests go out in one write and their
answers are collected together: that, not the transport, is what makes suites fast.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import orjson

from webagent.errors import BrowserError

PROFILE_PREFIX = "webagent-browser-"

Message = dict[str, Any]
Listener = Callable[[str, str, Message], None]  # session, method, parameters


class Pipe:
    """One browser process and its debugging pipe. The browser ends when the pipe closes,
    so it cannot outlive this process, whatever ends it.
    """

    def __init__(self, command: Sequence[str], listener: Listener) -> None:
        remove_stale_profiles()
        self._profile = tempfile.mkdtemp(prefix=f"{PROFILE_PREFIX}{os.getpid()}-")
        arguments = [*command, "--remote-debugging-pipe", f"--user-data-dir={self._profile}"]
        self.pid, self._read, self._write = _spawn([*arguments, "about:blank"])
        os.set_blocking(self._read, False)
        self._poll = select.poll()
        self._poll.register(self._read, select.POLLIN | select.POLLHUP)
        self._listener = listener
        self._next = 0
        self._outgoing: list[bytes] = []
        self._answers: dict[int, Message] = {}
        self._unwanted: set[int] = set()
        self._partial = b""
        self.alive = True

    def send(self, method: str, parameters: Message | None = None, session: str = "") -> int:
        """Queue a request; it leaves with the next `wait`."""
        self._next += 1
        message: Message = {"id": self._next, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        self._outgoing.append(orjson.dumps(message) + b"\0")
        return self._next

    def post(self, method: str, parameters: Message, session: str = "") -> None:
        """Send a request at once, without waiting for its answer."""
        self._unwanted.add(self.send(method, parameters, session))
        self._flush()

    def wait(self, ids: Sequence[int], timeout: float) -> dict[int, Message]:
        """The answers to `ids` that came within `timeout` seconds.

        An answer holds either `result` or `error`. Raises `BrowserError` when the browser
        has ended.
        """
        self._flush()
        missing = set(ids) - self._answers.keys()
        deadline = time.monotonic() + timeout
        while missing:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._receive(left)
            missing -= self._answers.keys()
        return {one: self._answers.pop(one) for one in ids if one in self._answers}

    def call(
        self, method: str, parameters: Message | None = None, session: str = "", timeout: float = 10
    ) -> Message:
        """Send one request and return its result; raise `BrowserError` if it fails."""
        one = self.send(method, parameters, session)
        answer = self.wait([one], timeout).get(one)
        if answer is None:
            raise BrowserError(f"The browser did not answer {method} within {timeout:g} s.")
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error'].get('message', 'failed')}")
        return answer["result"]

    def listen(self, seconds: float) -> None:
        """Take events for up to `seconds`, returning after the first batch."""
        self._flush()
        self._receive(seconds)

    def close(self) -> None:
        """End the browser and remove its profile."""
        self.alive = False
        for descriptor in (self._write, self._read):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        _reap(self.pid, patience=3)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _flush(self) -> None:
        data = memoryview(b"".join(self._outgoing))
        self._outgoing.clear()
        try:
            while data:
                data = data[os.write(self._write, data) :]
        except OSError as error:
            self._died(error)

    def _receive(self, seconds: float) -> None:
        if not self._poll.poll(seconds * 1000):
            return
        try:
            data = os.read(self._read, 1 << 20)
        except OSError as error:
            self._died(error)
        if not data:
            self._died(None)
        *messages, self._partial = (self._partial + data).split(b"\0")
        for text in messages:
            message: Message = orjson.loads(text)
            if message.get("id") in self._unwanted:
                self._unwanted.remove(message["id"])
            elif "id" in message:
                self._answers[message["id"]] = message
            else:
                self._listener(message.get("sessionId", ""), message["method"], message["params"])

    def _died(self, cause: OSError | None) -> NoReturn:
        self.alive = False
        raise BrowserError("The browser has ended unexpectedly.") from cause


def _spawn(command: Sequence[str]) -> tuple[int, int, int]:
    """Start the browser with pipes on its descriptors 3 and 4, where Chromium expects
    them. Returns its process id and our ends: one to read, one to write.
    """
    ends = [*os.pipe(), *os.pipe()]
    # Out of the way of 0-4, so that the duplications below can't overwrite one another.
    theirs_in, ours_out, ours_in, theirs_out = (
        fcntl.fcntl(e, fcntl.F_DUPFD_CLOEXEC, 10) for e in ends
    )
    for end in ends:
        os.close(end)
    null = os.open(os.devnull, os.O_RDWR)
    wiring = [(null, 0), (null, 1), (null, 2), (theirs_in, 3), (theirs_out, 4)]
    actions = [(os.POSIX_SPAWN_DUP2, source, target) for source, target in wiring]
    try:
        pid = os.posix_spawn(
            command[0], list(command), os.environ, file_actions=actions, setpgroup=0
        )
    except OSError as error:
        raise BrowserError(f"{command[0]} could not be started: {error}") from error
    finally:
        for end in (null, theirs_in, theirs_out):
            os.close(end)
    return pid, ours_in, ours_out


def _reap(pid: int, patience: float) -> None:
    """Wait `patience` seconds for the browser to end, then kill its process group."""
    deadline = time.monotonic() + patience
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return
            time.sleep(0.01)


def remove_stale_profiles() -> None:
    """Remove the profiles of processes that were killed before they could."""
    for profile in Path(tempfile.gettempdir()).glob(f"{PROFILE_PREFIX}*"):
        owner = profile.name.removeprefix(PROFILE_PREFIX).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc/self").exists():
            shutil.rmtree(profile, ignore_errors=True)
