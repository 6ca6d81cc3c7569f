"""From demonstrations and a recipe to a model folder: data, model, loop, checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import cast

import numpy as np
import orjson
import torch
from transformers import LongT5ForConditionalGeneration

from webagent.assets import shipped_models
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.read import Demonstrations, open_demonstrations
from webagent.demonstrations.record import TEXT_COLUMNS, worked
from webagent.demonstrations.tracks import BASE, check_descent, check_track
from webagent.errors import RunError
from webagent.nn import checkpoint
from webagent.nn.files import CARD, SCORES, WEIGHTS
from webagent.nn.html_t5 import SIZES, Size, initialise
from webagent.nn.precision import named
from webagent.nn.senses import Sight, wordless
from webagent.nn.tokenizer import HtmlTokenizer, hash_of
from webagent.nn.tokenizer import load as load_tokenizer
from webagent.nn.vision import VISION_SIZES, Vision, new_vision
from webagent.policies.models import (
    fingerprint,
    fingerprints,
    model_folder,
    read_card,
    tokenizer_folder,
)
from webagent.training.account import account
from webagent.training.augment import augmented
from webagent.training.balance import by_step, weights
from webagent.training.batches import Ahead, Batches, Examples
from webagent.training.denoising import Denoising
from webagent.training.log import log_into, read_log
from webagent.training.pages import opened
from webagent.training.perturbed import perturbed
from webagent.training.pictures import PictureDropout
from webagent.training.prepared import Prepared, prepare
from webagent.training.questions import Demonstration, acting, modular
from webagent.training.recipe import Architecture, Recipe
from webagent.training.state import FILE as STATE
from webagent.training.team import Alone, Team
from webagent.training.train import Observer, train

WROTE = "wrote.txt"  # the fingerprint of the weights that a run has written
SHUFFLE = 0  # seed of the order in which demonstrations are read
TEXT = Sight(image="off")
TEXT_VERSION = 24  # of what questions and compositions look like
PHRASES = 64  # of a planner that keeps to the words of instructions, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to learn from, where to begin, and where to put things.

    `tokenizer` is the folder of one, `start` a model folder to go on from (its tokenizer
    is used); either may name a model that ships. `work` keeps prepared data, state and log;
    `out` gets the model. For balancing, `success` is each task's on validation seeds, `faults`
    at which steps how many of its episodes first went wrong; `balance` and `retrace` are the
    commands that told so.
    """

    recipe: Recipe
    data: Sequence[Path]
    out: Path
    work: Path
    tokenizer: Path | None = None
    start: Path | None = None
    success: Mapping[str, float] = field(default_factory=dict[str, float])
    faults: Mapping[str, Mapping[int, float]] = field(
        default_factory=dict[str, Mapping[int, float]]
    )
    balance: Sequence[str] = ()
    retrace: Sequence[str] = ()
    team: Team = field(default_factory=Alone)
    stop_after: float | None = None
    command: Sequence[str] = ()


