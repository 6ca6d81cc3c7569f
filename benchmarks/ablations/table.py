"""The results of an ablation as a page."""

from __future__ import annotations

from typing import Any


def render(found: dict[str, Any]) -> str:
    """Markdown: a row a policy, a column a suite, in percent with the interval."""
    suites, steps = found["suites"], found["steps"]
    training = (
        f"{steps:,} steps of training (times the share that the plan gives a model), seed 0. "
    )
    lines = [
        f"# Ablation: {found['plan']}",
        "",
        f"{found['about']} {training if steps else ''}Seeds {found['seeds']} of every task. "
        f"{found['date'][:10]}, {found['cores']} cores, "
        + ", ".join(f"{name} {one}" for name, one in found["versions"].items())
        + f". Made by `{found['command']}`.",
        "",
        "| success, % | " + " | ".join(suites) + " |",
        "|---|" + "---|" * len(suites),
        *(
            f"| {row['label']} | "
            + " | ".join(_rate(row["success"][suite]) for suite in suites)
            + " |"
            for row in found["rows"]
        ),
    ]
    return "\n".join(lines) + "\n"


def _rate(rate: dict[str, float]) -> str:
    value, low, high = (100 * rate[key] for key in ("value", "low", "high"))
    return f"{value:.1f} ({low:.1f}-{high:.1f})"
