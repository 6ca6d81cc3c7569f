"""The eyes of WebGUM (arXiv 2305.11854): screenshots become tokens for HTML-T5's encoder.

An ordinary `ViTModel` reads each picture; its patches, or squares of them side by side, are
projected to the encoder's width, and learned embeddings say which screenshot a patch is of
("temporal token") and where on it the patch lies ("local token").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from transformers import ViTConfig, ViTModel

from webagent.nn.encoder import Front
from webagent.nn.senses import WHITE, Pixels, Sight

PLACED = 0.5  # size of a new place's embedding; patches come with size one
TILED = 0.1  # size of a new tile's embedding: few pages have more than one
SPREAD = 0.3  # of a new transformer's embeddings of places
SMALL = 0.02  # of its biases


@dataclass(frozen=True, slots=True)
class VisionSize:
    """Width and depth of a vision transformer."""

    width: int
    heads: int
    inner: int
    layers: int


# With patches of 16 pixels a picture of 160 x 160 is 100 patches. In `mini` reading one costs
# 0.6 GFLOP, and its tokens cost 1.1 in the encoder of HTML-T5-mini, or a quarter of that where
# 2 x 2 patches become one; smaller patches cost more by the square of their number on a side.
VISION_SIZES: Mapping[str, VisionSize] = {
    "tiny": VisionSize(32, 2, 64, 2),  # for tests
    "mini": VisionSize(192, 3, 768, 6),
    "small": VisionSize(384, 6, 1536, 6),
    "base": VisionSize(768, 12, 3072, 12),  # ViT-B/16, as published
}


class Vision(nn.Module):
    """A vision transformer and what leads from it to an encoder of `width`.

    `sight` says what is shown to it; the picture's size is the transformer's own.
    """

    def __init__(self, vit: ViTModel, sight: Sight, width: int) -> None:
        super().__init__()
        (height, breadth), patch = picture_size(vit.config), int(vit.config.patch_size)  # pyright: ignore
        self.sight = replace(sight, height=height, width=breadth, patch=patch)
        self.vit = vit
        self.grid = check_grid(self.sight)
        patches = self.grid[0] * self.grid[1]
        inner = vit.config.hidden_size * sight.merge**2
        self.project = nn.Linear(inner, width, bias=False)
        self.place = nn.Parameter(PLACED * torch.randn(patches, width))
        self.frame = nn.Parameter(PLACED * torch.randn(sight.frames, width))
        self.tile = nn.Parameter(TILED * torch.randn(sight.tiles, width))
        nn.init.normal_(self.project.weight, std=inner**-0.5)

    def narrow(self, frames: int) -> None:
        """See only so many screenshots from now on. Raises `ValueError` if that is more."""
        if not 1 <= frames <= self.sight.frames:
            raise ValueError(f"It has learnt to see 1 to {self.sight.frames} screenshots.")
        self.frame = nn.Parameter(self.frame.detach()[:frames].clone())
        self.sight = replace(self.sight, frames=frames)

    def forward(self, pixels: Tensor, frame: Tensor, tile: Tensor) -> Tensor:
        """Tokens (pictures, places, width) of RGB uint8 pictures (pictures, height, width, 3),
        each the `tile`-th from the top of the `frame`-th screenshot back.
        """
        even = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1  # as published ViTs take them
        read = self.vit(pixel_values=even.to(self.place.dtype)).last_hidden_state[:, 1:]
        where = self.frame[frame] + self.tile[tile]
        return self.project(self._merged(read)) + self.place + where[:, None]

    def _merged(self, read: Tensor) -> Tensor:
        """Squares of patches as one, their numbers side by side."""
        (rows, columns), side = self.grid, self.sight.merge
        if side == 1:
            return read
        apart = read.view(-1, rows, side, columns, side, read.shape[-1])
        return apart.transpose(2, 3).reshape(read.shape[0], rows * columns, -1)

    def look(self, seen: Sequence[Sequence[Pixels | None]]) -> Front | None:
        """The tokens of a batch: for each example its screenshots, the current one first, as
        `fitted` makes them. A missing one has no tokens. None if nothing is seen at all.
        """
        shown = [
            (example, number, picture)
            for example, pictures in enumerate(seen)
            for number, picture in reversed(
                list(enumerate(pictures[: self.sight.frames]))
            )  # oldest first
            if picture is not None
        ]
        if self.sight.image == "off" or not shown:
            return None
        sizes = torch.tensor([len(picture) for *_, picture in shown])
        pixels = torch.from_numpy(np.concatenate([picture for *_, picture in shown]))
        if self.sight.image == "white":
            pixels = torch.full_like(pixels, WHITE)
        tile = torch.cat([torch.arange(int(size)) for size in sizes])
        frame = torch.tensor([number for _, number, _ in shown]).repeat_interleave(sizes)
        device = self.place.device
        tokens = self(pixels.to(device), frame.to(device), tile.to(device))
        counts = torch.zeros(len(seen), dtype=torch.long)
        counts.index_add_(0, torch.tensor([example for example, *_ in shown]), sizes)
        return Front(tokens.flatten(0, 1), (counts * self.place.shape[0]).to(device))


def new_vision(size: str | VisionSize, sight: Sight, width: int, seed: int = 0) -> Vision:
    """Eyes that have seen nothing yet, for an encoder of `width`; the same for the same seed.

    Pages are mostly white: white patches begin as nothing, and places tell patches apart.
    Raises `KeyError` on a size that is not in `VISION_SIZES`, and `ValueError` if pictures are
    no whole number of merged patches.
    """
    check_grid(sight)
    shape = VISION_SIZES[size] if isinstance(size, str) else size
    config = ViTConfig(
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        image_size=[sight.height, sight.width],
        patch_size=sight.patch,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vit = ViTModel(config, add_pooling_layer=False)
        read = vit.embeddings.patch_embeddings.projection
        with torch.no_grad():
            _begin(vit)
            nn.init.normal_(vit.embeddings.position_embeddings, std=SPREAD)
            read.bias.copy_(-read.weight.sum((1, 2, 3)))  # pyright: ignore - a Conv2d with bias
        return Vision(vit, sight, width).eval()


def _begin(vit: ViTModel) -> None:
    """Draw matrices that keep the size of what they read, and biases.

    Steps of training are relative to a parameter's size (`webagent.nn.flat`): from zero, or from
    the 0.02 that published ViTs begin at, most of a short training passes before it counts.
    """
    for name, one in vit.named_parameters():
        if name.endswith(".bias"):
            nn.init.normal_(one, std=SMALL)
        elif name.endswith(".weight") and one.dim() > 1:
            nn.init.normal_(one, std=one[0].numel() ** -0.5)


def check_grid(sight: Sight) -> tuple[int, int]:
    """Rows and columns of a picture's tokens. Raises `ValueError` if they come out uneven."""
    side = sight.patch * sight.merge
    if sight.height % side or sight.width % side:
        raise ValueError(
            f"Pictures of {sight.height} x {sight.width} pixels are no whole number of squares "
            f"of {side} pixels ({sight.merge} x {sight.merge} patches of {sight.patch})."
        )
    return sight.height // side, sight.width // side


def picture_size(config: ViTConfig) -> tuple[int, int]:
    """Height and width of the pictures that a vision transformer takes."""
    size = config.image_size
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))


def joined(table: Tensor, ids: Tensor, mask: Tensor, front: Front | None) -> tuple[Tensor, Tensor]:
    """Inputs of a plain LongT5: `inputs_embeds` and `attention_mask`, padded on the right.

    `table` is the embedding of its tokens, `ids` and `mask` are those of the text. So a model
    folder plays without our faster paths: text(inputs_embeds=…, attention_mask=…).
    """
    rows: list[Tensor] = []
    begin = 0
    for example in range(len(ids)):
        count = int(front.lengths[example]) if front else 0
        words = table[ids[example][mask[example] > 0]]
        rows.append(torch.cat([front.rows[begin : begin + count], words]) if front else words)
        begin += count
    lengths = torch.tensor([len(one) for one in rows], device=ids.device)
    embedded = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    kept = torch.arange(embedded.shape[1], device=ids.device) < lengths[:, None]
    return embedded, kept.long()
