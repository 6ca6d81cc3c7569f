"""The decoder: a whole target at once for training, a few tokens at a time for playing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from webagent.nn.encoder import Encoded, dropped, feed_forward, norm
from webagent.nn.kernels import embed, take_rows
from webagent.nn.layout import Layout
from webagent.nn.positions import MASKED, along, diagonal
from webagent.nn.weights import Shape, Weights


def teach(weights: Weights, encoded: Encoded, inputs: Tensor, dropout: float = 0.0) -> Tensor:
    """Decoder states (batch, length, width) for `inputs`, each seeing those before it."""
    shape, (batch, length) = weights.shape, inputs.shape
    states = dropped(embed(weights.embedding, inputs.flatten()), dropout)
    # Unbound, as the gradient of an indexed part is as large as the whole.
    cross = [one.unbind(0) for one in _cross_keys(weights, encoded).unbind(0)]
    mask = _source_mask(encoded.layout, states.dtype)
    bias = _own_bias(weights, length)
    update: Tensor | None = None
    for index, layer in enumerate(weights.decoder):
        states, rows = norm(weights, states, update, layer.norm)
        mixed = _mix(*_split(F.linear(rows, layer.qkv), batch, shape), bias)
        update = dropped(F.linear(mixed, layer.out), dropout)
        states, rows = norm(weights, states, update, layer.cross_norm)
        (query,) = _split(F.linear(rows, layer.cross_q), batch, shape)
        key, value = cross[index]
        mixed = _mix(query, key, value, mask)
        update = dropped(F.linear(mixed, layer.cross_out), dropout)
        states, rows = norm(weights, states, update, layer.feed_forward.norm)
        update = feed_forward(weights, layer.feed_forward, rows, dropout)
    states = dropped(norm(weights, states, update, weights.decoder_norm)[1], dropout)
    return _scaled(states, shape).view(batch, length, -1)


@dataclass(slots=True)
class Cache:
    """Keys and values of what was decoded so far, and of the source."""

    own: Tensor  # (layers, 2, batch, heads, room, head width)
    cross: Tensor  # (layers, 2, batch, heads, source length, head width)
    source_mask: Tensor | None  # (batch, 1, 1, source length); None without padding
    bias: Tensor  # (heads, room, room)

    @property
    def room(self) -> int:
        """The decoded tokens that there is space for; `step` makes more."""
        return self.own.shape[-2]


def open_cache(weights: Weights, encoded: Encoded, room: int = 32) -> Cache:
    """A cache of which nothing is decoded yet. Most answers are short, so it begins small."""
    shape, batch = weights.shape, encoded.layout.batch
    own = encoded.states.new_zeros(
        (len(weights.decoder), 2, batch, shape.heads, room, shape.head_width)
    )
    even = encoded.layout.even
    mask = None if even else _source_mask(encoded.layout, own.dtype)
    return Cache(own, _cross_keys(weights, encoded), mask, _own_bias(weights, room))


def step(weights: Weights, cache: Cache, tokens: Tensor, starts: list[int]) -> Tensor:
    """Decode `tokens` (batch, count), example i's standing at position `starts[i]` and on.

    Gives their states (batch, count, width). What an example has too few tokens for may be
    filled up with any: those places are written over by the next call.
    """
    shape, (batch, count) = weights.shape, tokens.shape
    states = F.embedding(tokens.flatten(), weights.embedding)
    end = max(starts) + count
    if end > cache.room:
        more = max(cache.room, end - cache.room)
        cache.own = F.pad(cache.own, (0, 0, 0, more))
        cache.bias = _own_bias(weights, cache.room)
    if len(set(starts)) == 1:
        at, bias = starts[0], cache.bias[:, starts[0] : end, :end][None]
    else:
        at = torch.tensor(starts, device=tokens.device)[:, None] + torch.arange(
            count, device=tokens.device
        )
        bias = cache.bias[:, at, :end].transpose(0, 1)
    update: Tensor | None = None
    for index, layer in enumerate(weights.decoder):
        states, rows = norm(weights, states, update, layer.norm)
        parts = _split(F.linear(rows, layer.qkv), batch, shape)
        update = F.linear(_own_attention(parts, cache.own[index], at, end, bias), layer.out)
        states, rows = norm(weights, states, update, layer.cross_norm)
        (query,) = _split(F.linear(rows, layer.cross_q), batch, shape)
        mixed = _mix(query, cache.cross[index, 0], cache.cross[index, 1], cache.source_mask)
        update = F.linear(mixed, layer.cross_out)
        states, rows = norm(weights, states, update, layer.feed_forward.norm)
        update = feed_forward(weights, layer.feed_forward, rows, 0.0)
    states = norm(weights, states, update, weights.decoder_norm)[1]
    return _scaled(states, shape).view(batch, count, -1)


def _own_attention(
    parts: tuple[Tensor, ...], own: Tensor, at: int | Tensor, end: int, bias: Tensor
) -> Tensor:
    """Attention to all decoded so far; puts the new keys and values into the cache."""
    query, key, value = parts
    if isinstance(at, int):
        own[0, :, :, at:end] = key
        own[1, :, :, at:end] = value
    else:
        example = torch.arange(query.shape[0], device=at.device)[:, None]
        own[0, example, :, at] = key.transpose(1, 2)
        own[1, example, :, at] = value.transpose(1, 2)
    return _mix(query, own[0, :, :, :end], own[1, :, :, :end], bias)


def _mix(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> Tensor:
    """Attention of (batch, heads, length, width) -> (batch * length, heads * width)."""
    scores = query @ key.transpose(-1, -2)
    if bias is not None:
        scores = scores + bias
    mixed = scores.softmax(-1) @ value
    return mixed.transpose(1, 2).reshape(query.shape[0] * query.shape[2], -1)


def _split(product: Tensor, batch: int, shape: Shape) -> tuple[Tensor, ...]:
    """(batch * length, parts * heads * width) -> parts of (batch, heads, length, width)."""
    parts = product.view(batch, product.shape[0] // batch, -1, shape.heads, shape.head_width)
    return parts.permute(2, 0, 3, 1, 4).unbind(0)


def _scaled(states: Tensor, shape: Shape) -> Tensor:
    return states * shape.width**-0.5 if shape.scale_output else states


def _own_bias(weights: Weights, length: int) -> Tensor:
    """(heads, length, length): T5's bias of the tokens so far, later ones masked."""
    farthest = weights.shape.max_distance
    values = along(weights.decoder_bias, 1 - length, length - 1, farthest, both=False)
    later = torch.arange(1 - length, length, device=values.device) > 0
    return diagonal(values.masked_fill(later, MASKED), length)


