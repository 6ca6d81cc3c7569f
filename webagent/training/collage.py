"""Screenshots of single tasks, laid below each other as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from webagent.nn.senses import BAR, WHITE, Pixels, bar_height
from webagent.types import Box

MARGIN = 3  # rows of a bar that stay below what it says


def collage(bars: Sequence[Pixels], shown: Sequence[Pixels]) -> Pixels:
    """The pages of `shown` below each other, under one bar that says what those of `bars` say; all
    are screenshots. Narrow ones are white on the right.
    """
    pieces = [*map(_bar, bars), *(one[bar_height(one) :] for one in shown)]
    width = max(one.shape[1] for one in pieces)
    rows = sum(len(one) for one in pieces)
    canvas = np.full((rows, width, 3), WHITE, np.uint8)
    end = 0
    for one in pieces:
        canvas[end : end + len(one), : one.shape[1]] = one
        end += len(one)
    return canvas


def without(screenshot: Pixels, box: Box | None) -> Pixels:
    """The screenshot with a box of it, in CSS pixels, painted over."""
    if box is None:
        return screenshot
    right, bottom = box.x + box.width + 1, box.y + box.height + 1
    left, top, right, bottom = (max(0, int(one)) for one in (box.x, box.y, right, bottom))
    painted = screenshot.copy()
    painted[top:bottom, left:right] = WHITE
    return painted


def _bar(screenshot: Pixels) -> Pixels:
    """The screenshot's instruction bar, without rows at its end that say nothing."""
    bar = screenshot[: bar_height(screenshot)]
    said = np.flatnonzero((bar != BAR).any((1, 2)))
    return bar[: said[-1] + 1 + MARGIN] if len(said) else bar[:0]
