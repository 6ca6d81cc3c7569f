"""What people read of runs: one static HTML report, and a short table for a terminal."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment
from markupsafe import Markup
from rich.markup import escape
from rich.table import Table

from webagent.evaluation.compare import posed_differently
from webagent.evaluation.config import span
from webagent.evaluation.metrics import (
    Gap,
    Mean,
    Paired,
    Rate,
    Slice,
    Summary,
    TaskScore,
    paired,
    summarize,
    task_mean,
)
from webagent.evaluation.replay import Replay, read_replays
from webagent.evaluation.store import Run, read_run, write_file
from webagent.evaluation.templating import environment_of, percent
from webagent.types import Box, Ending

if TYPE_CHECKING:
    from webagent.evaluation.plots import Line

HERE = Path(__file__).parent
MOST_FRAMES = 30
COLOURS = 6  # of report.css; a seventh run starts again
MAY_DIFFER = ("suite", "tasks", "seeds")
PUBLISHED_SUITES = {"miniwob": 56, "compwob": 50, "compwob-reverse": 50}  # tasks of each
ENDING_STYLE = {ending.value: f"e{number}" for number, ending in enumerate(Ending, start=1)}


@dataclass(frozen=True, slots=True)
class Column:
    """A run, or several joined, as the report shows it. `colour` is its place in the palette,
    `planned` how many episodes it has when it is complete.
    """

    title: str
    colour: int
    run: Run
    planned: int
    summary: Summary
    replays: Sequence[Replay]

    @property
    def mismatches(self) -> list[Replay]:
        return [one for one in self.replays if one.mismatch]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: a name, and for each run its score or None."""

    name: str
    cells: Sequence[Mean | Rate | None]
    scores: Sequence[TaskScore | None] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot with its heading; `svg` is markup made by `plots`."""

    title: str
    svg: Markup


def write_report(folders: Sequence[Path], out: Path) -> Path:
    """Render the report of these run folders to `out`, atomically, and return `out`."""
    runs = [read_run(folder) for folder in folders]
    replays = [read_replays(folder) for folder in folders]
    write_file(out, render(runs, replays).encode("utf-8", "replace"))
    return out


def render(runs: Sequence[Run], replays: Sequence[Sequence[Replay]]) -> str:
    """The report as HTML: self-contained, without scripts, everything foreign escaped."""
    columns = _columns(runs, replays)
    page = _environment().get_template("report.html.jinja")
    return page.render(
        columns=columns,
        style=Markup((HERE / "report.css").read_text("utf-8")),
        heading=", ".join(dict.fromkeys(run.config.suite for run in runs)),
        panels=_panels(columns),
        gaps=[(column, column.summary.gap) for column in columns if column.summary.gap],
        breakdowns=_breakdowns(columns),
        tasks=_task_rows(columns),
        comparisons=_comparisons(columns),
        published=_published(columns),
        own_scores=_own_scores,
        suite_sizes=PUBLISHED_SUITES,
        ending_style=ENDING_STYLE,
        most_frames=MOST_FRAMES,
    )


def joinable(first: Run, second: Run) -> bool:
    """Whether two runs are one experiment on different tasks, so that one column shows both."""
    apart = not (first.config.tasks.keys() & second.config.tasks.keys())
    same = replace(second.config, **{name: getattr(first.config, name) for name in MAY_DIFFER})
    return apart and same.hash == first.config.hash


def join(runs: Sequence[Run]) -> Run:
    """Runs that are `joinable`, as one."""
    configs = [run.config for run in runs]
    config = replace(
        configs[0],
        suite=" + ".join(config.suite for config in configs),
        tasks={task: labels for config in configs for task, labels in config.tasks.items()},
        seeds=sorted({seed for config in configs for seed in config.seeds}),
    )
    return Run(runs[0].folder, config, tuple(one for run in runs for one in run.records))


def published_systems() -> Sequence[Mapping[str, object]]:
    """Published results: `name`, `model`, `source`, and in % `miniwob`, `forward`, `reverse`."""
    return tomllib.loads((HERE / "published.toml").read_text("utf-8"))["system"]


def titles(runs: Sequence[Run]) -> list[str]:
    """A short name for each run: its policy, with the folder where that says too little."""
    policies = [run.config.policy for run in runs]
    return [
        policy if policies.count(policy) == 1 else f"{policy} ({run.folder.name})"
        for policy, run in zip(policies, runs, strict=True)
    ]


def terminal_table(scores: Sequence[tuple[str, Summary]], title: str | None = None) -> Table:
    """The short table at the end of a command: a column of scores for each (name, summary)."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    table.add_column("success, %")
    for name, _ in scores:
        table.add_column(escape(name), justify="right")
    columns = [_terminal_rows(summary) for _, summary in scores]
    for label in dict.fromkeys(label for rows in columns for label in rows):
        table.add_row(label, *(rows.get(label, "") for rows in columns))
    return table


