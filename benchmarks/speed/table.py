"""The tables of `results/README.md`, from the raw JSON and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log
from statistics import median
from typing import Any

Run = dict[str, Any]
Times = dict[tuple[str, int, int], float]  # task, round, seed -> seconds

SMOKE = (
    "**A smoke run: few episodes, or a machine that was busy with other work. It shows that "
    "the contenders run; its times are not a result.**\n"
)
METHOD = """\
An episode's time is the time inside the environment's `reset` and `step`; finding the
element that the script wants is not timed, and every contender has one untimed episode of a
task first. The contenders take turns, task by task and round by round. A ratio is the median
over episodes (same task, round and seed) of one contender's time over the other's, then the
geometric mean over tasks. Element clicks are synthetic in all environments that have them,
Farama's too; Farama types with real keys there, and its coordinate clicks are real ones.
Here a text is typed with real keys where the page listens to keys or input, and is one
edit elsewhere.
"""


def render(run: Run, name: str) -> str:
    """The page for one run, whose raw times are in the file `name`."""
    parts = [
        "# Speed\n",
        f"Made by `{run['command']}` on {run['date']}; raw times in [{name}]({name}).\n",
        SMOKE if run["smoke"] else "",
        _machine(run["machine"]),
        METHOD,
        "## Time of an episode, ms (medians)\n",
        _episodes(run),
        *_ratios(run),
        *_profiles(run),
        *_growth(run),
    ]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def times(run: Run, contender: str) -> Times:
    """The seconds of the contender's solved episodes."""
    return {
        (block["task"], block["round"], seed): seconds
        for block in _blocks(run, contender)
        for seed, seconds, solved in zip(
            block["seeds"], block["seconds"], block["success"], strict=True
        )
        if solved
    }


def ratio(slow: Times, fast: Times, tasks: Sequence[str]) -> float | None:
    """How many times the time of `fast` the other takes; None without common episodes."""
    logs: list[float] = []
    for task in tasks:
        pairs = [slow[one] / fast[one] for one in slow.keys() & fast.keys() if one[0] == task]
        if not pairs:
            return None
        logs.append(log(median(pairs)))
    return exp(sum(logs) / len(logs))


def _machine(machine: Run) -> str:
    load = machine["load"][0]
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python "
        f"{machine['python']}; load average {load:.1f} as the run began.\n"
    )


def _episodes(run: Run) -> str:
    tasks = run["tasks"]
    rows: list[list[str]] = []
    for one in run["contenders"]:
        blocks = _blocks(run, one["name"])
        success = [solved for block in blocks for solved in block["success"]]
        rate = sum(success) / len(success) if success else 0.0
        failed = next((b["error"] for b in run["blocks"] if _failed(b, one["name"])), "")
        notes = [failed] if failed else []
        notes += [f"only {rate:.0%} solved"] if success and rate < 1 else []
        notes += [] if _same_pages(run, one["name"]) else ["other pages than the rest"]
        version = ", ".join(str(part) for part in one["about"].values())
        taken = times(run, one["name"])
        cells = [_cell([s for key, s in taken.items() if key[0] == task]) for task in tasks]
        head = [one["name"], version, one["input"], one["observation"]]
        rows.append([*head, *cells, str(len(success)), f"{rate:.2f}", "; ".join(notes)])
    head = ["contender", "versions", "input", "observation", *tasks, "episodes", "success", ""]
    return _table(head, rows)


def _ratios(run: Run) -> list[str]:
    ours = [one["name"] for one in run["contenders"] if one["group"] == "ours"]
    others = [one["name"] for one in run["contenders"] if one["group"] != "ours"]
    if not (ours and others):
        return []
    rows: list[list[str]] = []
    for other in others:
        slow = times(run, other)
        found = [ratio(slow, times(run, fast), run["tasks"]) for fast in ours]
        rows.append([other, *("-" if r is None else f"{r:.2f}" for r in found)])
    text = "How many times as long an episode takes there as here; below 1 we are slower.\n"
    return ["## Ratios, geometric mean over tasks\n", text, _table(["", *ours], rows)]


def _profiles(run: Run) -> list[str]:
    cells = [
        [
            r["profile"], r["unit"], f"{r['with']:.2f}", f"{r['without']:.2f}",
            f"{r['without'] / r['with']:.2f}", "yes" if r["kept"] else "no",
        ]
        for r in run["profiles"]
    ]  # fmt: skip
    head = ["trick", "unit", "ms with", "ms without", "gain", "used"]
    text = "Both sides in turns, medians; above 1 the trick pays.\n"
    return ["## What each trick gains\n", text, _table(head, cells)] if cells else []


def _growth(run: Run) -> list[str]:
    parts: list[str] = []
    if rows := run["slots"]:
        cells = [[f"{r['slots']:g}", _rate(r), f"{r['solved']}/{r['episodes']}"] for r in rows]
        parts += ["## Slots of one browser\n", "The play loop with its experts.\n"]
        parts += [_table(["slots", "episodes/s", "solved"], cells)]
    if rows := run["processes"]:
        cells = [
            [r["contender"], str(r["processes"]), *_outcome(r)] for r in rows
        ]  # fmt: skip
        parts += ["## The whole machine\n", "Processes of one slot each, at the same time.\n"]
        parts += [_table(["contender", "processes", "episodes/s", "solved"], cells)]
    if rows := run["sizes"]:
        keys = ("reset", "observe", "click")
        cells = [
            [
                f"{r['elements']:,}", "yes" if r["shots"] else "no",
                *(f"{1000 * r[key]:.1f}" for key in keys), f"{r['characters']:,}",
            ]
            for r in rows
        ]  # fmt: skip
        head = ["elements", "picture", *(f"{key} ms" for key in keys), "HTML characters"]
        parts += ["## Size of the page\n", "Generated pages, medians.\n", _table(head, cells)]
    return parts


def _blocks(run: Run, contender: str) -> list[Run]:
    return [b for b in run["blocks"] if b["contender"] == contender and "error" not in b]


def _failed(block: Run, contender: str) -> bool:
    return block["contender"] == contender and "error" in block


def _same_pages(run: Run, contender: str) -> bool:
    """Whether it read the instructions that the first contender read."""
    first = _instructions(run, run["contenders"][0]["name"])
    mine = _instructions(run, contender)
    return all(mine[key] == first[key] for key in mine.keys() & first.keys())


def _instructions(run: Run, contender: str) -> dict[tuple[str, int], str]:
    return {
        (block["task"], seed): " ".join(text.split())
        for block in _blocks(run, contender)
        for seed, text in zip(block["seeds"], block["instructions"], strict=True)
    }


def _outcome(row: Run) -> list[str]:
    if "error" in row:
        return ["-", row["error"]]
    return [_rate(row), f"{row['solved']}/{row['episodes']}"]


def _rate(row: Run) -> str:
    return f"{row['episodes'] / row['seconds']:.1f}"


def _cell(seconds: Sequence[float]) -> str:
    return f"{1000 * median(seconds):.1f}" if seconds else "-"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    escaped = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped) + "\n"
