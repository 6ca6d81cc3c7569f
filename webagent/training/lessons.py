"""What a model learns from: steps of demonstrations, prepared once, or pages to restore."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.read import Demonstrations
from webagent.demonstrations.record import TEXT_COLUMNS, worked
from webagent.demonstrations.tracks import BASE, check_track
from webagent.errors import RunError, Unfinished
from webagent.nn.senses import Sight, wordless
from webagent.nn.tokenizer import HtmlTokenizer, hash_of
from webagent.training.augment import augmented
from webagent.training.batches import Examples
from webagent.training.denoising import Denoising
from webagent.training.pages import opened
from webagent.training.perturbed import perturbed
from webagent.training.pictures import made_as
from webagent.training.prepared import Prepared, prepare
from webagent.training.questions import Demonstration, acting, modular
from webagent.training.recipe import Recipe
from webagent.training.team import Team

SHUFFLE = 0  # seed of the order in which demonstrations are read
TEXT = Sight(image="off")
TEXT_VERSION = 24  # of what questions and compositions look like


def demonstrated(
    sources: Sequence[Demonstrations],
    recipe: Recipe,
    tokenizer: HtmlTokenizer,
    sight: Sight,
    place: Path,
    team: Team,
) -> list[Examples]:
    """Steps of demonstrations, to be imitated; what is prepared is kept in `place`, for whoever
    learns the same. Warns of those that are unfinished. Raises `RunError` if the track forbids
    them, or if there is nothing to see in any.
    """
    _check(recipe, [one.manifest for one in sources])
    for source in sources:
        _check_finished(source, team)
    parts = [part for folder in sources for part in _parts(folder, tokenizer, place, recipe, sight)]
    for part in parts[team.rank :: team.size]:
        part()
    team.wait()
    found = [part() for part in parts]
    if sight.image != "off" and not any(one.pictures for one in found):
        raise RunError(
            "No demonstration has a picture. Collect some with `webagent collect --screenshots`, "
            "or train without: --set vision.image=off."
        )
    return list[Examples](found)


def pages(folders: Sequence[Path], recipe: Recipe, tokenizer: HtmlTokenizer) -> list[Examples]:
    """Real pages, to be restored. Raises `RunError` for those of another tokenizer."""
    longest = recipe.data.longest
    found: list[Examples] = []
    for folder in folders:
        cut = opened(folder)
        if cut.about.made_of.get("tokenizer", hash_of(tokenizer)) != hash_of(tokenizer):
            raise RunError(
                f"The pages in {folder} were cut by another tokenizer. Make them anew: webagent "
                "tokenizer pages."
            )
        found.append(Denoising(cut, source=longest, target=max(64, longest // 4)))
    return found


def _check(recipe: Recipe, manifests: Sequence[Manifest]) -> None:
    """Hold the data against the track."""
    changed = recipe.data.compositions > 0 or recipe.data.perturbed > 0
    check_track(recipe.data.track, [], augmented=changed)
    for one in manifests:
        one.check_training(recipe.data.track, augmented=changed)


def _check_finished(source: Demonstrations, team: Team) -> None:
    """Tell of a folder whose command was stopped: what it has not made Parquet of is not read."""
    manifest = source.manifest
    if manifest.complete:
        return
    command = manifest.command or "webagent collect, with the options that it was begun with"
    again = f"To finish it, run its command again: {command}"
    if not manifest.shards:
        raise RunError(
            f"{source.folder} is unfinished, and there is nothing to learn from yet. {again}"
        )
    if team.rank == 0:
        told = f"{source.folder} is unfinished: it has {manifest.episodes:,} episodes so far. "
        warnings.warn(told + again, Unfinished, stacklevel=2)


def _parts(
    source: Demonstrations, tokenizer: HtmlTokenizer, place: Path, recipe: Recipe, sight: Sight
) -> Iterator[Callable[[], Prepared]]:
    """What prepares, or opens if that is done, the demonstrations, some of their pages changed,
    and, if asked for, compositions of them; of both what a modular agent is asked, without
    pictures, if that is learnt too.
    """
    data = recipe.data
    splits = ("success", "failure") if source.manifest.labels else ("success",)
    made_of: dict[str, object] = {
        "text": TEXT_VERSION,
        "shards": [shard.sha256 for split in splits for shard in source.shards(split)],
        "tokenizer": hash_of(tokenizer),
        "longest": data.longest,
        "ahead": data.ahead,
        "mentions": data.mentions,
    }
    pictures = sight if sight.image != "off" else None
    seen = "-seen" if pictures else ""
    if sight.html == "off":
        made_of["html"] = sight.html
        seen += "-wordless"

    def played(sight: Sight) -> Iterator[tuple[Iterator[Demonstration], bool]]:
        for split in splits:
            found = _read(source, split, sight=sight)
            yield perturbed(found, data.perturbed, SHUFFLE), split == "failure"

    def composed(sight: Sight) -> Iterator[tuple[Iterator[Demonstration], bool]]:
        base = _read(source, "success", base=True, sight=sight)
        yield augmented(base, SHUFFLE, data.compositions), False

    streams = {seen: played}
    if data.compositions and _base(source.manifest.successes):
        streams[f"-composed{seen}"] = composed
    for name, stream in streams.items():
        made = stream is composed
        about = made_of | (
            {"compositions": data.compositions} if made else {"perturbed": data.perturbed}
        )
        questions = chain.from_iterable(
            acting(steps, data.ahead, data.labels, mentions=data.mentions, failed=failed)
            for steps, failed in stream(sight)
        )
        labelled = {**about, "labels": data.labels}
        folder = _folder(place, source, name, labelled, pictures)
        yield partial(prepare, questions, tokenizer, folder, labelled, data.longest, pictures)
        if data.modular:
            folder = _folder(place, source, f"{name}-modular", about)
            questions = chain.from_iterable(
                modular(steps, data.ahead, mentions=data.mentions, failed=failed)
                for steps, failed in stream(TEXT)
            )
            yield partial(prepare, questions, tokenizer, folder, about, data.longest)


def _folder(
    place: Path,
    source: Demonstrations,
    what: str,
    made_of: Mapping[str, object],
    pictures: Sight | None = None,
) -> Path:
    """One for each way to prepare the same demonstrations."""
    made = json.dumps([made_of, made_as(pictures) if pictures else {}], sort_keys=True)
    mark = hashlib.sha256(made.encode()).hexdigest()[:8]
    return place / "prepared" / f"{source.folder.resolve().name}{what}-{mark}"


def _read(
    source: Demonstrations, split: str, base: bool = False, sight: Sight = TEXT
) -> Iterator[Demonstration]:
    """Episodes, shuffled, as they are seen, but for steps whose action failed; with `base` those
    of base tasks alone, to be put together.
    """
    hidden, pictured = sight.html == "off", sight.image != "off"
    more = {"screenshot": pictured, "boxes": hidden or (base and pictured)}
    columns = (*TEXT_COLUMNS, *(name for name, needed in more.items() if needed))
    manifest = source.manifest
    found = manifest.successes if split == "success" else manifest.failures
    tasks = _base(found) if base else list(found)
    for rows in source.episodes(split, tasks=tasks, seed=SHUFFLE, columns=columns):
        if known := worked(rows):
            yield [(wordless(one), done) for one, done in known] if hidden else known


def _base(tasks: Iterable[str]) -> list[str]:
    return [one for one in tasks if one.startswith(BASE)]
