"""What `webagent run` says while an agent is at work, and at its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from webagent.evaluation.record import Record
from webagent.evaluation.store import REPORT
from webagent.llm.protocol import Waiting
from webagent.policies.protocol import Policy
from webagent.tasks.live import LiveTask, conceal_step, passwords
from webagent.types import Context, Decision, Ending, Episode, Observation, Step, Verdict

UNKNOWN = "Interrupted: it may have been carried out, or not."
STYLES = {Ending.SUCCESS: "bold green", Ending.BROWSER_ERROR: "bold red"}


class Narrator:
    """A policy that tells what the one it stands for does.

    In a terminal it uses colours; elsewhere it prints plain lines.
    """

    def __init__(self, policy: Policy, console: Console) -> None:
        self._policy = policy
        self._console = console
        self._began = time.monotonic()
        self._last: Context | None = None
        self._decided: Decision | None = None  # on the last context

    def begin(self, task: LiveTask) -> None:
        self._began = time.monotonic()
        self._say(task.instruction, "bold")
        self._say(f"at {task.url}", "dim")

    def act(self, contexts: Sequence[Context]) -> Sequence[Decision]:
        for context in contexts:
            self._last, self._decided = context, None
            self._tell_outcome(context.history, context.observation)
        with self._console.status("thinking") if self._console.is_terminal else _Quiet():
            decisions = self._policy.act(contexts)
        for context, decision in zip(contexts, decisions, strict=True):
            self._decided = decision
            self._tell(context, decision)
        return decisions

    def wait(self, waiting: Waiting) -> None:
        """Tell that the policy's chat model is asked again, and why."""
        self._say(f"     {waiting}", "yellow")

    def broken_off(self, task: LiveTask, ending: Ending, detail: str) -> Episode:
        """The episode as far as it came."""
        last = self._last
        steps = last.history if last else ()
        if last and self._decided:
            steps += (Step(last.observation, self._decided, UNKNOWN),)
        final = last.observation if last else None
        seconds = time.monotonic() - self._began
        verdict = Verdict(task.instruction)
        return Episode(task.id, 0, ending, verdict, steps, final, seconds, detail=detail)

    def end(self, episode: Episode, record: Record, folder: Path) -> None:
        """Tell the end; `record` is what was kept, in which passwords are hidden."""
        told = len(self._last.history) if self._last else 0
        if episode.final and len(episode.steps) > told:
            self._tell_outcome(episode.steps, episode.final)
        words = f"{record.ending} after {len(record.steps)} steps, {record.seconds:.1f} s"
        self._say(words.capitalize() + ".", STYLES.get(record.ending, "bold yellow"))
        if record.detail:
            self._say(record.detail, "red")
        if "answer" in record.facts:
            self._say(f"Answer: {record.facts['answer']}", "bold")
        self._say(f"Trace: {folder / REPORT}", "dim")

    def _tell_outcome(self, steps: Sequence[Step], now: Observation) -> None:
        """What was wrong with the last of these steps, and where it led."""
        if not steps:
            return
        if error := steps[-1].error:
            self._say(f"     {error}", "yellow")
        if now.url != steps[-1].observation.url:
            self._say(f"     at {now.url}", "dim")

    def _tell(self, context: Context, decision: Decision) -> None:
        step = Step(context.observation, decision)
        told = conceal_step(step, passwords((*context.history, step))).decision
        for one in told.tries:
            self._begin(one.note, one.program)
            self._say(f"     Failed without an action: {one.error}", "yellow")
        before = context.history[-1].decision.note if context.history else ""
        said_before = decision.note == before and not decision.program
        self._begin("" if said_before else told.note, told.program)
        self._say(f"{len(context.history) + 1:3}. {told.action}")

    def _begin(self, note: str, program: str) -> None:
        if note:
            self._say(f"     {note}", "cyan")
        if program:
            self._program(program)

    def _program(self, source: str) -> None:
        if self._console.is_terminal:
            self._console.print(Syntax(source.strip(), "python", background_color="default"))
            return
        for line in source.strip().splitlines():
            self._say(f"     | {line}")

    def _say(self, text: str, style: str = "") -> None:
        # What a page or a model wrote must not steer the terminal.
        plain = "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
        self._console.print(Text(plain, style=style if self._console.is_terminal else ""))


class _Quiet:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
