"""Transient-global attention over packed rows: dense for short pages, in blocks for long.

A token sees the tokens at most `radius` away, and the global tokens of its own example. The
dense form computes all pairs and masks; the block form computes a token's own block of
`radius + 1` tokens and its two neighbours, so its cost grows with the length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from webagent.nn.kernels import take_rows
from webagent.nn.layout import Heads, Layout, heads
from webagent.nn.positions import MASKED, along, diagonal
from webagent.nn.weights import Weights

DENSE = 1100  # tokens; beyond, blocks of 127 are faster, wider ones beyond three of them
CHUNK = 8  # blocks computed at once
CACHE = 1 << 20  # bytes of scores that stay near the processor


@dataclass(frozen=True, slots=True)
class Bias:
    """What is added to the scores, the same in every layer.

    `total` is the sum that is used; the gradient goes to its parts: `local` (heads, queries,
    local keys), one for the whole batch, and `side` (batch * heads, queries, global keys).
    In the block form `total` is None and `local` has the rows of one block.
    """

    table: Heads
    total: Tensor | None
    local: Tensor
    side: Tensor
    local_mask: Tensor  # (batch, local keys), 0 or MASKED
    global_mask: Tensor


def prepare(weights: Weights, of: Layout, dense: int | None = None) -> Bias:
    """The biases and index tables of a batch. Examples of up to `dense` tokens are computed
    densely; by default where that is faster.
    """
    window = weights.shape.radius + 1
    with_blocks = of.length > (max(DENSE, 3 * window) if dense is None else dense)
    table = heads(of, weights.shape.heads, window if with_blocks else 1)
    dtype = weights.embedding.dtype
    keys = torch.arange(table.queries, device=of.rows.device)
    local_mask = _mask(keys < of.lengths[:, None], dtype)
    blocks = torch.arange(of.blocks, device=of.rows.device)
    global_mask = _mask(blocks < of.full[:, None], dtype)
    if with_blocks:
        local = _local(weights, window, before=window, columns=3 * window)
        side = _global_values(weights, of)
        return Bias(table, None, local, side, local_mask, global_mask)
    local = _local(weights, of.length, before=0, columns=of.length)
    side = _side(_global_values(weights, of), of.block_ids)
    total = _total(local, side, local_mask, global_mask)
    return Bias(table, total, local, side, local_mask, global_mask)


def attend(qkv: Tensor, bias: Bias, of: Layout, count: int) -> Tensor:
    """Packed queries, keys and values -> packed mixed values (tokens, heads * width)."""
    units = qkv.view(-1, qkv.shape[1] // (3 * count))
    if bias.total is not None:
        mixed = _Dense.apply(units, bias.total, bias.local, bias.side, bias.table)
    else:
        mixed = _in_blocks(units, bias, of, count)
    return mixed.view(of.tokens, -1)  # pyright: ignore


def _mask(kept: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.zeros(kept.shape, dtype=dtype, device=kept.device).masked_fill_(~kept, MASKED)


def _local(weights: Weights, rows: int, before: int, columns: int) -> Tensor:
    """(heads, rows, columns); the first row's own key is column `before`."""
    shape = weights.shape
    low, high = 1 - rows - before, columns - 1 - before
    values = along(weights.local_bias, low, high, shape.max_distance)
    distance = torch.arange(low, high + 1, device=values.device).abs()
    return diagonal(values.masked_fill(distance > shape.radius, MASKED), rows)


def _global_values(weights: Weights, of: Layout) -> Tensor:
    """(heads, blocks, blocks): the bias of a global token, seen from tokens of a block."""
    if not of.blocks:
        return weights.global_bias.new_zeros((weights.shape.heads, 1, 0))
    low, high = 1 - of.blocks, of.blocks - 1
    return diagonal(along(weights.global_bias, low, high, weights.shape.max_distance), of.blocks)


def _side(values: Tensor, block_ids: Tensor) -> Tensor:
    """(batch * heads, queries, blocks)."""
    batch, length = block_ids.shape
    rows = values.index_select(1, block_ids.clamp(min=0).flatten())
    by_example = rows.view(values.shape[0], batch, length, -1).transpose(0, 1)
    return by_example.reshape(batch * values.shape[0], length, -1)


@torch.no_grad()
def _total(local: Tensor, side: Tensor, local_mask: Tensor, global_mask: Tensor) -> Tensor:
    (count, queries, keys), batch = local.shape, local_mask.shape[0]
    total = local.new_empty((batch, count, queries, keys + global_mask.shape[1]))
    torch.add(local, local_mask[:, None, None], out=total[..., :keys])
    by_head = side.view(batch, count, queries, -1)
    torch.add(by_head, global_mask[:, None, None], out=total[..., keys:])
    return total.flatten(0, 1)


