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
        *_seen(found["seeing"]),
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


def _seen(one: dict[str, Any]) -> list[str]:
    if not one:
        return []
    size = f"{one['pictures']:.1f} pictures and {one['bytes'] / 1e6:.1f} MB"
    rates = {"batches alone": one["loader"], "batches, and steps that learn": one["steps"]}
    return [
        f"| {one['examples']:.0f} examples a step, with {size}, {one['device']} | steps/s "
        "| pictures/s | MB/s |",
        "|---|---|---|---|",
        *(
            f"| {name} | {rate:.1f} | {rate * one['pictures']:.0f} "
            f"| {rate * one['bytes'] / 1e6:.0f} |"
            for name, rate in rates.items()
        ),
        "",
        "| decide on a real page, per step | with pictures | without | ratio |",
        "|---|---|---|---|",
        *(
            f"| batch {row['batch']} | {1000 * row['seeing']:.1f} ms "
            f"| {1000 * row['blind']:.1f} ms | {row['seeing'] / row['blind']:.1f} |"
            for row in one["playing"]
        ),
        "",
    ]