def _environment() -> Environment:
    environment = environment_of(HERE)
    filters: dict[str, Callable[..., object]] = {
        "percent": percent,
        "place": _place,
        "signed": _signed,
        "span": span,
        "worst": _worst,
    }
    environment.filters.update(filters)
    return environment


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")


def _place(box: Box, width: int, height: int) -> str:
    """CSS that puts a mark on a picture, cut to it; "" if the box lies outside."""
    left, top = max(box.x, 0.0), max(box.y, 0.0)
    right, bottom = min(box.x + box.width, width), min(box.y + box.height, height)
    if not (left < right and top < bottom):
        return ""
    return (
        f"left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;"
        f"width:{100 * (right - left) / width:.2f}%;"
        f"height:{100 * (bottom - top) / height:.2f}%"
    )


def _worst(gap: Gap) -> list[tuple[str, float, float]]:
    points = sorted(gap.points, key=lambda point: point.composed - point.product)
    return [(p.task, p.product, p.composed) for p in points[:5] if p.composed < p.product]


def _columns(runs: Sequence[Run], replays: Sequence[Sequence[Replay]]) -> list[Column]:
    groups: list[list[int]] = []
    for number, run in enumerate(runs):
        fit = (g for g in groups if all(joinable(runs[other], run) for other in g))
        group = next(fit, None)
        if group is None:
            groups.append([number])
        else:
            group.append(number)
    joined = [join([runs[number] for number in group]) for group in groups]
    return [
        Column(
            title=title,
            colour=colour % COLOURS,
            run=run,
            planned=sum(_planned(runs[number]) for number in group),
            summary=summarize(run.records, run.config.tasks, run.config.track),
            replays=[replay for number in group for replay in replays[number]],
        )
        for colour, (title, run, group) in enumerate(
            zip(titles(joined), joined, groups, strict=True)
        )
    ]


def _planned(run: Run) -> int:
    return len(run.config.tasks) * len(run.config.seeds)


def _panels(columns: Sequence[Column]) -> list[Panel]:
    """Success over parts: one panel with both orders for one run, else one an order."""
    # Drawing loads Matplotlib, which commands that draw nothing should not wait for.
    from webagent.evaluation.plots import gap_plot, parts_plot

    lines = {order: _lines(columns, order) for order in ("forward", "reverse")}
    panels: list[Panel] = []
    if len(columns) == 1:
        both = lines["forward"] + lines["reverse"]
        if any(len(line.points) > 1 for line in both):
            panels.append(_panel("By number of parts", parts_plot(both, "parts")))
    else:
        panels += [
            _panel(f"By number of parts, {order}", parts_plot(found, f"parts-{order}"))
            for order, found in lines.items()
            if any(len(line.points) > 1 for line in found)
        ]
    gaps = [(column.colour, gap) for column in columns if (gap := column.summary.gap)]
    if gaps:
        panels.append(_panel("From base tasks to compositions", gap_plot(gaps, "gap")))
    return panels


