"""`webagent collect`: record demonstrations."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from webagent.browser.protocol import Browser
from webagent.browser.session import open_browser
from webagent.cli import options
from webagent.cli.progress import progress
from webagent.demonstrations.card import size
from webagent.demonstrations.collect import Wanted, collect
from webagent.demonstrations.compositions import compositions as random_compositions
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.store import DemonstrationWriter
from webagent.demonstrations.tracks import check_track
from webagent.errors import PolicyStop, RunError
from webagent.evaluation.config import Setup, effective
from webagent.evaluation.feedback import failing_tasks
from webagent.evaluation.record import record_of
from webagent.evaluation.run import Observer
from webagent.evaluation.store import read_run
from webagent.policies.load import load_policy
from webagent.policies.models import Track, source_of, track_of, widest
from webagent.policies.protocol import Policy, sees
from webagent.tasks.protocol import Variant
from webagent.tasks.suites import load_expert, load_task, suite
from webagent.types import Episode, Json

PAPER = 347_000  # successful episodes that the published models were trained on
TELLING = 200  # episodes that a rate can be told from

Out = Annotated[
    Path, typer.Option("--out", help="The folder; one of the same command is gone on with.")
]
Failing = Annotated[
    list[Path] | None,
    typer.Option(metavar="RUN", help="Add the tasks of a run that succeeded in less than --below."),
]
Below = Annotated[float, typer.Option(min=0, max=100, help="In percent, for --failing.")]
PerTask = Annotated[int, typer.Option(min=1, help="Successful episodes of each task.")]
SeedsFrom = Annotated[
    int | None,
    typer.Option(help="The first seed.", show_default="the first for training, or validation"),
]
MaxFailures = Annotated[
    int | None,
    typer.Option(min=1, help="Failures that end a task; else as many as successes, at least 20."),
]
Screenshots = Annotated[
    bool, typer.Option("--screenshots", help="Keep a lossless picture of every step.")
]
Validation = Annotated[
    bool, typer.Option("--validation", help="Take validation seeds, 500,000-500,999.")
]
TrackOption = Annotated[
    str | None,
    typer.Option(help=f"Refuse tasks that this track forbids; there are {', '.join(Track)}."),
]
Compositions = Annotated[
    int,
    typer.Option(min=0, help="Random compositions of your own to add, none like the 50's."),
]
CompositionsSeed = Annotated[int, typer.Option(help="What the compositions are drawn with.")]
Relabel = Annotated[
    str | None,
    typer.Option(help="A policy, such as expert: keep what it would have done at each step."),
]


def collect_command(
    out: Out,
    suites: options.Suites = None,
    tasks: options.Tasks = None,
    failing: Failing = None,
    below: Below = 95,
    compositions: Compositions = 0,
    compositions_seed: CompositionsSeed = 0,
    policy: options.PolicySpec = "expert",
    relabel: Relabel = None,
    per_task: PerTask = 100,
    seeds_from: SeedsFrom = None,
    max_failures: MaxFailures = None,
    track: TrackOption = None,
    screenshots: Screenshots = False,
    validation: Validation = False,
    mode: options.ModeOfTasks = None,
    text: options.Text = "clean",
    layout: options.Layout = "auto",
    until: options.Until = "goal",
    slots: options.Slots = options.CORES,
    backend: options.Backend = "cdp",
    browser: options.BrowserPath = None,
    timeout: options.Timeout = 15,
) -> None:
    """Record a policy's episodes into Parquet files, so many successes of each task.

    Successes and failures are kept apart. A collection that was stopped goes on with the
    same command; a greater `--per-task` adds to it.
    """
    weak = [one for run in failing or () for one in failing_tasks(read_run(run), below / 100)]
    named = [*(one for s in suites or () for one in suite(s)), *(tasks or ()), *weak]
    names = list(dict.fromkeys([*named, *random_compositions(compositions, compositions_seed)]))
    if not names:
        raise RunError(
            "Say what to collect: --suite miniwob-56, --task miniwob.click-link, --failing RUN, "
            "or --compositions 100."
        )
    if track:
        check_track(track, names)
    if "expert" in (policy, relabel):
        for name in names:
            load_expert(name)
    mode = mode or options.mode_of(names)
    variant = options.variant(text, layout, mode, episode_timer=False, until=until)
    player = load_policy(policy)
    teacher = load_policy(relabel) if relabel else None
    wanted = Wanted(
        tasks=[load_task(name, variant) for name in names],
        per_task=per_task,
        first_seed=seeds_from,
        max_failures=max_failures or max(20, per_task),
        screenshots=screenshots or sees(player) or (teacher is not None and sees(teacher)),
        validation=validation,
        teacher=teacher,
    )
    console = Console()
    with open_browser(slots, mode, backend, browser, timeout) as opened:
        drawn = [f"{compositions} compositions"] if compositions else []
        runs = [f"failing in {run.name}" for run in failing or ()]
        title = "+".join([*(suites or ()), *(tasks or ()), *runs, *drawn])
        manifest = _manifest(title, wanted, policy, player, relabel or "", variant, opened)
        with DemonstrationWriter(out, manifest) as writer:
            try:
                with progress(console, f"{policy} on {title[:40]}") as observe:
                    done = collect(wanted, player, opened, writer, observers=(_told(observe),))
            except KeyboardInterrupt:
                console.print(f"Stopped. The same command goes on from here: {out}", markup=False)
                raise typer.Exit(130) from None
            except PolicyStop as error:
                raise PolicyStop(f"{error} The same command goes on from here: {out}") from None
    tell(done, out, console)
    if done.short:
        raise typer.Exit(1)


def tell(manifest: Manifest, folder: Path, console: Console) -> None:
    """Say what a folder holds now, what it took, and what is missing."""
    successes = sum(manifest.successes.values())
    each = manifest.bytes / max(manifest.episodes, 1)
    lines = [
        f"{successes:,} successes and {sum(manifest.failures.values()):,} failures of "
        f"{len({*manifest.successes, *manifest.failures})} tasks, {manifest.rows:,} steps, "
        f"{size(manifest.bytes)} ({each:.0f} bytes an episode): {folder}"
    ]
    if manifest.wanted and successes and manifest.timed >= TELLING:
        share = successes / manifest.episodes
        hours = PAPER / share / manifest.rate / 3600
        lines.append(
            f"{manifest.rate:.1f} episodes a second; {PAPER:,} successes take {hours:.1f} hours "
            f"and {size(round(PAPER / share * each))} at this rate."
        )
    lines += [f"{task}: {reason}" for task, reason in manifest.short.items()]
    lines += [f"left out {count}: {reason}" for reason, count in manifest.left_out.items()]
    for line in lines:
        console.print(escape(line), soft_wrap=True, highlight=False)


def _manifest(
    name: str,
    wanted: Wanted,
    policy: str,
    player: Policy,
    labels: str,
    variant: Variant,
    browser: Browser,
) -> Manifest:
    about = {"screenshots": wanted.screenshots, "labels": labels}
    made_of: dict[str, Json] = {**source_of(policy, player), **about}
    if wanted.teacher and (teacher := source_of(labels, wanted.teacher)):
        made_of["teacher"] = teacher
    setup = Setup(
        suite=name,
        policy=policy,
        track=widest([track_of(player), track_of(wanted.teacher)]),
        card=made_of,
        text=variant.text,
        layout=variant.layout,
        command=("webagent", *sys.argv[1:]),
    )
    tasks = {task.id: task.labels for task in wanted.tasks}
    seeds = [wanted.seeds.start]
    config = effective(setup, tasks, seeds, str(browser.mode), browser.version)
    return Manifest(name=name, source=policy, labels=labels, wanted=wanted.per_task, config=config)


def _told(observe: Observer) -> Callable[[Episode, int, int], None]:
    return lambda episode, done, total: observe(record_of(episode), done, total)
