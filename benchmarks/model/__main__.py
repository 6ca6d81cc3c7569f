"""The command `python -m benchmarks.model`, from the root of the repository."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import orjson
import torch
import typer

from webagent.nn.html_t5 import SIZES
from webagent.nn.precision import fastest, named
from webagent.nn.tokenizer import load as load_tokenizer

from .measures import decoding, encoding, playing, training
from .seeing import seeing
from .table import render
from .training import throughput

RESULTS = Path(__file__).parent / "results"


def main(
    size: Annotated[str, typer.Option(help="Model size, such as mini.")] = "mini",
    radius: Annotated[int, typer.Option(min=1, help="Tokens seen to each side.")] = 127,
    rounds: Annotated[int, typer.Option(min=1, help="Times that both take a turn.")] = 5,
    threads: Annotated[int, typer.Option(help="Threads; 0 for all cores.")] = 0,
    longest: Annotated[int, typer.Option(help="Longest page, in tokens.")] = 16384,
    compiled: Annotated[bool, typer.Option(help="Also train with compiled kernels.")] = True,
    model: Annotated[Path | None, typer.Option(help="A model folder, to decide on pages.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Demonstrations, with pictures if the model sees.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = RESULTS,
) -> None:
    """Measure decoding, encoding and training; the best of some rounds, taking turns."""
    torch.set_num_threads(threads or os.cpu_count() or 1)
    shape = replace(SIZES[size], local_radius=radius)  # a wider one slows the other side
    lengths = [n for n in (256, 512, 1024, 4096, 16384) if n <= longest]
    dtype = fastest()  # as policies and training choose, so that both sides compute alike
    found = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "size": size,
        "radius": radius,
        "precision": named(dtype),
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "processor": platform.processor() or platform.machine(),
        "versions": {name: version(name) for name in ("torch", "transformers")},
        "command": " ".join(["python -m benchmarks.model", *sys.argv[1:]]),
        "playing": playing(model, data, rounds) if model and data else [],
        "throughput": throughput(shape, load_tokenizer(model), data, rounds)
        if model and data
        else {},
        "seeing": seeing(model, data, rounds) if model and data else {},
        "decoding": decoding(shape, rounds, dtype),
        "encoding": encoding(shape, lengths, rounds, dtype),
        "training": training(shape, rounds, compiled, dtype),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    (out / "README.md").write_text(render(found), "utf-8")
    typer.echo(render(found))


if __name__ == "__main__":
    typer.run(main)
