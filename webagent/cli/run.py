"""`webagent run`: carry out an instruction on a website."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.markup import escape

from webagent.browser.protocol import Browser, Mode
from webagent.browser.reach import domain_of, is_private, reach_of, shown
from webagent.browser.session import open_browser
from webagent.cli import options, parts
from webagent.cli.evaluate import Spending, default_folder
from webagent.cli.narrate import Narrator
from webagent.cli.outcome import no_outcome, outcome, print_document
from webagent.errors import BrowserError, PolicyStop, RunError, WebAgentError
from webagent.evaluation.config import Setup
from webagent.evaluation.metrics import summarize
from webagent.evaluation.record import Record
from webagent.evaluation.replay import replayed, write_replays
from webagent.evaluation.report import write_report
from webagent.evaluation.run import describe
from webagent.evaluation.store import CONFIG, REPORT, SUMMARY, RunWriter, write_json
from webagent.play import Job, play
from webagent.policies.load import load_policy
from webagent.policies.models import source_of, track_of, watch_waits
from webagent.policies.protocol import Policy
from webagent.tasks.live import SHORTEST, LiveTask, conceal
from webagent.tasks.protocol import Secret
from webagent.types import Ending, Episode

WRONG_USAGE = 2
EXIT_CODES = {
    Ending.SUCCESS: 0,
    Ending.BROWSER_ERROR: 3,
    Ending.POLICY_ERROR: 4,
}  # all others: 1

Instruction = Annotated[str, typer.Argument(help="What to do, in plain words.")]
Url = Annotated[str, typer.Option(help="Where to begin.")]
Allow = Annotated[
    list[str] | None,
    typer.Option(help="A domain the agent may go to beside that of --url; may repeat."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Load nothing at all from other domains, not even images.")
]
Secrets = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        help="NAME=VARIABLE: {{NAME}} in what is typed stands for the environment variable's "
        "value, which nobody sees but the site of --url (or NAME=VARIABLE@DOMAIN); may repeat.",
    ),
]
Confirm = Annotated[
    bool, typer.Option("--confirm", help="Answer a page's questions by OK; else by Cancel.")
]
Steps = Annotated[int, typer.Option(min=1, help="Actions after which the agent is stopped.")]
Attempts = Annotated[
    int, typer.Option(min=1, help="Times to begin, if the browser fails: what was done is redone.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help="A new folder for the trace.", show_default="runs/ and the time and host"
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document; what is told goes to stderr.")
]


@dataclass(frozen=True, slots=True)
class Trace:
    """The run folder that an episode is kept in, whatever becomes of it."""

    folder: Path
    writer: RunWriter
    task: LiveTask
    track: str | None

    def keep(self, episode: Episode) -> Record:
        """Store what may be stored, with pictures and a report."""
        record = self.writer.append(conceal(episode))
        labels = {self.task.id: self.task.labels}
        write_json(self.folder / SUMMARY, summarize([record], labels, self.track))
        write_replays(self.folder, [replayed(conceal(episode), record)])
        write_report([self.folder], self.folder / REPORT)
        return record


def run_command(
    instruction: Instruction,
    url: Url,
    policy: parts.Policy = None,
    planner: parts.Planner = None,
    programmer: parts.Programmer = None,
    model: parts.ChatModel = None,
    endpoint: parts.Endpoint = None,
    option: parts.Options = None,
    allow: Allow = None,
    strict: Strict = False,
    secrets: Secrets = None,
    confirm: Confirm = False,
    steps: Steps = 30,
    attempts: Attempts = 1,
    out: Out = None,
    mode: options.ModeOption = Mode.POINTER,
    backend: options.Backend = "cdp",
    browser: options.BrowserPath = None,
    timeout: options.Timeout = 15,
    as_json: AsJson = False,
) -> None:
    """Carry out an instruction on a website, and keep a trace to look at.

    The agent stays on the domain of --url and those you --allow. Exit codes: 0 it said that
    it is done, 1 it gave up or reached a limit, 2 wrong usage, 3 the browser failed, 4 the
    policy failed, 130 interrupted.
    """
    console = Console(stderr=as_json, soft_wrap=True, highlight=False)
    with _failures_told(instruction, console, as_json):
        task = LiveTask(
            instruction,
            _whole(url),
            steps,
            tuple(allow or ()),
            strict,
            _secrets(secrets or ()),
            confirm,
        )
        reach_of(task.start(0))
        agent = parts.agent_of(policy, planner, programmer, model, endpoint, option or ())
        folder = _new(out or default_folder(f"run-{urlsplit(task.url).hostname}", agent))
        player = load_policy(agent)
        with open_browser(1, mode, backend, browser, timeout) as opened:
            config = describe([task], [0], opened, _setup(task, agent, player, attempts))
            with RunWriter(folder, config, keep_html=True) as writer:
                trace = Trace(folder, writer, task, config.track)
                code = _run(trace, player, console, opened, attempts, as_json)
    raise typer.Exit(code)


@contextmanager
def _failures_told(instruction: str, console: Console, as_json: bool) -> Generator[None]:
    """Tell what keeps an episode from beginning, and end with its exit code. Wrong usage is
    raised, unless there is a document to print.
    """
    try:
        yield
    except WebAgentError as error:
        ending = Ending.BROWSER_ERROR if isinstance(error, BrowserError) else None
        if ending is None and not as_json:
            raise
        code = EXIT_CODES[ending] if ending else WRONG_USAGE
        console.print(f"[bold red]Error:[/] {escape(str(error))}")
        if as_json:
            print_document(no_outcome(instruction, ending, str(error), code))
        raise typer.Exit(code) from None


def _new(folder: Path) -> Path:
    if (folder / CONFIG).exists():
        raise RunError(f"{folder} holds a run already: name another with --out.")
    return folder


def _setup(task: LiveTask, agent: str, player: Policy, attempts: int) -> Setup:
    return Setup(
        suite="live",
        policy=agent,
        track=track_of(player),
        card=source_of(agent, player),
        text="as given",
        layout="live",
        clock_ms=None,
        attempts=attempts,
        command=("webagent", "run", "--url", task.url, "--policy", agent),
    )


def _run(
    trace: Trace, player: Policy, console: Console, browser: Browser, attempts: int, as_json: bool
) -> int:
    """Play the one episode, keep it, tell its end; returns the exit code."""
    narrator = Narrator(player, console)
    watch_waits(player, narrator.wait)
    narrator.begin(trace.task)
    code = None
    try:
        jobs = [Job(trace.task, 0, screenshots=True)]
        [episode] = play(jobs, narrator, browser, attempts=attempts)
    except PolicyStop as error:
        episode, code = narrator.broken_off(trace.task, Ending.POLICY_ERROR, str(error)), 4
    except KeyboardInterrupt:
        episode, code = narrator.broken_off(trace.task, Ending.GAVE_UP, "Interrupted."), 130
    record = trace.keep(episode)
    code = EXIT_CODES.get(episode.ending, 1) if code is None else code
    narrator.end(episode, record, trace.folder)
    if usage := Spending(trace.folder, player).keep():
        console.print(f"Asked in all: {usage}")
    if as_json:
        print_document(outcome(record, trace.folder, usage, code))
    return code


def _whole(url: str) -> str:
    """The address with its scheme: https, but http on this machine and private networks."""
    if "://" in url:
        return url
    host = urlsplit(f"//{url}").hostname or ""
    return f"{'http' if is_private(host) else 'https'}://{url}"


def _secrets(given: Sequence[str]) -> dict[str, Secret]:
    found: dict[str, Secret] = {}
    for one in given:
        name, _, rest = one.partition("=")
        variable, _, domain = rest.partition("@")
        if not (name.isidentifier() and variable):
            raise RunError(f"--secret takes NAME=VARIABLE, not {shown(one)!r}.")
        if not (value := os.environ.get(variable)):
            raise RunError(f"The environment variable {variable} of the secret {name} is not set.")
        if len(value) < SHORTEST:
            raise RunError(f"The secret {name} must have at least {SHORTEST} characters.")
        if domain:
            domain_of(domain)  # says so now if it is none
        found[name] = Secret(value, domain)
    return found