def _source_mask(at: Layout, dtype: torch.dtype) -> Tensor:
    position = torch.arange(at.length, device=at.lengths.device)
    mask = torch.zeros((at.batch, at.length), dtype=dtype, device=position.device)
    return mask.masked_fill_(position >= at.lengths[:, None], MASKED)[:, None, None]


def _cross_keys(weights: Weights, encoded: Encoded) -> Tensor:
    """(layers, 2, batch, heads, length, head width)."""
    shape, at = weights.shape, encoded.layout
    product = F.linear(encoded.states, weights.cross_kv)
    layers = len(weights.decoder)
    units = layers * 2 * shape.heads
    device = at.rows.device
    unit = torch.arange(units, device=device).view(layers * 2, 1, shape.heads, 1)
    token = at.places.view(1, at.batch, 1, at.length)
    index = (token.clamp(min=0) * units + unit).flatten()
    place = torch.arange(index.shape[0], device=device).view(
        layers * 2, at.batch, shape.heads, at.length
    )
    # the same tokens in the order of the packed rows: (token, part, head)
    inverse = place.permute(1, 3, 0, 2).reshape(-1, units).index_select(0, at.rows).flatten()
    states = take_rows(product.view(-1, shape.head_width), index, inverse)
    return states.view(layers, 2, at.batch, shape.heads, at.length, shape.head_width)
