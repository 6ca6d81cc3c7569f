"""`webagent demo`: expert, model and random policy on samples, or one composed task."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from webagent.assets import shipped_models
from webagent.browser.protocol import Browser, Mode
from webagent.browser.session import open_browser
from webagent.cli import options
from webagent.cli.evaluate import Plan, default_folder, watched
from webagent.errors import PolicyError, RunError
from webagent.evaluation.metrics import Summary
from webagent.evaluation.report import terminal_table, write_report
from webagent.evaluation.store import REPORT
from webagent.play import Job, play
from webagent.policies.load import load_policy
from webagent.policies.protocol import Policy
from webagent.tasks.protocol import Variant
from webagent.tasks.suites import load_task, suite
from webagent.types import Episode

SAMPLES = {"miniwob-22": 3, "compwob": 1, "compwob-reverse": 1}  # suite -> seeds of each task

Parts = Annotated[
    str | None, typer.Option(help="Parts of your own task: click-link,login-user,click-dialog.")
]
Order = Annotated[str, typer.Option(help="Order of its instruction: forward or reverse.")]
Seed = Annotated[int, typer.Option(min=0, help="Its seed.")]


def demo_command(
    compose: Parts = None,
    order: Order = "forward",
    seed: Seed = 0,
    policy: options.PolicySpec = "expert",
    mode: options.ModeOption = Mode.ELEMENT,
    slots: options.Slots = options.CORES,
    browser: options.BrowserPath = None,
    out: options.RunFolder = None,
) -> None:
    """Show what the system does: a table in the terminal and an HTML report.

    Without options the expert, a model that ships and a random policy play samples of
    CompWoB, in both instruction orders, and of the base tasks. With --compose the policy
    plays one task that is put together from the parts you name.
    """
    console = Console()
    chosen = options.variant("clean", "auto", mode, episode_timer=False)
    folder = out or default_folder("compose" if compose else "demo", policy if compose else "all")
    with open_browser(slots, mode, executable=browser) as opened:
        if compose is not None:
            _composed(compose, order, seed, policy, chosen, opened, folder, console)
        else:
            _samples(chosen, opened, folder, console)


def _samples(variant: Variant, browser: Browser, folder: Path, console: Console) -> None:
    began = time.monotonic()
    players = _players(console)
    summaries: dict[str, list[tuple[str, Summary]]] = {}
    folders: list[Path] = []
    for suite_name, seeds in SAMPLES.items():
        tasks = [load_task(name, variant) for name in suite(suite_name)]
        for policy, player in players.items():
            plan = Plan(suite_name, tasks, range(seeds), policy, variant, player, replays=6)
            place = folder / f"{suite_name}-{policy}"
            summaries.setdefault(suite_name, []).append(
                (policy, watched(plan, browser, place, console))
            )
            folders.append(place)
    for suite_name, scores in summaries.items():
        console.print(terminal_table(scores, title=suite_name))
    path = write_report(folders, folder / REPORT)
    console.print(f"Took {time.monotonic() - began:.0f} s.")
    console.print(f"Report: {path.resolve()}", soft_wrap=True, highlight=False)


def _players(console: Console) -> Mapping[str, Policy]:
    """Who plays the samples: expert, the first model that ships, random.

    A model that can't be loaded, mostly for want of torch, is left out, and why is told.
    """
    players: dict[str, Policy] = {}
    for name in ("expert", *list(shipped_models())[:1], "random"):
        try:
            players[name] = load_policy(name)
        except PolicyError as error:
            console.print(str(error), style="yellow", markup=False, soft_wrap=True)
    return players


def _composed(
    parts: str, order: str, seed: int, policy: str, variant: Variant,
    browser: Browser, folder: Path, console: Console,
) -> None:  # fmt: skip
    if order not in ("forward", "reverse"):
        raise RunError(f"--order is forward or reverse, not {order!r}.")
    prefix = "compose" if order == "forward" else "compose-reverse"
    names = [part.strip() for part in parts.split(",") if part.strip()]
    if not names:
        raise RunError("Name at least one part: --compose click-link,click-dialog.")
    task = load_task(f"{prefix}.{'+'.join(names)}", variant)
    player = load_policy(policy)
    [episode] = play([Job(task, seed)], player, browser)
    _tell(episode, console)
    plan = Plan(task.id, [task], [seed], policy, variant, any_seeds=True, replays=1, player=player)
    plan.run(browser, folder)
    console.print(f"Report: {(folder / REPORT).resolve()}", soft_wrap=True, highlight=False)


def _tell(episode: Episode, console: Console) -> None:
    console.print(f"[bold]{episode.task}[/], seed {episode.seed}")
    console.print(f"Instruction: {episode.verdict.instruction}", markup=False)
    for number, step in enumerate(episode.steps, 1):
        note = f"   # {step.decision.note}" if step.decision.note else ""
        console.print(f"{number:3}. {step.decision.action}{note}", markup=False, highlight=False)
        if step.error:
            console.print(f"     {step.error}", style="yellow", markup=False)
    console.print(f"Ended in {episode.ending} after {len(episode.steps)} steps.")
