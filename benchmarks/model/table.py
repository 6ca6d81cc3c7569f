"""The results as a page."""

from __future__ import annotations

from typing import Any


def render(found: dict[str, Any]) -> str:
    """Markdown with one table for each measure."""
    lines = [
        "# Speed of the model, side by side",
        "",
        f"Size {found['size']}, radius {found['radius']} (the trained model's own where its "
        f"weights are used), {found['precision']}, random weights elsewhere, "
        f"{found['threads']} threads; "
        + ", ".join(f"{name} {one}" for name, one in found["versions"].items())
        + f"; {found['when'][:10]}. Load of the machine before: {found['load']:.1f}. Made by "
        f"`{found['command']}`; compare ratios, not times.",
        "",
        *_played(found["playing"]),
        *_trained(found["throughput"]),
        "| decode 12 tokens, pages of 256 | ours | transformers | ratio |",
        "|---|---|---|---|",
        *(_row(f"batch {one['batch']}", one) for one in found["decoding"]),
        "",
        "| encode one page | ours | transformers | ratio |",
        "|---|---|---|---|",
        *(_row(f"{one['length']:,} tokens", one) for one in found["encoding"]),
        "",
        "| training, 256 tokens in, 12 out | sequences/s |",
        "|---|---|",
        *(f"| {name} | {rate:.1f} |" for name, rate in found["training"].items()),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, one: dict[str, float]) -> str:
    ours, theirs = one["ours"], one["transformers"]
    return f"| {name} | {1000 * ours:.1f} ms | {1000 * theirs:.1f} ms | {theirs / ours:.1f} |"


def _played(rows: list[dict[str, float]]) -> list[str]:
    if not rows:
        return []
    return [
        "| decide on a real page, trained weights, per step | ours | `generate` | ratio | same |",
        "|---|---|---|---|---|",
        *(_row(f"batch {one['batch']}", one) + f" {one['same']:.0%} |" for one in rows),
        "",
    ]


def _trained(one: dict[str, Any]) -> list[str]:
    if not one:
        return []
    ours, theirs = one["ours"], one["Trainer"]
    return [
        f"| training on demonstrations, {one['tokens']:.0f} tokens an example, {one['device']} "
        "| examples/s |",
        "|---|---|",
        f"| this loop | {ours:.1f} |",
        f"| `transformers.Trainer` | {theirs:.1f} |",
        f"| ratio | {ours / theirs:.1f} |",
        "",
    ]
