"""The encoder: LongT5's, on packed tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from torch.utils.checkpoint import checkpoint

from webagent.nn.attention import Bias, attend, prepare
from webagent.nn.kernels import add_norm, embed, gated_gelu, sum_rows, take_rows
from webagent.nn.layout import Layout, layout
from webagent.nn.weights import EncoderLayer, FeedForward, Weights


@dataclass(frozen=True, slots=True)
class Encoded:
    """Encoder states of a batch, packed: (tokens, width), and where the tokens lie."""

    states: Tensor
    layout: Layout

    def padded(self) -> Tensor:
        """(batch, length, width), zeros behind each example's end."""
        at = self.layout
        out = self.states.new_zeros((at.batch * at.length, self.states.shape[1]))
        return out.index_copy(0, at.rows, self.states).view(at.batch, at.length, -1)


@dataclass(frozen=True, slots=True)
class Front:
    """What stands before the text and is no text: tokens as vectors (tokens, width), example
    after example, and how many each example has (batch,).
    """

    rows: Tensor
    lengths: Tensor


def encode(
    weights: Weights,
    source: Tensor,
    lengths: Tensor,
    dense: int | None = None,
    dropout: float = 0.0,
    front: Front | None = None,
    *,
    recompute: bool = False,
) -> Encoded:
    """Encode token ids (batch, length), padded on the right, of these lengths, and what
    stands in front of them.

    Pages of up to `dense` tokens use dense attention, longer ones attention in blocks, by
    default whichever is faster; the result is the same. With `recompute`, layers keep only
    what enters them, and are computed once more for the gradient.
    """
    at = layout(lengths if front is None else lengths + front.lengths, weights.shape.block)
    words = at if front is None else layout(lengths, weights.shape.block)
    ids = source[:, : words.length].flatten().index_select(0, words.rows)
    states = embed(weights.embedding, ids)
    states = dropped(states if front is None else _preceded(states, front, at), dropout)
    bias = prepare(weights, at, dense)
    groups = at.groups()
    update: Tensor | None = None
    for layer in weights.encoder:
        inputs = weights, layer, states, update, bias, at, groups, dropout
        kept = checkpoint(_layer, *inputs, use_reentrant=False) if recompute else _layer(*inputs)
        states, update = kept
    _, states = norm(weights, states, update, weights.encoder_norm)
    return Encoded(dropped(states, dropout), at)


def _preceded(words: Tensor, front: Front, at: Layout) -> Tensor:
    """The packed rows of words and of what stands before them, in the order of examples."""
    within = at.rows % at.length
    before = front.lengths.repeat_interleave(at.lengths) > within
    order = torch.where(before, before.cumsum(0), front.rows.shape[0] + (~before).cumsum(0)) - 1
    both = torch.cat([front.rows, words])
    return take_rows(both, order, order.argsort())


def _layer(
    weights: Weights,
    layer: EncoderLayer,
    states: Tensor,
    update: Tensor | None,
    bias: Bias,
    at: Layout,
    groups: Tensor,
    dropout: float,
) -> tuple[Tensor, Tensor]:
    """The states, and what the layer adds to them."""
    states, rows = norm(weights, states, update, layer.norm)
    update = dropped(_attention(weights, layer, rows, bias, at, groups), dropout)
    states, rows = norm(weights, states, update, layer.feed_forward.norm)
    return states, feed_forward(weights, layer.feed_forward, rows, dropout)


def _attention(
    weights: Weights,
    layer: EncoderLayer,
    rows: Tensor,
    bias: Bias,
    at: Layout,
    groups: Tensor,
) -> Tensor:
    if at.blocks:
        sums = sum_rows(rows, groups, at.batch * at.blocks)
        rows = torch.cat([rows, norm(weights, sums, None, layer.global_norm)[1]])
    mixed = attend(F.linear(rows, layer.qkv), bias, at, weights.shape.heads)
    return F.linear(mixed, layer.out)


def feed_forward(weights: Weights, layer: FeedForward, rows: Tensor, dropout: float) -> Tensor:
    """The gated feed-forward layer on normed rows (rows, width)."""
    inner = gated_gelu(weights.kernels, F.linear(rows, layer.wide))
    return dropped(F.linear(dropped(inner, dropout), layer.out), dropout)


def dropped(states: Tensor, dropout: float) -> Tensor:
    """The states after dropout, if there is any."""
    return F.dropout(states, dropout) if dropout else states


def norm(
    weights: Weights, states: Tensor, update: Tensor | None, weight: Tensor
) -> tuple[Tensor, Tensor]:
    """`states` plus `update`, and that sum normed."""
    return add_norm(weights.kernels, states, update, weight, weights.shape.epsilon)
