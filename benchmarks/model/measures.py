"""What is measured. Contenders take turns; the best time of each counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.record import contexts as contexts_of
from webagent.examples import model_input
from webagent.nn.checkpoint import load
from webagent.nn.encoder import encode
from webagent.nn.flat import Flat, FlatAdamW, flatten
from webagent.nn.generate import generate
from webagent.nn.html_t5 import Size, initialise
from webagent.nn.kernels import Compiled
from webagent.nn.loss import forward_loss
from webagent.nn.precision import fastest
from webagent.nn.tokenizer import load as load_tokenizer
from webagent.nn.vocabulary import END
from webagent.nn.weights import weights
from webagent.policies.html_t5 import HtmlT5Policy
from webagent.policies.models import reads_mentions
from webagent.types import Decision

VOCABULARY = 8192
TOKENS = 12  # decoded, and of a training target
PAGE = 256
BATCH = 16  # of training
PAGES = 112  # that are played on


def best(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds of each, best of `rounds`, after one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds + 1):
        for name, run in contenders.items():
            start = perf_counter()
            run()
            times[name].append(perf_counter() - start)
    return {name: min(found[1:]) for name, found in times.items()}


def decoding(size: Size, rounds: int, dtype: torch.dtype) -> list[dict[str, float]]:
    """Seconds to decode 12 tokens freely, from pages of 256 tokens."""
    model = initialise(size, VOCABULARY, dtype=dtype).eval()
    ours = weights(model)

    @torch.inference_mode()
    def reference(ids: Tensor) -> Tensor:
        return model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=TOKENS,
            min_new_tokens=TOKENS,
            do_sample=False,
        )

    found: list[dict[str, float]] = []
    for batch in (1, 4, 8):
        ids = random_ids(batch, PAGE)
        pages = ids.tolist()
        contenders = {
            "ours": lambda pages=pages: generate(ours, pages, TOKENS),
            "transformers": lambda ids=ids: reference(ids),
        }
        found.append({"batch": batch} | best(contenders, rounds))
    return found


def playing(folder: Path, data: Path, rounds: int) -> list[dict[str, float]]:
    """Seconds a step to decide on the first pages of demonstrations.

    Ours is the policy as it plays, constrained to actions. The other is the usual loop of
    `transformers` on the same weights and texts: tokenize, pad, `generate`, decode. `same` is
    the share of answers that agree.
    """
    policy = HtmlT5Policy(folder)
    model, tokenizer = load(folder, fastest()).model.eval(), load_tokenizer(folder)
    episodes = islice(open_demonstrations(data).episodes(seed=0), PAGES)
    contexts = [one for rows in episodes for one, _ in islice(contexts_of(rows), 1)]
    read = [model_input(one, mentions=reads_mentions(folder)) for one in contexts]
    texts = [one.text for one in read]

    @torch.inference_mode()
    def reference(some: Sequence[str]) -> list[str]:
        ids = [torch.tensor([*one.tolist(), END]) for one in tokenizer.encode_many(some)]
        source = pad_sequence(ids, batch_first=True)
        mask = torch.arange(source.shape[1]) < torch.tensor([len(one) for one in ids])[:, None]
        out = model.generate(source, attention_mask=mask.long(), max_new_tokens=96, do_sample=False)
        return [tokenizer.decode([t for t in row if t > END]) for row in out[:, 1:].tolist()]

    found: list[dict[str, float]] = []
    for batch in (1, 2, 8):
        parts = [slice(at, at + batch) for at in range(0, len(contexts), batch)]

        def ours(parts: list[slice] = parts) -> list[Decision]:
            return [one for part in parts for one in policy.act(contexts[part])]

        def theirs(parts: list[slice] = parts) -> list[str]:
            return [one for part in parts for one in reference(texts[part])]

        contenders = {"ours": ours, "transformers": theirs}
        agree = [
            one.target(decision.action) == text
            for one, decision, text in zip(read, ours(), theirs(), strict=True)
        ]
        times = {name: time / len(contexts) for name, time in best(contenders, rounds).items()}
        found.append({"batch": batch, "same": sum(agree) / len(agree)} | times)
    return found


def encoding(
    size: Size, lengths: Sequence[int], rounds: int, dtype: torch.dtype
) -> list[dict[str, float]]:
    """Seconds to encode one page of each length."""
    model = initialise(size, VOCABULARY, dtype=dtype).eval()
    ours = weights(model)
    found: list[dict[str, float]] = []
    for length in lengths:
        ids, mask = random_ids(1, length), torch.ones((1, length), dtype=torch.long)
        contenders = {
            "ours": lambda ids=ids, n=length: encode(ours, ids, torch.tensor([n])),
            "transformers": lambda ids=ids, mask=mask: model.encoder(ids, attention_mask=mask),
        }
        with torch.inference_mode():
            found.append({"length": length} | best(contenders, rounds))
    return found


def training(size: Size, rounds: int, compiled: bool, dtype: torch.dtype) -> dict[str, float]:
    """Sequences a second: forward, backward, clipping and AdamW on 256 tokens in, 12 out."""
    source, target = random_ids(BATCH, PAGE), random_ids(BATCH, TOKENS)
    lengths = torch.full((BATCH,), PAGE)
    contenders = {
        "ours": _our_step(flatten(_fresh(size, dtype)), source, lengths, target),
        "transformers": _their_step(size, source, target, dtype),
    }
    if compiled:
        flat = flatten(_fresh(size, dtype), Compiled())
        contenders["ours, compiled"] = _our_step(flat, source, lengths, target)
    return {name: BATCH / time for name, time in best(contenders, rounds).items()}


def _fresh(size: Size, dtype: torch.dtype):
    return initialise(size, VOCABULARY, dtype=dtype)


def _our_step(flat: Flat, source: Tensor, lengths: Tensor, target: Tensor) -> Callable[[], None]:
    adam = FlatAdamW(flat)

    def step() -> None:
        forward_loss(flat.weights, source, lengths, target).total.backward()
        adam.step()

    return step


def _their_step(
    size: Size, source: Tensor, target: Tensor, dtype: torch.dtype
) -> Callable[[], None]:
    """The usual loop: float32 parameters, autocast if it is bfloat16, PyTorch's fused AdamW."""
    model = initialise(size, VOCABULARY).train()
    adam = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    mask = torch.ones_like(source)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = model(input_ids=source, attention_mask=mask, labels=target).loss
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()

    return step


def random_ids(batch: int, length: int) -> Tensor:
    noise = torch.Generator().manual_seed(0)
    return torch.randint(2, VOCABULARY, (batch, length), generator=noise)
