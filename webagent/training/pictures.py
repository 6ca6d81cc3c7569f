"""Pictures on disk, for training: each once, compressed without loss, read at random.

Pages are flat, so `zlib` makes 160 x 160 pixels (77 kB) a few kilobytes, and gives them back
faster than a PNG decoder does.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from webagent.nn.senses import WHITE, Pixels, Sight, fitted

VERSION = 2  # of how pictures are made and kept
BYTES, PLACES = "pictures.bin", "pictures.npy"
NONE = -1  # the number of a picture that there is not


@dataclass(frozen=True, slots=True)
class PictureDropout:
    """Of which shares of the examples a model is shown `white` pictures, none at all (`blind`), or
    the current one alone (`forget`), so that it does not lean on what it may lack.
    """

    white: float = 0.0
    blind: float = 0.0
    forget: float = 0.0

    def keep(self, frames: Sequence[Pixels | None], draw: float) -> Sequence[Pixels | None]:
        """What is left of an example's screenshots for a `draw` from 0 to 1."""
        if draw < self.white:
            return tuple(one if one is None else np.full_like(one, WHITE) for one in frames)
        if draw < self.white + self.blind:
            return ()
        return frames[:1] if draw < self.white + self.blind + self.forget else frames


@dataclass(frozen=True, slots=True)
class Pictures:
    """A folder's pictures, by number: (tiles, height, width, 3). `places` has of each how many
    bytes of `packed` and how many tiles come before, and of all how many there are.
    """

    packed: NDArray[np.uint8]
    places: NDArray[np.int64]
    height: int
    width: int

    def __len__(self) -> int:
        return len(self.places) - 1

    def __getitem__(self, number: int) -> Pixels:
        begin, end = self.places[number : number + 2, 0]
        plain = zlib.decompress(memoryview(self.packed)[begin:end])  # pyright: ignore - a buffer
        return np.frombuffer(plain, np.uint8).reshape(-1, self.height, self.width, 3)

    def tiles(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of how many tiles each of these is; none if there is no such picture."""
        sizes = np.diff(self.places[:, 1], append=self.places[-1, 1])  # last: NONE's
        return sizes[numbers]

    def frames(self, numbers: Sequence[int]) -> tuple[Pixels | None, ...]:
        """Several, with None for what there is not."""
        return tuple(None if number == NONE else self[number] for number in numbers)


class PictureWriter:
    """Writes a folder's pictures, equal ones once. Use it in a `with` statement; the files are
    whole when it ends without an exception.
    """

    def __init__(self, folder: Path, sight: Sight) -> None:
        self._folder, self._sight = folder, sight
        self._part = folder / f"{BYTES}.part"
        self._file = self._part.open("wb")
        self._numbers: dict[bytes, int] = {}
        self._places = [(0, 0)]

    def add(self, screenshot: Pixels | None) -> int:
        """The number of a screenshot."""
        if screenshot is None:
            return NONE
        picture = fitted(screenshot, self._sight)
        plain = picture.tobytes()
        key = hashlib.blake2b(plain, digest_size=16).digest()
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            packed, tiles = self._places[-1]
            packed += self._file.write(zlib.compress(plain, 1))
            self._places.append((packed, tiles + len(picture)))
        return self._numbers[key]

    def __enter__(self) -> PictureWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if kind is None:
            np.save(self._folder / PLACES, np.array(self._places, np.int64))
            self._part.replace(self._folder / BYTES)
        else:
            self._part.unlink()


def made_as(sight: Sight) -> Mapping[str, object]:
    """What pictures follow from, beside the screenshots."""
    names = ("height", "width", "tiles", "bar")
    return {"version": VERSION} | {name: getattr(sight, name) for name in names}


def read_pictures(folder: Path, height: int, width: int) -> Pictures | None:
    """The pictures of a prepared folder; None if it has none."""
    if not (folder / BYTES).is_file():
        return None
    places = np.load(folder / PLACES)
    empty = len(places) == 1  # an empty file can't be mapped
    packed = np.zeros(0, np.uint8) if empty else np.memmap(folder / BYTES, np.uint8, "r")
    return Pictures(packed, places, height, width)
