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
from threading import RLock, Thread
from typing import Any, NoReturn

import orjson

from webagent.errors import BrowserError, BrowserMissing

PROFILE_PREFIX = "webagent-browser-"
OWNED = ".owned"  # a file in the profile, locked as long as its owner lives
ATTENTION_SECONDS = 0.2

Message = dict[str, Any]
Listener = Callable[[str, str, Message], None]  # session, method, parameters


class Pipe:
    """One browser process and its debugging pipe. The browser ends when the pipe closes,
    so it cannot outlive this process, whatever ends it.
    """

    def __init__(self, command: Sequence[str], listener: Listener) -> None:
        remove_stale_profiles()
        self._profile = Path(tempfile.mkdtemp(prefix=PROFILE_PREFIX))
        self._lock = (self._profile / OWNED).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        arguments = [*command, "--remote-debugging-pipe", f"--user-data-dir={self._profile}"]
        try:
            self.pid, self._read, self._write = _spawn([*arguments, "about:blank"])
        except BrowserMissing:
            self._remove_profile()
            raise
        os.set_blocking(self._read, False)
        self._poll = select.poll()
        self._poll.register(self._read, select.POLLIN | select.POLLHUP)
        self._listener = listener
        self._next = 0
        self._outgoing: list[bytes] = []
        self._answers: dict[int, Message] = {}
        self._waiting: dict[int, str] = {}  # request -> its session
        self._unwanted: set[int] = set()
        self._partial = b""
        self._turn = RLock()  # of the caller and the thread of `attend`
        self._attendant: Thread | None = None
        self.alive = True
        self._closed = False

    def send(self, method: str, parameters: Message | None = None, session: str = "") -> int:
        """Queue a request; it leaves with the next `wait`."""
        with self._turn:
            self._next += 1
            message: Message = {"id": self._next, "method": method, "params": parameters or {}}
            if session:
                message["sessionId"] = session
            self._outgoing.append(orjson.dumps(message) + b"\0")
            self._waiting[self._next] = session
            return self._next

    def post(self, method: str, parameters: Message, session: str = "") -> None:
        """Send a request at once, without waiting for its answer."""
        with self._turn:
            self._unwanted.add(self.send(method, parameters, session))
            self._flush()

    def wait(
        self, ids: Sequence[int], timeout: float, *, again: bool = False
    ) -> dict[int, Message]:
        """The answers to `ids` that came within `timeout` seconds.

        An answer holds either `result` or `error`. Late ones are thrown away, unless they
        will be waited for `again`. Raises `BrowserError` when the browser has ended.
        """
        with self._turn:
            self._flush()
            missing = set(ids) - self._answers.keys()
            deadline = time.monotonic() + timeout
            while missing:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._receive(left)
                missing -= self._answers.keys()
            if not again:
                self._unwanted |= missing & self._waiting.keys()
            return {one: self._answers.pop(one) for one in ids if one in self._answers}

    def give_up(self, session: str, why: str) -> None:
        """Answer all that is asked of a session with an error: it will not answer itself."""
        for one in [one for one, asked in self._waiting.items() if asked == session]:
            del self._waiting[one]
            if one not in self._unwanted:
                self._answers[one] = {"error": {"message": why}}

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
        with self._turn:
            self._flush()
            self._receive(seconds)

    def attend(self) -> None:
        """From now on take events also while nobody waits: live pages go on by themselves."""
        if self._attendant is None:
            self._attendant = Thread(target=self._attend, name="browser-events", daemon=True)
            self._attendant.start()

    def _attend(self) -> None:
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        with contextlib.suppress(BrowserError, OSError):
            while self.alive:
                if poll.poll(ATTENTION_SECONDS * 1000):
                    with self._turn:
                        if self.alive:
                            self._receive(0)

    def close(self) -> None:
        """End the browser and remove its profile."""
        self.alive = False
        if self._closed:
            return
        self._closed = True
        if self._attendant:
            self._attendant.join(2 * ATTENTION_SECONDS)
        for descriptor in (self._write, self._read):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        _reap(self.pid, patience=3)
        self._remove_profile()

    def _remove_profile(self) -> None:
        self._lock.close()
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
            if "id" in message:
                self._take(message)
            else:
                self._listener(message.get("sessionId", ""), message["method"], message["params"])

    def _take(self, answer: Message) -> None:
        wanted = self._waiting.pop(answer["id"], None) is not None
        if answer["id"] in self._unwanted:
            self._unwanted.remove(answer["id"])
        elif wanted:
            self._answers[answer["id"]] = answer

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
        os.close(ours_in)
        os.close(ours_out)
        raise BrowserMissing(f"{command[0]} could not be started: {error}") from error
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
    for owned in Path(tempfile.gettempdir()).glob(f"{PROFILE_PREFIX}*/{OWNED}"):
        with contextlib.suppress(OSError), owned.open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(owned.parent, ignore_errors=True)