def learn(
    job: Job,
    *,
    observers: Sequence[Observer] = (),
    stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Train and write the model; False if the run stopped before its last step, which it does
    soon after `stopping` says so.

    Raises `RunError` for data that the recipe's track forbids and for a model with scores that
    another run wrote in `out`, `PolicyError` for a model folder that can't be read.
    """
    recipe = job.recipe
    if job.start:
        job = replace(job, start=_start(job.start))
    if not job.data:
        raise RunError("Say what to learn from: --data FOLDER, one that `webagent collect` wrote.")
    if job.out.resolve() in (job.work.resolve(), *job.work.resolve().parents):
        raise RunError(f"{job.out} is replaced as a whole: keep --work outside of it.")
    _check_out(job)
    tokenizer = _tokenizer(job)
    model = _model(job, tokenizer)
    vision = _vision(job, model.config.d_model)
    sight = vision.sight if vision else Sight(image="off", html=recipe.vision.html)
    cloned = recipe.data.objective == "clone"
    data = _steps(job, tokenizer, sight) if cloned else _pages(job, tokenizer)
    examples, eyes = _counts(data), recipe.vision
    batches = Batches(
        data, recipe.train.batch, recipe.train.seed,
        weights(
            _counts(data, recipe.data.faults), job.success,
            recipe.data.balance, recipe.data.composed, recipe.data.modular,
        ),
        by_step(job.faults, recipe.data.balance), faults=recipe.data.faults,
        dropout=PictureDropout(eyes.white, eyes.blind, eyes.forget) if vision else None,
        grow=round(recipe.train.steps * recipe.train.grow),
    )  # fmt: skip
    taken: list[int] = []
    done = train(
        model, Ahead(batches) if vision else batches, recipe.train, job.work,
        vision=vision, vision_rate=recipe.vision.rate, team=job.team, stop_after=job.stop_after,
        stopping=stopping, run=_run_of(job, data, tokenizer),
        observers=[*observers, log_into(job.work), lambda one: taken.append(one.step)]
        if job.team.rank == 0 else [],
    )  # fmt: skip
    if job.team.rank or (done and not taken and (job.out / CARD).is_file()):
        return done  # a run that was over before wrote its model then
    steps = taken[-1] if taken else recipe.train.steps
    learnt = {
        "seconds": round(sum(one.seconds for one in read_log(job.work) if one.step <= steps)),
        "steps": steps,
        "precision": named(model.shared.weight.dtype),
        "finished": done,
    }
    seen, planned = _pictured(data, job.work), _planned(recipe, data)
    about = {**account(job, examples), **seen, **planned, **learnt}
    files = {CARD: orjson.dumps(about, option=orjson.OPT_INDENT_2).decode()}
    checkpoint.save(job.out, model, tokenizer.rules.to_str(), files, vision=vision)
    (job.work / WROTE).write_text(fingerprint(job.out / WEIGHTS), "utf-8")
    return done


def _start(named: Path) -> Path:
    folder = model_folder(str(named))
    if folder is None:
        raise RunError(
            f"There is no model {named}: --from takes a folder that training wrote, or the name "
            f"of a model that ships ({', '.join(shipped_models()) or 'none does'})."
        )
    return folder


def _check_out(job: Job) -> None:
    """Raise `RunError` if the model would take the place of one with scores that it is not the
    beginning of.
    """
    if not (job.out / SCORES).is_file() or not (job.out / WEIGHTS).is_file():
        return
    wrote = job.work / WROTE
    begun = (job.work / STATE).is_file() and wrote.is_file()
    if not begun or wrote.read_text("utf-8") != fingerprint(job.out / WEIGHTS):
        raise RunError(
            f"{job.out} holds a model with scores ({SCORES}), which the run in {job.work} did not "
            f"write. Name another folder with --out (to go on from that model: --from {job.out}), "
            "or move the model away."
        )


def _run_of(job: Job, data: Sequence[Examples], tokenizer: HtmlTokenizer) -> dict[str, str]:
    """What a run follows from, by name; what is long is hashed."""
    plain = job.recipe.model_dump(mode="json")
    found = {
        f"{part}.{key}": str(value)
        for part, values in plain.items()
        if isinstance(values, dict)
        for key, value in cast("dict[str, object]", values).items()
    }
    made = json.dumps([one.about.made_of for one in data], sort_keys=True, default=str)
    found["data"] = hashlib.sha256(made.encode()).hexdigest()[:16]
    found["tokenizer"] = hash_of(tokenizer)
    balance = [dict(job.success), {task: dict(steps) for task, steps in job.faults.items()}]
    found["balance"] = json.dumps(balance, sort_keys=True) if job.success else "none"
    found["from"] = " ".join(fingerprints(job.start).values()) if job.start else "nothing"
    return found


def _model(job: Job, tokenizer: HtmlTokenizer) -> LongT5ForConditionalGeneration:
    """The text's part: of the model that is gone on from, or a new one."""
    recipe = job.recipe
    if job.start:
        check_descent(recipe.data.track, read_card(job.start).get("track"), str(job.start))
        model = checkpoint.load(job.start, torch.float32).model
        if recipe.model.radius not in (None, known := model.config.local_radius):
            raise RunError(
                f"The model in {job.start} sees {known} tokens: set model.radius={known}."
            )
        return model
    return initialise(
        _size(recipe.model), len(tokenizer), recipe.train.seed,
        dropout=recipe.model.dropout, primed=recipe.model.primed,
    )  # fmt: skip


def _vision(job: Job, width: int) -> Vision | None:
    """The eyes to train: those of the model that is gone on from, or new ones."""
    asked = job.recipe.vision
    if asked.image == "off":
        return None
    sight = Sight(**asked.model_dump(include={one.name for one in fields(Sight)}))
    if job.start and (known := checkpoint.load_vision(job.start, torch.float32)):
        _check_sight(sight, known.sight, job.start)
        known.narrow(sight.frames)
        known.sight = sight
        return known
    try:
        if asked.vit:
            torch.manual_seed(job.recipe.train.seed)
            made = Vision(checkpoint.load_vit(Path(asked.vit)), sight, width)
            _check_sight(sight, made.sight, Path(asked.vit))
            return made
        if asked.size not in VISION_SIZES:
            raise RunError(
                f"No eyes are called {asked.size!r}; there are {', '.join(VISION_SIZES)}."
            )
        return new_vision(asked.size, sight, width, job.recipe.train.seed)
    except ValueError as error:
        raise RunError(f"Change vision.height, width, patch or merge: {error}") from error


def _check_sight(asked: Sight, known: Sight, folder: Path) -> None:
    """Hold what the recipe asks of eyes against what eyes that there are have learnt."""
    names = ("height", "width", "patch", "merge", "tiles", "bar")
    wrong = {n: getattr(known, n) for n in names if getattr(known, n) != getattr(asked, n)}
    if asked.frames > known.frames:
        wrong["frames"] = known.frames
    if wrong:
        told = ", ".join(f"vision.{name}={value}" for name, value in wrong.items())
        raise RunError(f"The eyes in {folder} are not what the recipe says: set {told}.")


def _pages(job: Job, tokenizer: HtmlTokenizer) -> list[Examples]:
    """Real pages, to be restored. Raises `RunError` for those of another tokenizer."""
    longest = job.recipe.data.longest
    found: list[Examples] = []
    for folder in job.data:
        pages = opened(folder)
        if pages.about.made_of.get("tokenizer", hash_of(tokenizer)) != hash_of(tokenizer):
            raise RunError(
                f"The pages in {folder} were cut by another tokenizer. Make them anew: webagent "
                "tokenizer pages."
            )
        found.append(Denoising(pages, source=longest, target=max(64, longest // 4)))
    return found


def _steps(job: Job, tokenizer: HtmlTokenizer, sight: Sight) -> list[Examples]:
    """Steps of demonstrations, to be imitated. Raises `RunError` if the track forbids them, or
    if there is nothing to see in any.
    """
    sources = [open_demonstrations(folder) for folder in job.data]
    _check(job.recipe, [one.manifest for one in sources])
    parts = [
        part
        for folder in sources
        for part in _parts(folder, tokenizer, job.work, job.recipe, sight)
    ]
    for part in parts[job.team.rank :: job.team.size]:
        part()
    job.team.wait()
    found = [part() for part in parts]
    if sight.image != "off" and not any(one.pictures for one in found):
        raise RunError(
            "No demonstration has a picture. Collect some with `webagent collect --screenshots`, "
            "or train without: --set vision.image=off."
        )
    return list[Examples](found)


def _check(recipe: Recipe, manifests: Sequence[Manifest]) -> None:
    """Hold the data against the track."""
    changed = recipe.data.compositions > 0 or recipe.data.perturbed > 0
    check_track(recipe.data.track, [], augmented=changed)
    for one in manifests:
        one.check_training(recipe.data.track, augmented=changed)


def _size(asked: Architecture) -> Size:
    if asked.size not in SIZES:
        raise RunError(f"No size is called {asked.size!r}; there are {', '.join(SIZES)}.")
    size = SIZES[asked.size]
    return replace(size, local_radius=asked.radius) if asked.radius else size


def _tokenizer(job: Job) -> HtmlTokenizer:
    folder = job.start or job.tokenizer
    if folder is None:
        raise RunError("Name a tokenizer (--tokenizer FOLDER) or a model to go on from (--from).")
    return load_tokenizer(tokenizer_folder(str(folder)))


def _parts(
    source: Demonstrations, tokenizer: HtmlTokenizer, work: Path, recipe: Recipe, sight: Sight
) -> Iterator[Callable[[], Prepared]]:
    """What prepares, or opens if that is done, the demonstrations, some of their pages changed,
    and, if asked for, compositions of them; of both what a modular agent is asked, without
    pictures, if that is learnt too.
    """
    data = recipe.data
    whole = source.folder.resolve()
    mark = hashlib.sha256(str(whole).encode()).hexdigest()[:8]  # names may be equal
    place = work / "prepared" / f"{whole.name}-{mark}"
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
        folder = place.with_name(place.name + name)
        yield partial(
            prepare, questions, tokenizer, folder, {**about, "labels": data.labels}, data.longest,
            pictures,
        )  # fmt: skip
        if data.modular:
            folder = folder.with_name(folder.name + "-modular")
            questions = chain.from_iterable(
                modular(steps, data.ahead, mentions=data.mentions, failed=failed)
                for steps, failed in stream(TEXT)
            )
            yield partial(prepare, questions, tokenizer, folder, about, data.longest)


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


def _counts(data: Sequence[Examples], faults: float = 0.0) -> Counter[str]:
    """Examples of each task; one at which a corrected failure began counts 1 + `faults`."""
    total: Counter[str] = Counter()
    for one in data:
        counts = np.bincount(one.tasks, 1 + faults * one.wrong, minlength=len(one.about.tasks))
        for name, count in zip(one.about.tasks, counts, strict=True):
            total[name] += int(count)
    return total


def _pictured(data: Sequence[Examples], work: Path) -> dict[str, object]:
    """What is seen, if anything is: pictures, their bytes on disk, and examples that have one; and
    what a step sees in the mean, pictures and their bytes unpacked.
    """
    prepared = [one for one in data if isinstance(one, Prepared)]
    pictures = [one.pictures for one in prepared if one.pictures]
    if not pictures:
        return {}
    shown = fmean(report.pictures for report in read_log(work))
    return {
        "pictures": sum(len(one) for one in pictures),
        "picture_bytes": sum(one.packed.nbytes for one in pictures),
        "pictured_examples": sum(one.seen for one in prepared),
        "pictures_a_step": round(shown, 1),
        "bytes_a_step": round(shown * pictures[0].height * pictures[0].width * 3),
    }


def _planned(recipe: Recipe, data: Sequence[Examples]) -> dict[str, object]:
    """What plans may say beside clauses of the instruction, unless they mostly say other things."""
    found = sorted({phrase for one in data for phrase in one.about.phrases})
    return {"phrases": found} if recipe.data.modular and len(found) <= PHRASES else {}