class _Dense(torch.autograd.Function):
    """Gather by head, scores, softmax, mix, and back to packed rows, in one node."""

    @staticmethod
    def forward(
        ctx: Any, units: Tensor, total: Tensor, local: Tensor, side: Tensor, table: Heads
    ) -> Tensor:
        by_head = units.index_select(0, table.spread)
        query, key, value = _views(by_head, total.shape[0], table)
        shares, mixed = torch.empty_like(total), torch.empty_like(query)
        for at in _portions(shares, local.shape[0]):
            scores = torch.baddbmm(total[at], query[at], key[at].transpose(1, 2))
            torch.softmax(scores, -1, out=shares[at])
            torch.bmm(shares[at], value[at], out=mixed[at])
        ctx.save_for_backward(by_head, shares)
        ctx.table, ctx.heads = table, local.shape[0]
        return mixed.view(-1, units.shape[1]).index_select(0, table.outputs)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        by_head, shares = ctx.saved_tensors
        table: Heads = ctx.table
        query, key, value = _views(by_head, shares.shape[0], table)
        mixed = grads[0].index_select(0, table.inputs)
        if table.gaps.numel():
            mixed.index_fill_(0, table.gaps, 0)
        mixed = mixed.view_as(query)
        out = by_head.new_empty((by_head.shape[0] + 1, by_head.shape[1]))
        out[-1] = 0
        for_query, for_key, for_value = _views(out[:-1], shares.shape[0], table)
        local, count = table.queries, ctx.heads
        for_local = shares.new_zeros((count, local, local), dtype=torch.float32)
        for_side = shares.new_empty((shares.shape[0], local, table.keys - local))
        for at in _portions(shares, count):
            torch.bmm(shares[at].transpose(1, 2), mixed[at], out=for_value[at])
            slope = torch.bmm(mixed[at], value[at].transpose(1, 2))
            scores = torch.ops.aten._softmax_backward_data(slope, shares[at], -1, slope.dtype)
            torch.bmm(scores, key[at], out=for_query[at])
            torch.bmm(scores.transpose(1, 2), query[at], out=for_key[at])
            for_local += scores[..., :local].unflatten(0, (-1, count)).sum(0)
            for_side[at] = scores[..., local:]
        return out.index_select(0, table.collect), None, for_local.to(shares.dtype), for_side, None


def _portions(shares: Tensor, heads: int) -> list[slice]:
    """Slices of whole examples whose scores stay in a core's cache; all at once on a GPU."""
    if shares.device.type != "cpu":
        return [slice(0, shares.shape[0])]
    size = shares[:heads].numel() * shares.element_size()
    step = heads * max(1, CACHE // size)
    return [slice(at, at + step) for at in range(0, shares.shape[0], step)]


def _views(by_head: Tensor, groups: int, table: Heads) -> tuple[Tensor, Tensor, Tensor]:
    first, width = groups * table.queries, by_head.shape[1]
    query = by_head[:first].view(groups, table.queries, width)
    key, value = by_head[first:].view(2, groups, table.keys, width)
    return query, key, value


def _in_blocks(units: Tensor, bias: Bias, of: Layout, count: int) -> Tensor:
    table, window = bias.table, bias.local.shape[1]
    by_head = take_rows(units, table.spread, table.collect)
    query, key, value = (
        one.view(of.batch, count, one.shape[1], -1)
        for one in _views(by_head, of.batch * count, table)
    )
    local, far = table.queries, slice(table.queries, None)
    near_key = torch.nn.functional.pad(key[:, :, :local], (0, 0, window, window))
    near_value = torch.nn.functional.pad(value[:, :, :local], (0, 0, window, window))
    mask = torch.nn.functional.pad(bias.local_mask, (window, window), value=MASKED)
    ids = torch.nn.functional.pad(of.block_ids.clamp(min=0), (0, local - of.length))
    mixed = [
        _chunk(
            query[:, :, start : start + CHUNK * window],
            near_key[:, :, start : start + (CHUNK + 2) * window],
            near_value[:, :, start : start + (CHUNK + 2) * window],
            mask[:, start : start + (CHUNK + 2) * window],
            (key[:, :, far], value[:, :, far]),
            ids[:, start : start + CHUNK * window],
            bias,
        )
        for start in range(0, local, CHUNK * window)
    ]
    flat = torch.cat(mixed, 2).reshape(-1, units.shape[1])
    back = table.inputs.index_fill(0, table.gaps, table.outputs.shape[0])
    return take_rows(flat, table.outputs, back)


def _chunk(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
    far: tuple[Tensor, Tensor],
    ids: Tensor,
    bias: Bias,
) -> Tensor:
    """Some blocks of queries: (batch, heads, blocks * window, width)."""
    batch, count, length, width = query.shape
    window = bias.local.shape[1]
    blocks = length // window
    rows = query.reshape(batch, count, blocks, window, width)
    near = rows @ _windows(key, window).transpose(-1, -2)
    seen = mask.unfold(1, 3 * window, window)[:, None, :, None]  # (batch, 1, blocks, 1, keys)
    near = near + bias.local[:, None] + seen
    side = bias.side[:, ids].transpose(0, 1) + bias.global_mask[:, None, None]
    wide = (query @ far[0].transpose(-1, -2) + side).view(batch, count, blocks, window, -1)
    shares = torch.cat([near, wide], -1).softmax(-1)
    split = 3 * window
    mixed = shares[..., :split] @ _windows(value, window)
    wide_shares = shares[..., split:].reshape(batch, count, length, -1)
    return mixed.view(batch, count, length, width) + wide_shares @ far[1]


def _windows(states: Tensor, window: int) -> Tensor:
    """(batch, heads, blocks, 3 * window, width): each block with its two neighbours."""
    return states.unfold(2, 3 * window, window).transpose(-1, -2)
