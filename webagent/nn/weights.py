"""A model's parameters as the fast paths use them: few, large matrices.

`fuse` decides what several parameters joined into one matrix are: a copy (`join`), or a
view of the storage that the parameters share (`webagent.nn.flat`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import LongT5Config, LongT5ForConditionalGeneration

from webagent.nn.kernels import Eager, Kernels

Fuse = Callable[..., Tensor]


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a configuration that attention needs."""

    width: int
    heads: int
    head_width: int
    radius: int
    block: int
    buckets: int
    max_distance: int
    epsilon: float
    scale_output: bool
    pad: int
    end: int
    start: int
    dropout: float


@dataclass(frozen=True, slots=True)
class FeedForward:
    norm: Tensor
    wide: Tensor  # gate and linear part, (2 * inner, width)
    out: Tensor


@dataclass(frozen=True, slots=True)
class EncoderLayer:
    norm: Tensor
    qkv: Tensor  # (3 * heads * head_width, width)
    global_norm: Tensor
    out: Tensor
    feed_forward: FeedForward


@dataclass(frozen=True, slots=True)
class DecoderLayer:
    norm: Tensor
    qkv: Tensor
    out: Tensor
    cross_norm: Tensor
    cross_q: Tensor
    cross_out: Tensor
    feed_forward: FeedForward


@dataclass(frozen=True, slots=True)
class Weights:
    """All parameters. `cross_kv` makes the cross-attention keys and values of all layers."""

    shape: Shape
    kernels: Kernels
    embedding: Tensor
    head: Tensor
    encoder: tuple[EncoderLayer, ...]
    encoder_norm: Tensor
    local_bias: Tensor  # (buckets, heads)
    global_bias: Tensor
    decoder: tuple[DecoderLayer, ...]
    decoder_norm: Tensor
    decoder_bias: Tensor
    cross_kv: Tensor  # (layers * 2 * heads * head_width, width)


def join(*parameters: Tensor) -> Tensor:
    """Parameters stacked into one matrix; a gradient flows back to each."""
    return parameters[0] if len(parameters) == 1 else torch.cat(parameters)


def weights(
    model: LongT5ForConditionalGeneration, fuse: Fuse = join, kernels: Kernels | None = None
) -> Weights:
    """The parameters of a model. Raises `ValueError` if it is no HTML-T5."""
    config = model.config
    if config.encoder_attention_type != "transient-global" or not config.is_gated_act:
        raise ValueError(
            "The model has no transient-global attention or no gated activation; "
            "HTML-T5 needs encoder_attention_type='transient-global' and 'gated-gelu'."
        )
    encoder, decoder = _blocks(model.encoder), _blocks(model.decoder)
    first = encoder[0].layer[0].TransientGlobalSelfAttention
    crosses = [block.layer[1].EncDecAttention for block in decoder]
    embedding = fuse(model.shared.weight)
    tied = model.lm_head.weight is model.shared.weight
    return Weights(
        shape=_shape(config),
        kernels=kernels or Eager(),
        embedding=embedding,
        head=embedding if tied else fuse(model.lm_head.weight),
        encoder=tuple(_encoder_layer(block, fuse) for block in encoder),
        encoder_norm=fuse(model.encoder.final_layer_norm.weight),
        local_bias=fuse(first.relative_attention_bias.weight),
        global_bias=fuse(first.global_relative_attention_bias.weight),
        decoder=tuple(_decoder_layer(block, fuse) for block in decoder),
        decoder_norm=fuse(model.decoder.final_layer_norm.weight),
        decoder_bias=fuse(decoder[0].layer[0].SelfAttention.relative_attention_bias.weight),
        cross_kv=fuse(*(w for cross in crosses for w in (cross.k.weight, cross.v.weight))),
    )


def _blocks(stack: Any) -> list[Any]:
    return list(stack.block)


def _shape(config: LongT5Config) -> Shape:
    scaled = getattr(config, "scale_decoder_outputs", config.tie_word_embeddings)
    return Shape(
        width=config.d_model,
        heads=config.num_heads,
        head_width=config.d_kv,
        radius=config.local_radius,
        block=config.global_block_size,
        buckets=config.relative_attention_num_buckets,
        max_distance=config.relative_attention_max_distance,
        epsilon=config.layer_norm_epsilon,
        scale_output=bool(scaled),
        pad=int(config.pad_token_id or 0),
        end=_first(config.eos_token_id),
        start=int(config.decoder_start_token_id or 0),
        dropout=float(config.dropout_rate),
    )


def _first(ids: int | list[int] | None) -> int:
    return ids[0] if isinstance(ids, list) else int(ids or 0)


def _feed_forward(layer: Any, fuse: Fuse) -> FeedForward:
    dense = layer.DenseReluDense
    return FeedForward(
        norm=fuse(layer.layer_norm.weight),
        wide=fuse(dense.wi_0.weight, dense.wi_1.weight),
        out=fuse(dense.wo.weight),
    )


def _encoder_layer(block: Any, fuse: Fuse) -> EncoderLayer:
    attention = block.layer[0].TransientGlobalSelfAttention
    return EncoderLayer(
        norm=fuse(block.layer[0].layer_norm.weight),
        qkv=fuse(attention.q.weight, attention.k.weight, attention.v.weight),
        global_norm=fuse(attention.global_input_layer_norm.weight),
        out=fuse(attention.o.weight),
        feed_forward=_feed_forward(block.layer[1], fuse),
    )


def _decoder_layer(block: Any, fuse: Fuse) -> DecoderLayer:
    own, cross = block.layer[0].SelfAttention, block.layer[1].EncDecAttention
    return DecoderLayer(
        norm=fuse(block.layer[0].layer_norm.weight),
        qkv=fuse(own.q.weight, own.k.weight, own.v.weight),
        out=fuse(own.o.weight),
        cross_norm=fuse(block.layer[1].layer_norm.weight),
        cross_q=fuse(cross.q.weight),
        cross_out=fuse(cross.o.weight),
        feed_forward=_feed_forward(block.layer[2], fuse),
    )
