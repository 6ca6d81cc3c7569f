"""`webagent eval`: score a policy on suites or tasks."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

import orjson
import typer
from rich.console import Console

from webagent.browser.protocol import Browser
from webagent.browser.session import open_browser
from webagent.cli import options
from webagent.cli.progress import progress
from webagent.errors import PolicyStop, RunError
from webagent.evaluation.config import Setup
from webagent.evaluation.metrics import Summary
from webagent.evaluation.record import Record
from webagent.evaluation.report import terminal_table
from webagent.evaluation.run import Observer, evaluate
from webagent.evaluation.store import REPORT, SUMMARY, write_json
from webagent.llm.protocol import Usage
from webagent.policies.load import load_policy
from webagent.policies.models import source_of, track_of, usage_of
from webagent.policies.protocol import Policy
from webagent.tasks.official import official_tasks
from webagent.tasks.protocol import EPISODE_MS, Task, Variant
from webagent.tasks.suites import load_task, suite

USAGE = "usage.json"
SPENDING_SECONDS = 5  # between writes of it


@dataclass(frozen=True, slots=True)
class Plan:
    """What to evaluate, before a browser is there."""

    name: str
    tasks: Sequence[Task]
    seeds: Sequence[int]
    policy: str
    variant: Variant
    player: Policy | None = None
    invalid_limit: int = 10
    any_seeds: bool = False
    keep_html: bool = False
    replays: int = 24
    observers: Sequence[Observer] = field(default_factory=tuple[Observer, ...])

    def run(self, browser: Browser, folder: Path) -> Summary:
        setup = Setup(
            suite=self.name,
            policy=self.policy,
            track=track_of(self.player),
            card=source_of(self.policy, self.player),
            text=self.variant.text,
            layout=self.variant.layout,
            clock_ms=None if self.variant.episode_timer else EPISODE_MS,
            invalid_limit=self.invalid_limit,
            command=("webagent", *sys.argv[1:]),
        )
        return evaluate(
            self.tasks,
            self.seeds,
            self.player or load_policy(self.policy),
            browser,
            folder,
            setup,
            observers=self.observers,
            keep_html=self.keep_html,
            any_seeds=self.any_seeds,
            replays=self.replays,
        )


def evaluate_command(
    suites: options.Suites = None,
    tasks: options.Tasks = None,
    policy: options.PolicySpec = "expert",
    seeds: options.Seeds = "0-99",
    limit: options.Limit = None,
    out: options.RunFolder = None,
    mode: options.ModeOfTasks = None,
    text: options.Text = "clean",
    layout: options.Layout = "auto",
    until: options.Until = "goal",
    pages: options.Pages = None,
    slots: options.Slots = options.CORES,
    backend: options.Backend = "cdp",
    browser: options.BrowserPath = None,
    timeout: options.Timeout = 15,
    episode_timer: options.EpisodeTimer = False,
    invalid_limit: options.InvalidLimit = 10,
    replays: options.Replays = 24,
    keep_html: options.KeepHtml = False,
    any_seeds: options.AnySeeds = False,
    as_json: options.AsJson = False,
) -> None:
    """Play a policy on suites or tasks and write a run folder with an HTML report.

    A run that was stopped goes on with the same command and `--out` the same folder.
    """
    if not (suites or tasks):
        raise RunError("Say what to play: --suite compwob, or --task miniwob.click-link.")
    wanted = _names(suites or (), tasks or ())
    mode = mode or options.mode_of(wanted)
    chosen = options.variant(text, layout, mode, episode_timer, until)
    if pages:
        chosen = options.official_variant(layout, mode, episode_timer)
    names, kept_seeds = limited(wanted, options.parse_seeds(seeds), limit)
    plan = Plan(
        name="+".join([*(suites or ()), *(tasks or ())]),
        tasks=official_tasks(names, pages) if pages else [load_task(one, chosen) for one in names],
        seeds=kept_seeds,
        policy=policy,
        variant=chosen,
        player=load_policy(policy),
        invalid_limit=invalid_limit,
        any_seeds=any_seeds,
        keep_html=keep_html,
        replays=replays,
    )
    folder = out or default_folder(plan.name, policy)
    console = Console(stderr=as_json)
    console.print(f"Run folder: {folder}", soft_wrap=True, highlight=False)
    spending = Spending(folder, plan.player)
    with open_browser(slots, mode, backend, browser, timeout) as opened:
        try:
            summary = watched(plan, opened, folder, console, spending)
        finally:
            if usage := spending.keep():
                console.print(f"Asked in all: {usage}", highlight=False)
    if as_json:
        print((folder / SUMMARY).read_text("utf-8"))  # noqa: T201
    else:
        console.print(terminal_table([(plan.policy, summary)]))
        console.print(f"Report: {(folder / REPORT).resolve()}", soft_wrap=True, highlight=False)
    if summary.infrastructure:
        raise typer.Exit(1)


def watched(
    plan: Plan, browser: Browser, folder: Path, console: Console, *observers: Observer
) -> Summary:
    """Run a plan under a progress bar; when interrupted or stopped, say how to go on."""
    try:
        with progress(console, f"{plan.policy} on {plan.name}") as observe:
            return replace(plan, observers=(observe, *observers)).run(browser, folder)
    except KeyboardInterrupt:
        console.print(f"Stopped. The same command with --out {folder} goes on from here.")
        raise typer.Exit(130) from None
    except PolicyStop as error:
        raise PolicyStop(
            f"{error} The same command with --out {folder} goes on from here."
        ) from None


def limited(
    tasks: Sequence[str], seeds: Sequence[int], limit: int | None
) -> tuple[list[str], list[int]]:
    """At most `limit` episodes: fewer seeds first, then tasks spread over the list."""
    if limit is None or limit >= len(tasks) * len(seeds):
        return list(tasks), list(seeds)
    if limit >= len(tasks):
        return list(tasks), list(seeds[: limit // len(tasks)])
    return [tasks[i * len(tasks) // limit] for i in range(limit)], list(seeds[:1])


class Spending:
    """What a policy asks of its chat model, kept in a run's `usage.json` beside what earlier
    sessions of the run asked. An observer of episodes, so that little is lost with a process.
    """

    def __init__(self, folder: Path, player: object) -> None:
        self._file = folder / USAGE
        self._player = player
        self._before: Usage | None = None
        self._kept = time.monotonic()

    def __call__(self, record: Record, done: int, total: int) -> None:
        if time.monotonic() - self._kept > SPENDING_SECONDS:
            self.keep()

    def keep(self) -> Usage | None:
        """Write the sum of all sessions; None if nothing was asked."""
        usage = usage_of(self._player) or Usage()
        self._kept = time.monotonic()
        if usage == Usage():
            return None
        if self._before is None:
            known = self._file.is_file()
            self._before = Usage(**orjson.loads(self._file.read_bytes())) if known else Usage()
        write_json(self._file, asdict(self._before + usage))
        return self._before + usage


def default_folder(suite_name: str, policy: str) -> Path:
    """`runs/<time>-<suite>-<policy>` in the current folder."""
    time = datetime.now().strftime("%Y%m%d-%H%M%S")
    name = Path(policy.partition("?")[0]).name
    plain = re.sub(r"[^A-Za-z0-9.+-]+", "-", f"{suite_name}-{name}")[:80]
    return Path("runs") / f"{time}-{plain}"


def _names(suites: Sequence[str], tasks: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*(task for name in suites for task in suite(name)), *tasks]))
