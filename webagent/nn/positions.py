"""Relative position biases: T5's buckets, laid out along diagonals."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

MASKED = -1e10  # added to a score that must not count; the number LongT5 uses


def buckets(low: int, high: int, both: bool, count: int, farthest: int) -> Tensor:
    """The bucket of each relative position (key - query) from `low` to `high`.

    Half of the buckets are exact, the others grow to `farthest`; with `both`, forward and
    backward have half of them each, otherwise all forward positions are bucket 0.
    """
    position = torch.arange(low, high + 1)
    start = torch.zeros_like(position)
    if both:
        count //= 2
        start = (position > 0).long() * count
        distance = position.abs()
    else:
        distance = (-position).clamp(min=0)
    exact = count // 2
    ratio = torch.log(distance.float() / exact) / math.log(farthest / exact)
    # the logarithm of 0 is out of range as an integer, and not taken
    large = (exact + (ratio.clamp(min=0) * (count - exact)).long()).clamp(max=count - 1)
    return start + torch.where(distance < exact, distance, large)


@lru_cache(maxsize=64)
def _one_hot(
    low: int, high: int, both: bool, count: int, farthest: int, kind: tuple[str, torch.dtype]
) -> Tensor:
    with torch.inference_mode(False):  # what playing made, training uses too
        chosen = buckets(low, high, both, count, farthest)
        return F.one_hot(chosen, count).to(device=kind[0], dtype=kind[1])


def along(table: Tensor, low: int, high: int, farthest: int, both: bool = True) -> Tensor:
    """Bias of each relative position from `low` to `high`: (heads, high - low + 1)."""
    kind = (str(table.device), table.dtype)
    # a product with one-hot rows: exact, and its gradient is a product too
    return (_one_hot(low, high, both, table.shape[0], farthest, kind) @ table).t()


def diagonal(values: Tensor, rows: int) -> Tensor:
    """(heads, rows, columns) whose row i holds the values of keys 0... seen from query i.

    `values` are those of relative positions 1 - rows ... columns - 1.
    """
    columns = values.shape[-1] - rows + 1
    return values.unfold(-1, columns, 1).flip(1)
