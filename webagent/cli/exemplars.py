"""`webagent exemplars`: make what prompted agents are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from webagent.actions import read
from webagent.demonstrations.manifest import MANIFEST, purpose
from webagent.demonstrations.read import open_demonstrations
from webagent.errors import RunError
from webagent.evaluation.store import read_run
from webagent.html import cut
from webagent.policies.prompted.exemplars import Exemplar, Moment, written

Sources = Annotated[
    list[Path], typer.Argument(metavar="FOLDER...", help="Demonstrations, or runs of one's own.")
]
Out = Annotated[Path, typer.Option("--out", help="The file to write.")]
PerTask = Annotated[int, typer.Option(min=1, help="Exemplars of each task.")]
Page = Annotated[
    int, typer.Option(min=100, help="Characters of a page; longer ones are cut to what was used.")
]
Only = Annotated[list[str] | None, typer.Option("--task", "-t", help="A task; may repeat.")]


def exemplars_command(
    sources: Sources, out: Out, per_task: PerTask = 2, page: Page = 1_000, tasks: Only = None
) -> None:
    """Choose solved episodes for prompts, from demonstrations and from runs.

    Demonstrations are those of a policy that acted itself, not corrections (--relabel). A run
    must have training seeds. Where it kept its pages (--keep-html), its episodes become
    trajectories; programs that solved an episode become skills. Of each task, those with the
    lowest seeds are taken, each instruction once.
    """
    found: dict[str, list[Exemplar]] = {}
    for source in sources:
        episodes = _demonstrated if (source / MANIFEST).exists() else _played
        for one in episodes(source, tasks):
            found.setdefault(one.task, []).append(one)
    if not found:
        raise RunError("These folders hold no solved episodes of these tasks.")
    chosen = [one for task in sorted(found) for one in _first(found[task], per_task)]
    data = written(_shortened(one, page) for one in chosen)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    console = Console()
    console.print(
        f"{len(chosen)} exemplars of {len(found)} tasks, {len(data) / 1000:.0f} kB: {out}",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _demonstrated(folder: Path, tasks: Sequence[str] | None) -> Iterator[Exemplar]:
    opened = open_demonstrations(folder)
    _check(opened.manifest.seeds, folder)
    if teacher := opened.manifest.labels:
        raise RunError(
            f"{folder} holds what {teacher} would have done on pages that {opened.manifest.source} "
            "reached: its actions don't lead from page to page. Name a folder that was collected "
            "without --relabel, or a run."
        )
    for rows in opened.episodes(tasks=tasks):
        steps = tuple(Moment(row.html, row.action) for row in rows)
        yield Exemplar(rows[0].task, rows[0].seed or 0, rows[0].instruction, steps)


def _played(folder: Path, tasks: Sequence[str] | None) -> Iterator[Exemplar]:
    run = read_run(folder)
    _check({purpose(seed) for seed in run.config.seeds}, folder)
    for one in run.records:
        if not one.success or (tasks and one.task not in tasks):
            continue
        programs = [step.program for step in one.steps if step.program]
        program = programs[0] if len(programs) == 1 else ""
        seen = [Moment(step.html, step.action) for step in one.steps if step.html is not None]
        steps = tuple(seen) if len(seen) == len(one.steps) else ()
        if program or steps:
            yield Exemplar(one.task, one.seed, one.instruction, steps, program)


def _check(purposes: Iterable[str], folder: Path) -> None:
    if wrong := sorted(set(purposes) - {"training"}):
        raise RunError(
            f"{folder} holds episodes with {' and '.join(wrong)} seeds. What agents are shown "
            "must come from training seeds, 1,000,000 and up."
        )


def _first(exemplars: Iterable[Exemplar], count: int) -> list[Exemplar]:
    """Those with programs, then with the lowest seeds; no instruction twice while others last."""
    order = sorted(exemplars, key=lambda one: (not one.program, one.seed))
    distinct = {one.instruction: one for one in reversed(order)}
    again = [one for one in order if distinct[one.instruction] is not one]
    once = [one for one in order if distinct[one.instruction] is one]
    return [*once, *again][:count]


def _shortened(exemplar: Exemplar, longest: int) -> Exemplar:
    refs = {ref for one in exemplar.steps if (ref := read(one.action).ref) is not None}
    steps = tuple(Moment(_cut(one.page, refs, longest), one.action) for one in exemplar.steps)
    instruction = " ".join(exemplar.instruction.split())
    return Exemplar(exemplar.task, exemplar.seed, instruction, steps, exemplar.program)


def _cut(html: str, refs: Iterable[int], longest: int) -> str:
    """The page, or of a longer one the elements that were used with as much around them as
    there is room for.
    """
    if len(html) <= longest:
        return html
    cuts = [found for up in (2, 1, 0) if (found := cut(html, refs, up))]
    fitting = [one for one in cuts if len(one) <= longest]
    return next(iter(fitting or cuts[-1:]), html[:longest])