def _panel(title: str, svg: str) -> Panel:
    return Panel(title, Markup(svg))


def _lines(columns: Sequence[Column], order: str) -> list[Line]:
    from webagent.evaluation.plots import Line

    found: list[Line] = []
    for column in columns:
        cells = column.summary.by.get("parts and order", ())
        points = [(int(one.name.split()[0]), one.mean) for one in cells if one.name.endswith(order)]
        if points:
            found.append(Line(column.colour, points, hollow=order == "reverse"))
    return found


def _breakdowns(columns: Sequence[Column]) -> dict[str, list[Row]]:
    names = (
        "group", "order", "parts and order", "part done right", "instruction length", "page depth",
    )  # fmt: skip
    tables = {name: _rows([c.summary.by.get(name, ()) for c in columns]) for name in names}
    return {name: rows for name, rows in tables.items() if len(rows) > 1}


def _rows(slices: Sequence[Sequence[Slice]]) -> list[Row]:
    names = dict.fromkeys(one.name for column in slices for one in column)
    means: list[dict[str, Mean]] = [{one.name: one.mean for one in column} for column in slices]
    return [Row(name, [column.get(name) for column in means]) for name in names]


def _task_rows(columns: Sequence[Column]) -> list[Row]:
    by_task: list[dict[str, TaskScore]] = [
        {score.task: score for score in column.summary.tasks} for column in columns
    ]
    tasks = dict.fromkeys(task for column in columns for task in column.run.config.tasks)
    rows: list[Row] = []
    for task in tasks:
        scores = [column.get(task) for column in by_task]
        if any(scores):
            rows.append(Row(task, [one.rate if one else None for one in scores], scores))
    return rows


def _comparisons(columns: Sequence[Column]) -> list[tuple[str, Paired]]:
    """Each later run minus the first, on the (task, seed) that both have, where those were posed
    in the same way.
    """
    first, *others = columns
    base = {record.key: record for record in first.run.records}
    found: list[tuple[str, Paired]] = []
    for column in others:
        mine = {record.key: record for record in column.run.records}
        if posed_differently(first.run.config, column.run.config):
            continue
        if result := paired(mine, base):
            found.append((f"{column.title} minus {first.title}", result))
    return found


def _own_scores(column: Column) -> list[tuple[str, Mean | None]]:
    """The run's means in the columns of the published table."""
    found: list[tuple[str, Mean | None]] = []
    for suite in PUBLISHED_SUITES:
        scores = [one for one in column.summary.tasks if one.task.startswith(suite + ".")]
        found.append((suite, task_mean([(one.rate.successes, one.rate.n) for one in scores])))
    return found


def _published(columns: Sequence[Column]) -> Sequence[Mapping[str, object]]:
    """The published table, for runs that played CompWoB."""
    tasks = (task for column in columns for task in column.run.config.tasks)
    return published_systems() if any(task.startswith("compwob") for task in tasks) else ()


def _terminal_rows(summary: Summary) -> dict[str, str]:
    rows = {"[bold]all tasks[/bold]": f"[bold]{_with_interval(summary.success)}[/bold]"}
    if summary.track:
        rows["track"] = escape(summary.track)
    if summary.strict:
        rows["in the instructed order"] = _with_interval(summary.strict)
    if summary.infrastructure:
        rows["without infrastructure errors"] = _with_interval(summary.valid)
    for label in ("parts", "order"):
        slices = summary.by.get(label, ())
        rows |= {
            escape(f"  {one.name}"): _with_interval(one.mean) for one in slices if len(slices) > 1
        }
    rows["episodes"] = f"{summary.episodes:,}"
    rows["infrastructure errors"] = str(summary.infrastructure)
    rows["mean steps"] = f"{summary.steps:.1f}"
    return rows


def _with_interval(mean: Mean | None) -> str:
    if mean is None:
        return ""
    value, low, high = (percent(one) for one in (mean.value, mean.low, mean.high))
    return f"{value} [dim]({low}-{high})[/dim]"
