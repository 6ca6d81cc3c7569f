"""What a tokenizer is trained on: the texts of demonstrations beside those of pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.tracks import check_descent
from webagent.errors import RunError
from webagent.evaluation.store import write_json
from webagent.examples import model_input
from webagent.policies.models import Track, read_card, widest

MADE = "made.json"
WORDS = "words"  # the same in what training says of a model


@dataclass(frozen=True, slots=True)
class Made:
    """What a tokenizer was made of: the names of demonstrations, and the first of the tracks that
    allow them all.
    """

    data: Sequence[str]
    track: str


def check_data(manifests: Sequence[Manifest]) -> Made:
    """What a tokenizer of these demonstrations is made of. Raises `RunError` if no track allows
    them, or if they were played on other seeds than those of training.
    """
    for one in manifests:
        one.check_training(Track.OPEN)
    first = widest(one.tracks[0] for one in manifests)
    return Made([one.name for one in manifests], first or Track.BASE)


def write_made(folder: Path, made: Made) -> None:
    """Keep beside a tokenizer what it was made of."""
    write_json(folder / MADE, made)


def made_of(folder: Path) -> Made | None:
    """What the tokenizer in a folder of its own, or in a model's, was made of; None if neither
    says. Raises `RunError` if what is said can't be read.
    """
    file = folder / MADE
    said = json.loads(file.read_bytes()) if file.is_file() else read_card(folder).get(WORDS)
    try:
        return TypeAdapter(Made).validate_python(said) if said else None
    except ValidationError as error:
        raise RunError(
            f"What {folder} says of its tokenizer cannot be read: {error.errors()[0]['msg']}."
        ) from error


def check_words(folder: Path, track: str) -> None:
    """Raise `RunError` if the tokenizer in `folder` was made of what `track` does not allow."""
    if made := made_of(folder):
        check_descent(track, made.track, f"The tokenizer in {folder}")


def demonstrated(folder: Path) -> Iterator[str]:
    """The model text and the target of every step of a folder of demonstrations."""
    for context, decision in open_demonstrations(folder).examples():
        given = model_input(context)
        target = given.target(decision.action)
        yield given.text if target is None else given.text + target


def mixed(texts: Iterable[str], pages: Iterable[str], most: float) -> Iterator[str]:
    """All texts, and as many characters of pages, at most `most`; without texts, `most`."""
    length = 0
    for text in texts:
        length += len(text)
        yield text
    left = min(most, length or most)
    for page in pages:
        if left <= 0:
            return
        left -= len(page)
        yield page
