"""What a policy that sees takes from a context: its pictures, and a page without its words.

Everything is numbers in, numbers out: no model, no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from webagent.html import refs
from webagent.types import Context, Observation

Pixels: TypeAlias = NDArray[np.uint8]

BAR = (255, 255, 0)  # of MiniWoB's and CompWoB's instruction bar
WHITE = 255


@dataclass(frozen=True, slots=True)
class Sight:
    """What a model sees. WebGUM (arXiv 2305.11854) takes the last two screenshots without the
    instruction bar; with `bar` "keep" that stays in them.

    `height` and `width` are those of the pictures that the vision transformer reads, `patch`
    is the side of its patches, all in pixels; `merge` x `merge` patches become one token. A
    page that is taller becomes several pictures, one under the other, `tiles` at most; one
    that is wider is scaled down. With `image` "white" all pictures are white, with "off"
    there are none; with `html` "off" the page's words are hidden.
    """

    frames: int = 2
    height: int = 160
    width: int = 160
    patch: int = 16
    merge: int = 1
    tiles: int = 6
    bar: Literal["crop", "keep"] = "crop"
    image: Literal["on", "white", "off"] = "on"
    html: Literal["on", "off"] = "on"


def screenshots(context: Context) -> tuple[Pixels | None, ...]:
    """The current screenshot and the one before, as far as the context has them."""
    seen = [context.observation, *(step.observation for step in context.history[-1:])]
    return tuple(one.screenshot for one in seen)


def fitted(screenshot: Pixels, sight: Sight) -> Pixels:
    """The screenshot, without its instruction bar if that is cropped, as (tiles, height, width,
    3), white where there is no page. Small pages are not scaled.
    """
    page = screenshot[bar_height(screenshot) :] if sight.bar == "crop" else screenshot
    if page.shape[1] > sight.width:
        height = max(1, round(page.shape[0] * sight.width / page.shape[1]))
        size = (sight.width, height)
        page = np.asarray(Image.fromarray(page).resize(size, Image.Resampling.BOX))
    tiles = min(sight.tiles, max(1, -(-page.shape[0] // sight.height)))
    canvas = np.full((tiles * sight.height, sight.width, 3), WHITE, np.uint8)
    page = page[: len(canvas)]
    canvas[: page.shape[0], : page.shape[1]] = page
    return canvas.reshape(tiles, sight.height, sight.width, 3)


def bar_height(screenshot: Pixels) -> int:
    """Rows at the top that begin or end in the colour of the instruction bar; what lies over it
    hides one end.
    """
    ends = (screenshot[:, [0, -1]] == BAR).all(-1).any(-1)
    return 0 if ends.all() else int(ends.argmin())


def wordless(context: Context) -> Context:
    """The context as one sees it who can't read HTML: of each element only its number and
    where its centre lies, in CSS pixels. Nothing else can be named in an action.
    """
    past = tuple(replace(step, observation=_wordless(step.observation)) for step in context.history)
    return replace(context, observation=_wordless(context.observation), history=past)


def _wordless(seen: Observation) -> Observation:
    centres = {ref: box.center for ref, box in seen.boxes.items()}
    shown: Sequence[int] = [ref for ref in refs(seen.html) if ref in centres]
    places = (f'<b ref="{ref}">{centres[ref][0]:.0f},{centres[ref][1]:.0f}' for ref in shown)
    return replace(seen, html="".join(places))
