"""HTML-T5: a LongT5 encoder-decoder with transient-global attention.

The shapes follow "A Real-World WebAgent" (arXiv 2307.12856): local radius 127, global
blocks of 16 tokens, gated GELU, a dense decoder. "mini" and "small", sizes of our own, see
1,023 tokens to each side: with 127, what stands far behind the instruction knows of it only
through sums of 16 tokens, and a small model is slow to learn to act there. On short pages our
attention costs the same. A model is an ordinary `LongT5ForConditionalGeneration`; the faster
paths of this package read its parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from transformers import LongT5Config, LongT5ForConditionalGeneration

from webagent.nn.vocabulary import END, NUMBERED, PAD


@dataclass(frozen=True, slots=True)
class Size:
    """Widths and depths of a model."""

    width: int
    heads: int
    head_width: int
    inner: int  # of the feed-forward layers
    encoder_layers: int
    decoder_layers: int
    local_radius: int = 127
    global_block: int = 16


SIZES: Mapping[str, Size] = {
    "tiny": Size(32, 2, 16, 48, 2, 2, local_radius=15, global_block=4),  # for tests
    "mini": Size(256, 4, 64, 768, 6, 3, local_radius=1023),
    "small": Size(384, 6, 64, 1024, 8, 4, local_radius=1023),
    # The published ones.
    "base": Size(768, 12, 64, 2048, 12, 12),
    "large": Size(1024, 16, 64, 2816, 24, 24),
    "xl": Size(2048, 32, 64, 5120, 24, 24),
}


def configuration(size: str | Size, vocabulary: int, dropout: float = 0.0) -> LongT5Config:
    """The configuration of a size, for a tokenizer of `vocabulary` tokens.

    Embeddings are tied. Raises `KeyError` on a size that is not in `SIZES`.
    """
    shape = SIZES[size] if isinstance(size, str) else size
    return LongT5Config(
        vocab_size=vocabulary,
        d_model=shape.width,
        d_kv=shape.head_width,
        d_ff=shape.inner,
        num_heads=shape.heads,
        num_layers=shape.encoder_layers,
        num_decoder_layers=shape.decoder_layers,
        local_radius=shape.local_radius,
        global_block_size=shape.global_block,
        dropout_rate=dropout,
        feed_forward_proj="gated-gelu",
        encoder_attention_type="transient-global",
        tie_word_embeddings=True,
        pad_token_id=PAD,
        eos_token_id=END,
        decoder_start_token_id=PAD,  # pyright: ignore[reportCallIssue] - as in T5
    )


def initialise(
    size: str | Size,
    vocabulary: int,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
    dropout: float = 0.0,
    *,
    primed: bool = True,
) -> LongT5ForConditionalGeneration:
    """A new model with T5's random weights; if `primed`, some of its heads match tokens from
    the start. The same for the same seed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LongT5ForConditionalGeneration(configuration(size, vocabulary, dropout))
        if primed:
            prime(model)
    torch.nn.Module.to(model, dtype)  # in place
    return model


@torch.no_grad()
def prime(model: LongT5ForConditionalGeneration) -> None:
    """Give some heads what acting on a page needs first: to find what was said elsewhere.

    From random weights most of training goes by before a head learns that equal tokens
    belong together. Here, as in mimetic initialisation (arXiv 2305.09828), queries and keys of
    a head are the same projection, so that it attends to equal tokens; and a pair of heads is
    an induction head (arXiv 2209.11895): the encoder tells each token what stands before it,
    and the decoder looks for what stood behind the token it wrote last. All of it is learnt
    on. In models of four heads and more, another one tells each token of a page the number of
    the element that it stands in: it looks back for the nearest element token, and when the
    decoder finds a token equal to what it wrote last, it reads that number there. Heads in order:
    induction, matching, looking ahead, element.
    """
    shape: Any = model.config
    width, inner, heads = shape.d_model, shape.d_kv, shape.num_heads
    encoder: list[Any] = [
        block.layer[0].TransientGlobalSelfAttention for block in _blocks(model.encoder)
    ]
    decoder: list[Any] = [block.layer for block in _blocks(model.decoder)]
    first, second = slice(0, inner), slice(inner, 2 * inner)
    scale = inner**-0.5  # T5 leaves it out of attention, so it stands in the queries
    nearby = encoder[0].relative_attention_bias.weight  # (buckets, heads), of all layers
    behind = len(nearby) // 2  # buckets from here on are those of later keys
    nearby[1, 0] += 5.0  # the token before
    nearby[0, 1] -= 4.0  # a token equals itself, which says nothing
    told, kept = _projection(inner, width), _projection(inner, width)
    encoder[0].v.weight[first] = told
    encoder[0].o.weight[:, first] = kept.T
    for number, attention in enumerate(encoder[1:], 1):
        _match(attention, second, _projection(inner, width), scale * (1 + number / 2))
    for number, layers in enumerate(decoder):
        across = layers[1].EncDecAttention
        across.k.weight[first] = kept
        across.q.weight[first] = told * scale * (2 + number)
        copied = _projection(inner, width)
        across.v.weight[first] = copied
        across.o.weight[:, first] = copied.T
        _match(across, second, _projection(inner, width), scale * (1 + number / 2))
    if heads >= 4:
        nearby[behind + 1 : behind + 9, 2] += 2.0
        own = decoder[0][0].SelfAttention.relative_attention_bias.weight
        own[0, 0] += 3.0
        own[1, 1] += 3.0
        own[1:9, 2] += 1.5
        _name_elements(model, encoder[:2], [layers[1].EncDecAttention for layers in decoder])


def _name_elements(model: Any, encoder: list[Any], decoder: list[Any]) -> None:
    """Let the last head of these encoder layers find the element that a token stands in, and the
    decoders' matching heads read its number.
    """
    shape: Any = model.config
    width, inner, heads = shape.d_model, shape.d_kv, shape.num_heads
    last, second = slice((heads - 1) * inner, None), slice(inner, 2 * inner)
    # Directions that all tokens share, and all element tokens: queries and keys to go by.
    every, element = _projection(2, width)
    model.shared.weight += every * width**0.5 / 2
    model.shared.weight[NUMBERED.start : NUMBERED.stop] += element * width**0.5
    sought = _projection(1, inner)[0]
    known, kept = _projection(inner, width), _projection(inner, width)
    for attention in encoder:
        noise = torch.randn(2, inner, width) / 50
        attention.q.weight[last] = 0.36 * torch.outer(sought, every) + noise[0]
        attention.k.weight[last] = 0.36 * torch.outer(sought, element) + noise[1]
        attention.v.weight[last] = known
        attention.o.weight[:, last] = 2 * kept.T
    nearby = encoder[0].relative_attention_bias.weight[:, heads - 1]
    behind = len(nearby) // 2
    nearby[:behind] = -0.6 * torch.arange(behind)  # the nearest one
    nearby[0] = -3.0
    nearby[behind:] = -6.0
    for across in decoder:
        across.v.weight[second] = kept
        across.o.weight[:, second] = 2 * known.T


def _match(attention: Any, head: slice, projection: torch.Tensor, scale: float) -> None:
    """Let a head attend to tokens that are equal under a projection."""
    attention.k.weight[head] = projection
    attention.q.weight[head] = projection * scale


def _projection(rows: int, columns: int) -> torch.Tensor:
    """A random projection, its rows orthogonal and of length one."""
    return torch.linalg.qr(torch.randn(columns, rows)).Q.T


def _blocks(stack: Any) -> list[Any]:
    return list(stack.block)
