"""What eyes cost: to make batches with pictures, to learn from them, and to play."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import torch

from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.record import TEXT_COLUMNS, Row, contexts
from webagent.nn.checkpoint import load, load_vision
from webagent.nn.tokenizer import load as load_tokenizer
from webagent.policies.models import longest_page
from webagent.policies.webgum import WebGumPolicy
from webagent.training.batches import GROUP, Ahead, Batches
from webagent.training.prepared import prepare
from webagent.training.questions import acting
from webagent.training.recipe import Optimization
from webagent.training.team import assemble
from webagent.training.train import train
from webagent.types import Decision

from .measures import PAGES, best

BATCH = 16
EPISODES = 2000


def seeing(folder: Path, data: Path, rounds: int) -> dict[str, Any]:
    """Examples a second of batches alone and of batches with the steps that learn from them, made
    one step ahead as in training; and seconds a step to play with pictures and without. Best of
    `rounds` after one that does not count; nothing of a model without eyes.
    """
    vision = load_vision(folder)
    if vision is None:
        return {}
    team, times = assemble(), dict[str, list[float]](loader=[], steps=[])
    with TemporaryDirectory() as place:
        rows = _episodes(data, EPISODES)
        prepared = prepare(
            acting(list(contexts(one)) for one in rows),
            load_tokenizer(folder), Path(place), {}, longest_page(folder), vision.sight,
        )  # fmt: skip
        seen = [one for step in range(GROUP) for one in Batches([prepared], BATCH)[step]]
        for number in range(rounds + 1):
            begin, batches = perf_counter(), Batches([prepared], BATCH)
            for step in range(GROUP):
                batches[step]
            middle = perf_counter()
            train(
                load(folder, torch.float32).model, Ahead(Batches([prepared], BATCH)),
                Optimization(steps=GROUP, batch=BATCH), Path(place) / f"state-{number}",
                vision=load_vision(folder, torch.float32), team=team,
            )  # fmt: skip
            times["loader"].append(middle - begin)
            times["steps"].append(perf_counter() - middle)
    tiles = [len(shown) for one in seen for shown in one.frames if shown is not None]
    return {
        "device": team.device,
        "examples": len(seen) / GROUP,
        "pictures": sum(tiles) / GROUP,
        "bytes": sum(tiles) / GROUP * vision.sight.height * vision.sight.width * 3,
        "playing": _playing(folder, data, rounds),
        **{name: GROUP / min(seconds[1:]) for name, seconds in times.items()},
    }


def _playing(folder: Path, data: Path, rounds: int) -> list[dict[str, float]]:
    """Seconds a step to decide on the first pages of demonstrations, by the size of batches."""
    policies = {"seeing": WebGumPolicy(folder), "blind": WebGumPolicy(folder, image="off")}
    pages = [one for rows in _episodes(data, PAGES) for one, _ in islice(contexts(rows), 1)]
    found: list[dict[str, float]] = []
    for batch in (1, 2, 8):

        def play(policy: WebGumPolicy, size: int = batch) -> list[Decision]:
            parts = [pages[at : at + size] for at in range(0, len(pages), size)]
            return [one for part in parts for one in policy.act(part)]

        runs = {name: lambda policy=policy: play(policy) for name, policy in policies.items()}
        times = best(runs, rounds)
        found.append({"batch": batch} | {name: one / len(pages) for name, one in times.items()})
    return found


def _episodes(data: Path, count: int) -> Iterator[Sequence[Row]]:
    found = open_demonstrations(data).episodes(seed=0, columns=(*TEXT_COLUMNS, "screenshot"))
    return islice(found, count)
