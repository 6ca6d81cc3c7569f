"""`webagent run`: carry out an instruction on a website."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

import typer
from rich.console import Console
from rich.markup import escape

from webagent.browser.protocol import Browser, Mode
from webagent.browser.reach import domain_of, is_private, reach_of, shown
from webagent.browser.secrets import SHORTEST
from webagent.browser.session import open_browser
from webagent.cli import options
from webagent.cli.evaluate import Spending, default_folder
from webagent.cli.narrate import Narrator, print_json
from webagent.errors import BrowserError, PolicyStop, RunError
from webagent.evaluation.config import Setup
from webagent.evaluation.metrics import summarize
from webagent.evaluation.record import Record
from webagent.evaluation.replay import replayed, write_replays
from webagent.evaluation.report import write_report
from webagent.evaluation.run import describe
from webagent.evaluation.store import REPORT, SUMMARY, RunWriter, write_json
from webagent.play import Job, play
from webagent.policies.load import HELP, load_policy
from webagent.policies.models import source_of, track_of
from webagent.policies.modular import LLM
from webagent.tasks.live import LiveTask, conceal
from webagent.tasks.protocol import Secret
from webagent.types import Ending, Episode

MODEL = "html-t5-mini"  # the shipped one that plans and writes programs
EXIT_CODES = {
    Ending.SUCCESS: 0,
    Ending.BROWSER_ERROR: 3,
    Ending.POLICY_ERROR: 4,
}  # all others: 1

Instruction = Annotated[str, typer.Argument(help="What to do, in plain words.")]
Url = Annotated[str, typer.Option(help="Where to begin.")]
PolicyOption = Annotated[
    str | None,
    typer.Option(
        "--policy", "-p", help=f"Who acts: {HELP}.", show_default=f"webagent, planning by {MODEL}"
    ),
]
PlannerOption = Annotated[
    str | None, typer.Option(help="Who plans: a model's folder or name, llm, or none.")
]
ProgrammerOption = Annotated[
    str | None, typer.Option(help="Who writes programs: a model's folder or name, or llm.")
]
ChatModelOption = Annotated[
    str | None, typer.Option("--model", help="The chat model that llm stands for.")
]
EndpointOption = Annotated[
    str | None, typer.Option(help="Base URL of an endpoint that speaks OpenAI's protocol.")
]
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
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@dataclass(frozen=True, slots=True)
class Trace:
    """The run folder that an episode is kept in, whatever becomes of it."""

    folder: Path
    writer: RunWriter
    task: LiveTask

    def keep(self, episode: Episode) -> Record:
        """Store what may be stored, with pictures and a report."""
        record = self.writer.append(conceal(episode))
        labels = {self.task.id: self.task.labels}
        write_json(self.folder / SUMMARY, summarize([record], labels))
        write_replays(self.folder, [replayed(conceal(episode), record)])
        write_report([self.folder], self.folder / REPORT)
        return record


def run_command(
    instruction: Instruction,
    url: Url,
    policy: PolicyOption = None,
    planner: PlannerOption = None,
    programmer: ProgrammerOption = None,
    model: ChatModelOption = None,
    endpoint: EndpointOption = None,
    allow: Allow = None,
    strict: Strict = False,
    secrets: Secrets = None,
    confirm: Confirm = False,
    steps: Steps = 30,
    attempts: Attempts = 1,
    out: options.RunFolder = None,
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
    agent = agent_of(policy, planner, programmer, model, endpoint)
    folder = out or default_folder(f"run-{urlsplit(task.url).hostname}", agent)
    console = Console(stderr=as_json, soft_wrap=True, highlight=False)
    player = load_policy(agent)
    setup = Setup(
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
    try:
        with open_browser(1, mode, backend, browser, timeout) as opened:
            config = describe([task], [0], opened, setup)
            with RunWriter(folder, config, keep_html=True) as writer:
                if writer.done:
                    raise RunError(f"{folder} holds a run already: name another with --out.")
                trace = Trace(folder, writer, task)
                narrator = Narrator(player, console)
                code = _run(trace, narrator, opened, attempts, as_json)
                if usage := Spending(folder, player).keep():
                    console.print(f"Asked in all: {usage}")
    except BrowserError as error:
        console.print(f"[bold red]Error:[/] {escape(str(error))}")
        raise typer.Exit(EXIT_CODES[Ending.BROWSER_ERROR]) from None
    raise typer.Exit(code)


def agent_of(
    policy: str | None,
    planner: str | None,
    programmer: str | None,
    model: str | None,
    endpoint: str | None,
) -> str:
    """The spec of the policy that the flags name: one as it is, or a modular agent of parts."""
    parts = {"planner": planner, "programmer": programmer, "model": model, "endpoint": endpoint}
    given = {name: one for name, one in parts.items() if one}
    if policy and given:
        raise RunError(f"--{next(iter(given))} is for the agent made of parts: leave --policy out.")
    if policy:
        return policy
    chat = model or endpoint
    usual = {"planner": LLM if chat else MODEL} if planner is None else {}
    chosen = {**usual, **given}
    return "webagent?" + "&".join(f"{name}={quote(one, '')}" for name, one in chosen.items())


def _run(trace: Trace, narrator: Narrator, browser: Browser, attempts: int, as_json: bool) -> int:
    """Play the one episode, keep it, tell its end; returns the exit code."""
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
    narrator.end(episode, record, trace.folder)
    if as_json:
        print_json(record, trace.folder)
    return EXIT_CODES.get(episode.ending, 1) if code is None else code


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
