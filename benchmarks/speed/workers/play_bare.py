"""A bare loop over Chromium's debugging pipe: one evaluate a step, nothing around it.

Clicks and typing are dispatched in the page, the observation is the task area's HTML:
about the least that an environment can do, so the bound to compare with. Arguments: the
browser and the folder of the MiniWoB++ pages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from lines import Played, Timer, serve
from scripts import finder, plan

FLAGS = ("--headless", "--remote-debugging-pipe", "--disable-gpu")
AS_ROOT = ("--no-sandbox",)  # Chromium has no sandbox for root
AGENT = Path(__file__).parent / "bare.js"


class Bare:
    """One browser with one page."""

    def __init__(self, browser: str, pages: str, profile: str) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        wiring = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        flags = [*FLAGS, *(AS_ROOT if os.geteuid() == 0 else ())]
        command = ["bash", "-c", wiring, "bash", browser, *flags, f"--user-data-dir={profile}"]
        self.process = subprocess.Popen(
            [*command, "about:blank"], pass_fds=(to_browser, from_browser), stderr=-3, stdout=-3
        )
        os.close(to_browser)
        os.close(from_browser)
        self._pages, self._shown = pages, ""
        self._count, self._partial, self._session = 0, b"", ""
        self.version = str(self.call("Browser.getVersion")["product"])
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = str(attached["sessionId"])
        self.call("Page.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self.receive()).get("id") != self._count:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def receive(self) -> dict[str, Any]:
        """The next message of the browser."""
        while b"\0" not in self._partial:
            data = os.read(self._read, 1 << 20)
            if not data:
                raise RuntimeError("The browser has ended.")
            self._partial += data
        text, _, self._partial = self._partial.partition(b"\0")
        return json.loads(text)

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"])[:400])
        return answer["result"].get("value")

    def show(self, task: str) -> None:
        """Load the task's page, unless it is there already."""
        if task == self._shown:
            return
        self.call("Page.navigate", url=f"{Path(self._pages).as_uri()}/miniwob/{task}.html")
        while self.receive().get("method") != "Page.loadEventFired":
            pass
        self.evaluate(AGENT.read_text("utf-8").replace("FINDER", finder()))
        self._shown = task

    def play(self, task: str, seed: int) -> Played:
        """One episode."""
        self.show(task)
        timer = Timer()
        with timer.running():
            state = json.loads(self.evaluate(f"bare.reset({seed})"))
        instruction, steps = state["instruction"], 0
        for intent in plan(task, instruction):
            with timer.running():
                call = f"bare.step({json.dumps(intent.target)}, {json.dumps(intent.text)})"
                state = json.loads(self.evaluate(call))
            steps += 1
        success = bool(state["done"]) and state["reward"] == 1
        return Played(timer.seconds, steps, success, instruction)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bare = Bare(sys.argv[1], sys.argv[2], folder)
        serve(bare.play, {"version": "-", "browser": bare.version})
        bare.process.kill()
        bare.process.wait()
