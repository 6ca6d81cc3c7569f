"""The command `python -m benchmarks.tokenizer`, from the root of the repository."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from tokenizers import Tokenizer

from webagent.browser.session import open_browser
from webagent.nn.tokenizer import HtmlTokenizer, load
from webagent.training.texts import mixed

from .baseline import train_t5_style
from .texts import Text, demonstrated, documentation, steps

RESULTS = Path(__file__).parent / "results"
SUITES = ("miniwob-56", "compwob")
PIECES = (8_192, 32_000)  # of the T5-style tokenizers: as many as ours, and as T5 has


def main(
    tokenizer: Annotated[Path, typer.Option(help="Folder of a tokenizer.json.")],
    data: Annotated[Path, typer.Option(help="The demonstrations that it learnt from.")],
    megabytes: Annotated[float, typer.Option(help="Of pages that it learnt from.")] = 20.0,
    seeds: Annotated[int, typer.Option(min=1, help="Validation seeds of every task.")] = 3,
    subtrees: Annotated[int, typer.Option(min=1, help="Of documentation, measured.")] = 2_000,
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = RESULTS,
) -> None:
    """Count tokens per page with our tokenizer and with T5-style ones that learn the same."""
    ours = load(tokenizer)
    pages = documentation(seed=0)
    plain = mixed(
        (one.plain for one in demonstrated(data)), (one.plain for one in pages), megabytes * 1e6
    )
    lesson = list(plain)
    unseen = list(islice(pages, subtrees))
    if not unseen:
        raise typer.BadParameter(
            "There is no more HTML documentation on this machine than the tokenizers learn from. "
            "Install more (python3-doc, git-doc and postgresql-doc have 100 MB), or learn from "
            "fewer --megabytes."
        )
    theirs = {size: train_t5_style(lesson, size) for size in PIECES}
    groups: dict[str, list[Text]] = {}
    with open_browser(1) as browser:
        for name in SUITES:
            groups[name] = list(steps(name, seeds, browser))
    groups["documentation"] = unseen
    rows = {name: measure(texts, ours, theirs) for name, texts in groups.items()}
    result = {"tokens": len(ours), "seeds": seeds, "learnt_from": len(lesson), "rows": rows}
    out.mkdir(parents=True, exist_ok=True)
    result |= {
        "command": " ".join(["python -m benchmarks.tokenizer", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: version(name) for name in ("webagent", "tokenizers")},
    }
    (out / "results.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    (out / "table.md").write_text(table(rows, len(ours)), "utf-8")
    Console().print(table(rows, len(ours)))


def measure(
    texts: Sequence[Text], ours: HtmlTokenizer, theirs: Mapping[int, Tokenizer]
) -> dict[str, float]:
    """Figures of one group of texts."""
    began = time.monotonic()
    ids = ours.encode_many([one.ours for one in texts])
    seconds = time.monotonic() - began
    lengths = [len(one) for one in ids]
    alike = [ours.decode(one) == text.ours for one, text in zip(ids, texts, strict=True)]
    others = {
        f"t5_{size}": statistics.mean(
            len(found.ids) for found in one.encode_batch([text.plain for text in texts])
        )
        for size, one in theirs.items()
    }
    return {
        "pages": len(texts),
        "characters": statistics.mean(len(one.plain) for one in texts),
        "ours": statistics.mean(lengths),
        "ours_p90": statistics.quantiles(lengths, n=10)[-1],
        "come_back": statistics.mean(alike),
        "characters_a_second": sum(len(one.ours) for one in texts) / seconds,
        **others,
    }


def table(rows: dict[str, dict[str, float]], size: int) -> str:
    """The figures as Markdown."""
    heads = "".join(f" T5-style, {pieces:,} |" for pieces in PIECES)
    lines = [
        f"| pages | number | characters | ours, {size:,} tokens | 90th percentile |{heads} "
        "come back exactly |",
        "|---|---|---|---|---|" + "---|" * len(PIECES) + "---|",
    ]
    for name, row in rows.items():
        others = "".join(f" {row[f't5_{pieces}']:,.0f} |" for pieces in PIECES)
        lines.append(
            f"| {name} | {row['pages']:,.0f} | {row['characters']:,.0f} | {row['ours']:,.0f} "
            f"| {row['ours_p90']:,.0f} |{others} {row['come_back']:.1%} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
