"""HTML-T5: a LongT5 encoder-decoder with transient-global attention.

The shapes follow "A Real-World WebAgent" (arXiv 2307.12856): local radius 127, global
blocks of 16 tokens, gated GELU, a dense decoder. A model is an ordinary
`LongT5ForConditionalGeneration`; the faster paths of this package read its parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from transformers import LongT5Config, LongT5ForConditionalGeneration

from webagent.nn.vocabulary import END, PAD


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
    "mini": Size(256, 4, 64, 768, 6, 3),
    "small": Size(384, 6, 64, 1024, 8, 4),
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
) -> LongT5ForConditionalGeneration:
    """A new model with T5's random weights, the same for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LongT5ForConditionalGeneration(configuration(size, vocabulary, dropout))
    torch.nn.Module.to(model, dtype)  # in place
    return model
