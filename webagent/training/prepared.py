"""Examples as token ids on disk, ready to be drawn from at random.

Text is tokenized once. What changes from epoch to epoch, the numbers of elements, is done
on the ids: a number is one token, so numbering a page from elsewhere is an addition.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import islice, takewhile
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from webagent.errors import RunError
from webagent.evaluation.store import locked, write_json
from webagent.nn.senses import Pixels, Sight
from webagent.nn.vocabulary import END, NUMBERED, shown
from webagent.training.pictures import NONE, Pictures, PictureWriter, made_as, read_pictures
from webagent.training.questions import Question

CHUNK = 1024  # examples tokenized at once
SEEN = 64  # of those that have pictures, which need room
COLUMNS = 7  # of the index
PIXELS = 427  # of pictures, that cost small eyes as much to learn from as a token of text
ABOUT, TOKENS, INDEX, FRAMES = "prepared.json", "tokens.npy", "index.npy", "frames.npy"

Ids = NDArray[np.uint16]


class Encoder(Protocol):
    """What turns texts into token ids."""

    def encode_many(self, texts: Sequence[str]) -> Sequence[Ids]: ...


@dataclass(frozen=True, slots=True)
class About:
    """What a prepared folder was made from, and what was left out, by reason. `phrases` are what
    plans say that is no clause of an instruction.
    """

    made_of: Mapping[str, object]
    tasks: Sequence[str] = ()
    examples: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    phrases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids in and out; both end with the end token.

    The target holds the answer to imitate, up to the first end token, and what follows it.
    `frames` are screenshots, the current one first, as `webagent.nn.senses.fitted` makes them.
    `task` is what it is of, by its name in `About.tasks`.
    """

    source: Ids
    target: Ids
    frames: Sequence[Pixels | None] = ()
    task: str = ""

    @property
    def cost(self) -> int:
        """What it costs to learn from, in tokens of a source."""
        pixels = sum(frame.size // 3 for frame in self.frames if frame is not None)
        return len(self.source) + pixels // PIXELS


@dataclass(frozen=True, slots=True)
class Prepared:
    """Examples on disk. `index` holds (begin, end of the source, end of the target, task,
    numbered elements, step, whether a failure began there) of each, `tokens` all ids in
    a row. With `pictures`, `frames` has the numbers of those that belong to each example: the
    current screenshot's, the one's before.
    """

    about: About
    tokens: Ids
    index: NDArray[np.int64]
    frames: NDArray[np.int64] | None = None
    pictures: Pictures | None = None

    def __len__(self) -> int:
        return len(self.index)

    @property
    def tasks(self) -> NDArray[np.int64]:
        """The number of each example's task in `about.tasks`."""
        return self.index[:, 3]

    @property
    def steps(self) -> NDArray[np.int64]:
        """How many actions came before each example."""
        return self.index[:, 5]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """At which examples an episode that failed first left its teacher's way."""
        return self.index[:, 6] > 0

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each source."""
        return self.index[:, 1] - self.index[:, 0]

    @property
    def seen(self) -> int:
        """Examples that have a picture of the current page."""
        return 0 if self.frames is None else int((self.frames[:, 0] != NONE).sum())

    @property
    def costs(self) -> NDArray[np.int64]:
        """The `cost` of each example."""
        if self.frames is None or self.pictures is None:
            return self.lengths
        pixels = self.pictures.tiles(self.frames).sum(1) * self.pictures.height
        return self.lengths + pixels * self.pictures.width // PIXELS

    def example(self, number: int, draw: float = 0.0) -> Example:
        """An example whose elements are numbered from a start that `draw` (0 to 1) picks.

        Most starts are low: these numbers, which policies use, are learnt soonest.
        """
        begin, middle, end, task, used, *_ = (int(value) for value in self.index[number])
        ids = np.array(self.tokens[begin:end])
        shift = int(draw**3 * (len(NUMBERED) - used))
        if shift:
            ids[(ids >= NUMBERED.start) & (ids < NUMBERED.stop)] += shift
        shown: Sequence[Pixels | None] = ()
        if self.pictures is not None and self.frames is not None:
            shown = self.pictures.frames(self.frames[number].tolist())
        named = self.about.tasks[task]
        return Example(ids[: middle - begin], ids[middle - begin :], shown, named)


def prepare(
    questions: Iterable[Question],
    encoder: Encoder,
    folder: Path,
    made_of: Mapping[str, object],
    longest: int = 2048,
    sight: Sight | None = None,
) -> Prepared:
    """Tokenize questions and answers into `folder`, or open it if it was made of the same. If
    another process is at it, that one is waited for.

    A source of more than `longest` tokens loses its end, as a policy's input does; examples
    whose answer names what is cut off, or what the model is not shown, are left out and
    counted. With a `sight`, the questions' screenshots are kept too, as it takes them.
    """
    if sight:
        made_of = {**made_of, "pictures": made_as(sight)}
    if found := _made(folder, made_of):
        return found
    with locked(folder, wait=True):
        if found := _made(folder, made_of):
            return found
        (folder / ABOUT).unlink(missing_ok=True)
        with PictureWriter(folder, sight) if sight else nullcontext() as pictures:
            about = _write(questions, encoder, folder, longest, pictures)
        about = replace(about, made_of=made_of)
        write_json(folder / ABOUT, asdict(about))
        found = _read(folder)
    assert found is not None
    return found


def _made(folder: Path, made_of: Mapping[str, object]) -> Prepared | None:
    found = _read(folder)
    same = found is not None and found.about.made_of == json.loads(json.dumps(made_of))
    return found if same else None


def _write(
    questions: Iterable[Question],
    encoder: Encoder,
    folder: Path,
    longest: int,
    pictures: PictureWriter | None,
) -> About:
    """Write the arrays, and tell of them."""
    names: dict[str, int] = {}
    left_out: Counter[str] = Counter()
    phrases: set[str] = set()
    pieces: list[Ids] = []
    rows: list[tuple[int, ...]] = []
    frames: list[list[int]] = []
    place = 0
    size = SEEN if pictures else CHUNK
    for one, source, target in _encoded(questions, encoder, longest, left_out, size):
        both = np.concatenate([source, target])
        numbers = both[(both >= NUMBERED.start) & (both < NUMBERED.stop)]
        used = int(numbers.max()) - NUMBERED.start + 1 if len(numbers) else 0
        ends = (place, place + len(source), place + len(both))
        rows.append((*ends, names.setdefault(one.task, len(names)), used, one.step, one.wrong))
        pieces.append(both)
        phrases |= {one.phrase} - {""}
        if pictures:
            shown = [pictures.add(frame) for frame in one.frames]
            frames.append([*shown, NONE, NONE][:2])
        place = ends[2]
    if not rows:
        raise RunError("There is nothing to learn from: no demonstration was left.")
    save(folder / TOKENS, np.concatenate(pieces))
    save(folder / INDEX, np.array(rows, np.int64))
    if pictures:
        save(folder / FRAMES, np.array(frames, np.int64))
    return About({}, list(names), len(rows), dict(left_out), sorted(phrases))


def _encoded(
    questions: Iterable[Question],
    encoder: Encoder,
    longest: int,
    left_out: Counter[str],
    size: int,
) -> Iterator[tuple[Question, Ids, Ids]]:
    """Each question that can be learnt from, its source and target; `size` tokenized at once."""
    end = np.array([END], np.uint16)
    left = iter(questions)
    while chunk := list(islice(left, size)):
        sources = encoder.encode_many([one.source for one in chunk])
        answers = iter(encoder.encode_many([text for one in chunk for text in one.answers]))
        labels = iter(encoder.encode_many([text for one in chunk for text in one.labels]))
        for one, source in zip(chunk, sources, strict=True):
            following = [next(answers) for _ in one.answers]
            elements = [next(labels) for _ in one.labels]
            if not following:
                left_out["the answer's element is not shown"] += 1
                continue
            kept = source[: longest - 1]
            if not _named(following[0], kept):
                left_out["the answer's element is cut off"] += 1
                continue
            known = takewhile(partial(_named, source=kept), following)
            parts = [part for answer in known for part in (answer, end)]
            parts += [part for part in elements if _named(part, kept)]
            target = np.concatenate([*parts, end] if elements else parts)
            yield one, np.concatenate([kept, end]), target


def _named(answer: Ids, source: Ids) -> bool:
    """Whether the source shows all elements that the answer names."""
    numbers = answer[(answer >= NUMBERED.start) & (answer < NUMBERED.stop)] - NUMBERED.start
    return bool(np.isin(numbers, shown(source)).all())


def _read(folder: Path) -> Prepared | None:
    try:
        about = About(**json.loads((folder / ABOUT).read_text("utf-8")))
        tokens = np.load(folder / TOKENS, mmap_mode="r")
        index, pictures = np.load(folder / INDEX), about.made_of.get("pictures")
        if not pictures:
            return Prepared(about, tokens, index)
        made = cast("Mapping[str, int]", pictures)
        found = read_pictures(folder, made["height"], made["width"])
        if found is None:
            return None
        return Prepared(about, tokens, index, np.load(folder / FRAMES), found)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def save(path: Path, array: NDArray[np.generic]) -> None:
    """Write a whole .npy file or nothing of it."""
    part = path.with_suffix(".part.npy")
    np.save(part, array)
    part.replace(path)
