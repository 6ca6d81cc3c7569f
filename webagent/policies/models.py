"""Models of policies: where their folders are, what they say of themselves, and what they cost.

Loads no large library.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import cast

from webagent.assets import shipped_models
from webagent.llm.protocol import Observer, Usage, Watched
from webagent.nn.files import BRIDGE, CARD, CONFIG, TOKENIZER, VISION, WEIGHTS
from webagent.types import Json

EYES = (f"{VISION}/{WEIGHTS}", BRIDGE)  # of one that sees
LONGEST = 1024  # tokens of a page that a model reads which does not say what it has learnt


class Track(StrEnum):
    """What training a score is printed with; each may learn more than the one before."""

    BASE = "base"
    BASE_AUG = "base+aug"
    COMPOSITIONAL = "compositional"
    SITES = "sites"
    OPEN = "open"


def model_folder(spec: str) -> Path | None:
    """The folder that a policy's spec names, else the model of that name that ships:
    "html-t5-mini" or "models/html-t5-mini". None if there is neither. Options behind a "?"
    are left alone.
    """
    name = spec.partition("?")[0]
    if (Path(name) / CONFIG).is_file():
        return Path(name)
    return shipped_models().get(name.removeprefix("models/").rstrip("/"))


def tokenizer_folder(spec: str) -> Path:
    """The folder of a tokenizer, else the model of that name that ships, which has one too."""
    folder = Path(spec)
    return folder if (folder / TOKENIZER).is_file() else model_folder(spec) or folder


def which_models() -> str:
    """Which models one can name, in words."""
    names = ", ".join(shipped_models())
    return (
        f"name a model's folder, or one that ships ({names})" if names else "name a model's folder"
    )


def read_card(folder: Path) -> Mapping[str, Json]:
    """What training says of the model; empty for a model from elsewhere."""
    file = folder / CARD
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def longest_page(folder: Path) -> int:
    """Tokens of the longest page that a model has learnt from; it reads no more of any."""
    found = _learnt(folder).get("longest")
    return found if isinstance(found, int) else LONGEST


def reads_mentions(folder: Path) -> bool:
    """Whether a model has learnt from instructions that say which elements they mention. One
    that says nothing of its data is taken for a model of today.
    """
    learnt = _learnt(folder)
    return learnt.get("mentions") is True if learnt else True


def plan_phrases(folder: Path) -> Sequence[str] | None:
    """What a planner says beside clauses of the instruction; None if that is not known, or if it
    mostly says other things.
    """
    found = read_card(folder).get("phrases")
    return [str(one) for one in found] if isinstance(found, list) else None


def _learnt(folder: Path) -> Mapping[str, object]:
    """What the recipe says of the data that a model has learnt from."""
    found: object = read_card(folder)
    for key in ("recipe", "data"):
        found = cast("Mapping[str, object]", found).get(key) if isinstance(found, Mapping) else None
    return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}


def usage_of(policy: object) -> Usage | None:
    """What a policy has asked of its chat model so far; None of one that has no such model."""
    usage = getattr(getattr(policy, "model", None), "usage", None)
    return usage if isinstance(usage, Usage) else None


def watch_waits(policy: object, observer: Observer) -> None:
    """Have the observer told whenever a policy's chat model, if it has one, is asked again."""
    model = getattr(policy, "model", None)
    if isinstance(model, Watched):
        model.observer = observer


def fingerprint(file: Path) -> str:
    """Sixteen hex digits that tell files, such as weights, apart."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def fingerprints(folder: Path) -> dict[str, str]:
    """Those of a model folder's weights, and of its eyes if it has any."""
    files = {"sha256": folder / WEIGHTS} | {f"{name}_sha256": folder / name for name in EYES}
    return {name: fingerprint(file) for name, file in files.items() if file.is_file()}


def source_of(policy: str, player: object = None) -> dict[str, str]:
    """What identifies a policy that may change: the hash of its file and in which precision it
    computes, or what an agent says it is made of, so that a run whose policy was changed meanwhile
    is not resumed.
    """
    card = card_of(player)
    if "agent" in card:
        return {key: str(value) for key, value in card.items() if value is not None}
    folder, file = model_folder(policy), Path(policy.rpartition(":")[0])
    if folder:
        found = fingerprints(folder)
    else:
        found = {"sha256": fingerprint(file)} if file.suffix == ".py" and file.is_file() else {}
    return found | ({"precision": str(card["precision"])} if found and "precision" in card else {})


def track_of(player: object) -> str | None:
    """The track that a learned policy was trained in."""
    found = card_of(player).get("track")
    return str(found) if found else None


def widest(tracks: Iterable[str | None]) -> str | None:
    """The track that allows most of these; None if none of them is one."""
    order = [str(one) for one in Track]
    known = [one for one in tracks if one in order]
    return max(known, key=order.index, default=None)


def card_of(player: object) -> Mapping[str, object]:
    """What a policy says of itself."""
    card: object = getattr(player, "card", None)
    return cast("Mapping[str, object]", card) if isinstance(card, Mapping) else {}
