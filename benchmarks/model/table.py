"""The results as a page."""

from __future__ import annotations

from typing import Any


def render(found: dict[str, Any]) -> str:
    """Markdown with one table for each measure."""
    lines = [
        "# Speed of the model, side by side",
        "",
        f"Size {found['size']}, bfloat16, random weights, {found['threads']} threads; "
        + ", ".join(f"{name} {one}" for name, one in found["versions"].items())
        + f". Load of the machine before: {found['load']:.1f}. Made by "
        "`python -m benchmarks.model`; compare ratios, not times.",
        "",
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
