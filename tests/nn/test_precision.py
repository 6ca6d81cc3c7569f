"""Which type a machine computes fastest in."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import torch

from webagent.nn.precision import fastest, named


@pytest.fixture(autouse=True)
def _measured_anew() -> Iterator[None]:
    fastest.cache_clear()
    yield
    fastest.cache_clear()


@pytest.mark.parametrize(
    ("slow", "chosen"), [(torch.bfloat16, "float32"), (torch.float32, "bfloat16")]
)
def test_the_faster_type_is_chosen(
    monkeypatch: pytest.MonkeyPatch, slow: torch.dtype, chosen: str
) -> None:
    multiply = torch.mm

    def delayed(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        time.sleep(0.03 if one.dtype == slow else 0)
        return multiply(one, other)

    monkeypatch.setattr(torch, "mm", delayed)
    assert named(fastest()) == chosen


def test_gpus_compute_in_bfloat16() -> None:
    assert fastest("cuda:0") == torch.bfloat16
