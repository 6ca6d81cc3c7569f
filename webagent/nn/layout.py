"""Where the tokens of a batch lie: packed without padding, and by example and head.

The position-wise layers see one row a token, and behind them one row for each global token
of the batch; attention sees (batch * heads, position). Index tables lead from one to the
other.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Layout:
    """Token counts and index tables of a batch.

    `tokens` is how many there are, `length` the longest example's, `blocks` how many global
    tokens an example has at most, and `full` how many each has.
    """

    lengths: Tensor  # (batch,)
    batch: int
    length: int
    tokens: int
    blocks: int
    full: Tensor  # (batch,)
    rows: Tensor  # packed row -> place in (batch * length)
    places: Tensor  # place in (batch * length) -> packed row, or -1
    block_ids: Tensor  # (batch, length): the block whose sum a token is in, or -1

    @property
    def even(self) -> bool:
        """Whether there is no padding."""
        return self.tokens == self.batch * self.length

    def groups(self) -> Tensor:
        """The global token, of all in the batch, that each packed row counts to, or -1."""
        first = torch.arange(self.batch, device=self.rows.device)[:, None] * self.blocks
        of_place = torch.where(self.block_ids < 0, -1, self.block_ids + first)
        return of_place.flatten().index_select(0, self.rows)


def layout(lengths: Tensor, block: int) -> Layout:
    """Lay out examples of these lengths, as LongT5 does in a batch padded on the right.

    Tokens behind the last whole block belong to that block; where there is none, there is
    no global token.
    """
    batch, length = lengths.shape[0], int(lengths.max())
    position = torch.arange(length, device=lengths.device)
    rows = (position < lengths[:, None]).flatten().nonzero().squeeze(1)
    places = torch.full((batch * length,), -1, device=lengths.device)
    places[rows] = torch.arange(rows.shape[0], device=lengths.device)
    full = lengths // block
    ids = torch.minimum((position // block).expand(batch, -1), full[:, None] - 1)
    return Layout(lengths, batch, length, rows.shape[0], length // block, full, rows, places, ids)


@dataclass(frozen=True, slots=True)
class Heads:
    """Index tables between packed rows and heads, in units of one head's numbers.

    `spread` gathers queries, keys and values out of the packed rows of a product with
    `qkv`: (batch, heads, query length) + 2 x (batch, heads, key length). `collect` says
    where each unit of those rows went; units that went nowhere point behind the end.
    """

    spread: Tensor
    collect: Tensor
    outputs: Tensor  # packed (token, head) -> place in (batch, heads, query length)
    inputs: Tensor  # place in (batch, heads, query length) -> packed (token, head)
    gaps: Tensor  # the places of `inputs` that hold padding
    queries: int  # query length, a multiple of what was asked for
    keys: int


def heads(of: Layout, count: int, multiple: int = 1) -> Heads:
    """Tables for `count` heads. Queries and keys are padded to a multiple of `multiple`;
    the global tokens are the last keys.
    """
    queries = -(-of.length // multiple) * multiple
    keys = queries + of.blocks
    device = of.rows.device
    padded = torch.full((of.batch, queries), -1, device=device)
    padded[:, : of.length] = of.places.view(of.batch, of.length)
    extra = of.tokens + torch.arange(of.batch * of.blocks, device=device)
    with_globals = torch.cat([padded, extra.view(of.batch, of.blocks)], 1)
    head = torch.arange(count, device=device)[:, None]
    unit = with_globals.clamp(min=0)[:, None] * (3 * count) + head  # (batch, heads, keys)
    spread = torch.cat(
        [unit[..., :queries].flatten(), *((unit + p * count).flatten() for p in (1, 2))]
    )
    total = (of.tokens + of.batch * of.blocks) * 3 * count
    real = torch.cat(
        [
            (padded >= 0)[:, None].expand(-1, count, -1).flatten(),
            *[(with_globals >= 0)[:, None].expand(-1, count, -1).flatten()] * 2,
        ]
    )
    collect = torch.full((total,), spread.shape[0], device=device)
    there = real.nonzero().squeeze(1)
    collect[spread[there]] = there
    inputs = padded[:, None] * count + head
    valid = (padded >= 0)[:, None].expand_as(inputs)
    inputs = torch.where(valid, inputs, 0).flatten()
    outputs = torch.empty(of.tokens * count, dtype=torch.long, device=device)
    placed = valid.flatten().nonzero().squeeze(1)
    outputs[inputs[placed]] = placed
    gaps = (~valid).flatten().nonzero().squeeze(1)
    return Heads(spread, collect, outputs, inputs, gaps, queries, keys)
