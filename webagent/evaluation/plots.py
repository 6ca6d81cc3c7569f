"""The report's plots as inline SVG, in colours that the page's style sheet decides."""

# Matplotlib's own annotations are incomplete.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from webagent.evaluation.metrics import Gap, Mean

# Matplotlib writes these stand-ins into the SVG; `_themed` turns each into a variable of
# report.css, so that one drawing serves light and dark.
INK, FAINT, PAPER = "#010101", "#020202", "#030303"
SERIES = ("#0a0001", "#0a0002", "#0a0003", "#0a0004", "#0a0005", "#0a0006")
VARIABLES = {INK: "--soft", FAINT: "--line", PAPER: "--paper"} | {
    colour: f"--s{number}" for number, colour in enumerate(SERIES, start=1)
}


@dataclass(frozen=True, slots=True)
class Line:
    """Scores over the number of parts. `colour` is an index; reverse orders are hollow."""

    colour: int
    points: Sequence[tuple[int, Mean]]
    hollow: bool = False


def parts_plot(lines: Sequence[Line], name: str) -> str:
    """Success over the number of parts, with intervals. `name` makes SVG ids unique."""
    figure, axes = _axes(5.2, 3.2)
    ticks = sorted({x for line in lines for x, _ in line.points})
    for place, line in enumerate(lines):
        shift = (place - (len(lines) - 1) / 2) * 0.12
        _draw_line(axes, line, shift)
    axes.set_xticks(ticks)
    axes.set_xlabel("number of parts")
    axes.set_ylabel("success, %")
    axes.set_ylim(-4, 104)
    axes.set_xlim(min(ticks) - 0.5, max(ticks) + 0.5)
    return _svg(figure, name)


def gap_plot(gaps: Sequence[tuple[int, Gap]], name: str) -> str:
    """Each composition's success over the product of its base tasks' success."""
    figure, axes = _axes(5.2, 3.2)
    axes.plot([0, 100], [0, 100], color=FAINT, linewidth=1, zorder=1)
    for colour, gap in gaps:
        axes.plot(
            [100 * point.product for point in gap.points],
            [100 * point.composed for point in gap.points],
            linestyle="",
            marker="o",
            markersize=5,
            markerfacecolor=SERIES[colour % len(SERIES)],
            markeredgecolor=PAPER,
            markeredgewidth=0.6,
            clip_on=False,
            zorder=3,
        )
    axes.set_xlabel("product of base success, %")
    axes.set_ylabel("composed success, %")
    lowest = min(point.product for _, gap in gaps for point in gap.points)
    axes.set_xlim(min(75, 25 * int(4 * lowest)) - 1, 101)
    axes.set_ylim(-4, 104)
    return _svg(figure, name)


def _draw_line(axes: Axes, line: Line, shift: float) -> None:
    colour = SERIES[line.colour % len(SERIES)]
    means = [mean for _, mean in line.points]
    axes.errorbar(
        [x + shift for x, _ in line.points],
        [100 * mean.value for mean in means],
        yerr=[
            [100 * (mean.value - mean.low) for mean in means],
            [100 * (mean.high - mean.value) for mean in means],
        ],
        color=colour,
        linestyle=(0, (4, 2)) if line.hollow else "-",
        linewidth=1.4,
        elinewidth=1.2,
        marker="o",
        markersize=5.5,
        markerfacecolor=PAPER if line.hollow else colour,
        markeredgecolor=colour,
        markeredgewidth=1.4,
        clip_on=False,
        zorder=3,
    )


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(colors=INK, length=0, labelsize=9, pad=5)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(INK)
        label.set_fontsize(9)
    return figure, axes


def _svg(figure: Figure, name: str) -> str:
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(
            buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return _themed(buffer.getvalue(), name)


def _themed(svg: str, name: str) -> str:
    """Keep only the drawing, with ids of its own and with the page's colours and font."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<=\bid=")|(?<="#)(?=[\w-]+")|(?<=url\(#)', f"{name}-", svg)
    svg = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg
