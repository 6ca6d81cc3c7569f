"""The command `python -m benchmarks.tokenizer`, from the root of the repository."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from tokenizers import Tokenizer

from webagent.browser.session import open_browser
from webagent.nn.tokenizer import HtmlTokenizer, load

from .baseline import PIECES, train_t5_style
from .texts import Text, documentation, steps

RESULTS = Path(__file__).parent / "results"
SUITES = ("miniwob-56", "compwob")


def main(
    tokenizer: Annotated[Path, typer.Option(help="Folder of a tokenizer.json.")],
    seeds: Annotated[int, typer.Option(min=1, help="Validation seeds of every task.")] = 3,
    subtrees: Annotated[int, typer.Option(min=1, help="Of documentation, measured.")] = 2_000,
    learn: Annotated[int, typer.Option(min=1, help="Subtrees that T5's way learns from.")] = 4_000,
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = RESULTS,
) -> None:
    """Count tokens per page with our tokenizer and with a T5-style one."""
    ours = load(tokenizer)
    groups: dict[str, list[Text]] = {}
    with open_browser(1) as browser:
        for name in SUITES:
            groups[name] = list(steps(name, seeds, browser))
    pages = documentation(seed=1)
    groups["documentation"] = list(islice(pages, subtrees))
    lesson = chain(islice(pages, learn), *(texts[::2] for texts in groups.values()))
    theirs = train_t5_style(one.plain for one in lesson)
    rows = {name: measure(texts, ours, theirs) for name, texts in groups.items()}
    result = {"tokens": len(ours), "t5_pieces": PIECES, "seeds": seeds, "rows": rows}
    out.mkdir(parents=True, exist_ok=True)
    result |= {
        "command": " ".join(["python -m benchmarks.tokenizer", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: version(name) for name in ("webagent", "tokenizers")},
    }
    (out / "results.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    (out / "table.md").write_text(table(rows, len(ours)), "utf-8")
    Console().print(table(rows, len(ours)))


def measure(texts: Sequence[Text], ours: HtmlTokenizer, theirs: Tokenizer) -> dict[str, float]:
    """Figures of one group of texts."""
    began = time.monotonic()
    ids = ours.encode_many([one.ours for one in texts])
    seconds = time.monotonic() - began
    plain = theirs.encode_batch([one.plain for one in texts])
    lengths = [len(one) for one in ids]
    alike = [ours.decode(one) == text.ours for one, text in zip(ids, texts, strict=True)]
    return {
        "pages": len(texts),
        "characters": statistics.mean(len(one.plain) for one in texts),
        "ours": statistics.mean(lengths),
        "ours_p90": statistics.quantiles(lengths, n=10)[-1],
        "t5": statistics.mean(len(one.ids) for one in plain),
        "come_back": statistics.mean(alike),
        "characters_a_second": sum(len(one.ours) for one in texts) / seconds,
    }


def table(rows: dict[str, dict[str, float]], size: int) -> str:
    """The figures as Markdown."""
    lines = [
        f"| pages | number | characters | ours, {size:,} tokens | 90th percentile "
        f"| T5-style, {PIECES:,} | T5-style / ours | come back exactly |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        lines.append(
            f"| {name} | {row['pages']:,.0f} | {row['characters']:,.0f} | {row['ours']:,.0f} "
            f"| {row['ours_p90']:,.0f} | {row['t5']:,.0f} | {row['t5'] / row['ours']:.2f} "
            f"| {row['come_back']:.1%} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
