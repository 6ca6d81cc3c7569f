"""In which type a machine computes fastest.

Weights ship in bfloat16. Some processors multiply several times faster in it than in float32;
others convert back and forth, and float32 is the faster one.
"""

from __future__ import annotations

import time
from functools import cache

import torch

CLEARLY = 1.25  # times that float32 has to be faster: below, all machines compute alike
_ROWS, _WIDTH = 1024, 256  # a small model's matrices
_TRIES = 7


@cache
def fastest(device: str = "cpu") -> torch.dtype:
    """The type to compute in: bfloat16, or float32 on a processor that is clearly faster in it.

    Measured once a process, in some milliseconds. GPUs compute in bfloat16.
    """
    if torch.device(device).type != "cpu":
        return torch.bfloat16
    slower = _seconds(torch.bfloat16) / _seconds(torch.float32)
    return torch.float32 if slower > CLEARLY else torch.bfloat16


def named(dtype: torch.dtype) -> str:
    """The type's name, as results tell it."""
    return str(dtype).removeprefix("torch.")


def _seconds(dtype: torch.dtype) -> float:
    """The shortest of some multiplications; the first, which prepares, does not count."""
    rows, matrix = torch.ones(_ROWS, _WIDTH, dtype=dtype), torch.ones(_WIDTH, _WIDTH, dtype=dtype)
    taken: list[float] = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        torch.mm(rows, matrix)
        taken.append(time.perf_counter() - began)
    return min(taken[1:])
