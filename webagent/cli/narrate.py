"""What `webagent run` says while an agent is at work, and at its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from webagent.evaluation.record import Record
from webagent.evaluation.store import REPORT
from webagent.policies.protocol import Policy
from webagent.tasks.live import LiveTask, conceal_step, passwords
from webagent.types import Context, Decision, Ending, Episode, Step, Verdict

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
            self._tell_error(context)
        with self._console.status("thinking") if self._console.is_terminal else _Quiet():
            decisions = self._policy.act(contexts)
        for context, decision in zip(contexts, decisions, strict=True):
            step = Step(context.observation, decision)
            self._decided = decision
            hidden = passwords((*context.history, step))
            self._tell(len(context.history) + 1, conceal_step(step, hidden).decision)
        return decisions

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

    def end(self, record: Record, folder: Path) -> None:
        """Tell the end from what was kept, in which passwords are hidden."""
        if record.steps and record.steps[-1].error:
            self._say(f"     {record.steps[-1].error}", "yellow")
        words = f"{record.ending} after {len(record.steps)} steps, {record.seconds:.1f} s"
        self._say(words.capitalize() + ".", STYLES.get(record.ending, "bold yellow"))
        if record.detail:
            self._say(record.detail, "red")
        if "answer" in record.facts:
            self._say(f"Answer: {record.facts['answer']}", "bold")
        self._say(f"Trace: {folder / REPORT}", "dim")

    def _tell_error(self, context: Context) -> None:
        if context.history and context.history[-1].error:
            self._say(f"     {context.history[-1].error}", "yellow")

    def _tell(self, number: int, decision: Decision) -> None:
        if decision.note:
            self._say(f"     {decision.note}", "cyan")
        if decision.program:
            self._program(decision.program)
        self._say(f"{number:3}. {decision.action}")

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


def print_json(record: Record, folder: Path) -> None:
    """Print the record as one JSON document, without the pages."""
    document = {
        "instruction": record.instruction,
        "ending": record.ending,
        "success": record.success,
        "answer": record.facts.get("answer"),
        "steps": [
            {"action": one.action, "note": one.note, "program": one.program, "error": one.error}
            for one in record.steps
        ],
        "seconds": record.seconds,
        "detail": record.detail,
        "trace": str(folder),
        "report": str(folder / REPORT),
    }
    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())  # noqa: T201
