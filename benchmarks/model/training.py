"""Training throughput beside `transformers`' Trainer: same model, examples and hardware."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import Trainer, TrainingArguments

from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.record import contexts
from webagent.nn.html_t5 import Size, initialise
from webagent.nn.precision import fastest
from webagent.nn.tokenizer import HtmlTokenizer
from webagent.training.batches import GROUP, Batches
from webagent.training.prepared import Example, prepare
from webagent.training.questions import acting
from webagent.training.recipe import Optimization
from webagent.training.team import assemble
from webagent.training.train import train

BATCH = 16
EPISODES = 2000


def throughput(size: Size, tokenizer: HtmlTokenizer, data: Path, rounds: int) -> dict[str, Any]:
    """Examples a second, best of `rounds` of both in turn, after one that does not count.

    Both see the same examples of real demonstrations, in the type that training chooses: ours in
    its batches of like lengths, the Trainer in groups of like lengths, padded, with fused AdamW
    and, if the type is bfloat16, `torch.autocast`.
    """
    team = assemble()
    with TemporaryDirectory() as place:
        found = zip(range(EPISODES), open_demonstrations(data).episodes(seed=0), strict=False)
        episodes = (list(contexts(rows)) for _, rows in found)
        prepared = prepare(acting(episodes), tokenizer, Path(place), {}, 1024)
        batches = Batches([prepared], BATCH)
        examples = [one for step in range(GROUP) for one in batches[step]]
        plan = Optimization(steps=GROUP, batch=BATCH)
        times: dict[str, list[float]] = {"ours": [], "Trainer": []}
        for number in range(rounds + 1):
            begin = perf_counter()
            model = initialise(size, len(tokenizer))
            train(model, batches, plan, Path(place) / f"state-{number}", team=team)
            middle = perf_counter()
            _trainer(size, len(tokenizer), examples, place, team.device).train()
            times["ours"].append(middle - begin)
            times["Trainer"].append(perf_counter() - middle)
    best = {name: len(examples) / min(seconds[1:]) for name, seconds in times.items()}
    tokens = sum(len(one.source) for one in examples) / len(examples)
    return {"device": team.device, "examples": len(examples), "tokens": tokens, **best}


def _trainer(
    size: Size, vocabulary: int, examples: Sequence[Example], place: str, device: str
) -> Trainer:
    rows = [
        {"input_ids": one.source.astype("int64"), "labels": one.target.astype("int64")}
        for one in examples
    ]
    for row in rows:
        row["length"] = len(row["input_ids"])  # pyright: ignore[reportArgumentType]
    arguments = TrainingArguments(
        output_dir=place,
        per_device_train_batch_size=BATCH,
        num_train_epochs=1,
        bf16=fastest(device) == torch.bfloat16,
        use_cpu=device == "cpu",
        optim="adamw_torch_fused",
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        report_to="none",
        logging_strategy="no",
        save_strategy="no",
        disable_tqdm=True,
    )
    logging.getLogger("transformers").setLevel(logging.ERROR)
    return Trainer(initialise(size, vocabulary), arguments, _pad, rows)  # pyright: ignore


def _pad(rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    def padded(name: str, value: int) -> torch.Tensor:
        ids = [torch.tensor(row[name]) for row in rows]
        return pad_sequence(ids, batch_first=True, padding_value=value)

    source = padded("input_ids", 0)
    return {
        "input_ids": source,
        "attention_mask": (source != 0).long(),
        "labels": padded("labels", -100),
    }
