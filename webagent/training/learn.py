"""From demonstrations and a recipe to a model folder: data, model, loop, checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from statistics import fmean
from typing import cast

import numpy as np
import orjson
import torch
from transformers import LongT5ForConditionalGeneration

from webagent.assets import shipped_models
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.tracks import check_descent
from webagent.errors import RunError
from webagent.evaluation.store import locked
from webagent.nn import checkpoint
from webagent.nn.files import CARD, SCORES, WEIGHTS
from webagent.nn.html_t5 import SIZES, Size, initialise
from webagent.nn.precision import named
from webagent.nn.senses import Sight
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
from webagent.training.account import account, said
from webagent.training.balance import by_step, weights
from webagent.training.batches import GROUP, Ahead, Batches, Examples
from webagent.training.follow import Followed
from webagent.training.lessons import demonstrated, pages
from webagent.training.log import log_into, read_log
from webagent.training.pictures import PictureDropout
from webagent.training.prepared import Prepared
from webagent.training.recipe import Architecture, Recipe
from webagent.training.state import FILE as STATE
from webagent.training.team import Alone, Team
from webagent.training.texts import check_words
from webagent.training.train import Observer, train

WROTE = "wrote.txt"  # the fingerprint of the weights that a run has written
PHRASES = 64  # of a planner that keeps to the words of instructions, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to learn from, where to begin, and where to put things.

    `tokenizer` is the folder of one, `start` a model folder to go on from (its tokenizer
    is used); either may name a model that ships. `work` keeps state and log, and prepared data
    if it is not `prepared`, which runs may share, that does; `out` gets the model. For balancing,
    `success` is each task's on validation seeds, `faults` at which steps how many of its episodes
    first went wrong; `balance` and `retrace` are the commands that told so.
    """

    recipe: Recipe
    data: Sequence[Path]
    out: Path
    work: Path
    prepared: Path | None = None
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

    Raises `RunError` for data that the recipe's track forbids, for a model with scores that
    another run wrote in `out` and while another process trains in `work`, `PolicyError` for a
    model folder that can't be read.
    """
    if job.start:
        job = replace(job, start=_start(job.start))
    if not job.data:
        raise RunError("Say what to learn from: --data FOLDER, one that `webagent collect` wrote.")
    if job.out.resolve() in (job.work.resolve(), *job.work.resolve().parents):
        raise RunError(f"{job.out} is replaced as a whole: keep --work outside of it.")
    with locked(job.work) if job.team.rank == 0 else nullcontext():
        _check_out(job)
        return _learn(job, observers, stopping)


def _learn(job: Job, observers: Sequence[Observer], stopping: Callable[[], bool]) -> bool:
    recipe = job.recipe
    cloned = recipe.data.objective == "clone"
    sources = [open_demonstrations(folder) for folder in job.data] if cloned else []
    tokenizer = _tokenizer(job)
    model = _model(job, tokenizer)
    vision = _vision(job, model.config.d_model)
    sight = vision.sight if vision else Sight(image="off", html=recipe.vision.html)
    data = (
        demonstrated(sources, recipe, tokenizer, sight, job.prepared or job.work, job.team)
        if cloned
        else pages(job.data, recipe, tokenizer)
    )
    examples, eyes = _counts(data), recipe.vision
    made_of = [said(one) for one in sources] or [{"name": folder.name} for folder in job.data]
    counts, drawn = _counts(data, recipe.data.faults), recipe.data

    def weigh(success: Mapping[str, float]) -> Mapping[str, float]:
        return weights(counts, success, drawn.balance, drawn.composed, drawn.modular)

    followed = Followed(counts, weigh, GROUP, job.success) if drawn.follow else None
    batches = Batches(
        data, recipe.train.batch, recipe.train.seed, weigh(job.success),
        by_step(job.faults, recipe.data.balance), faults=recipe.data.faults,
        dropout=PictureDropout(eyes.white, eyes.blind, eyes.forget) if vision else None,
        grow=round(recipe.train.steps * recipe.train.grow), followed=followed,
    )  # fmt: skip
    taken: list[int] = []
    done = train(
        model, Ahead(batches) if vision else batches, recipe.train, job.work,
        vision=vision, vision_rate=recipe.vision.rate, followed=followed, team=job.team,
        stop_after=job.stop_after, stopping=stopping, run=_run_of(job, data, tokenizer),
        observers=[*observers, log_into(job.work), lambda one: taken.append(one.step)]
        if job.team.rank == 0 else [],
    )  # fmt: skip
    if job.team.rank or (done and not taken and _is_written(job)):
        return done
    steps = taken[-1] if taken else recipe.train.steps
    learnt = {
        "seconds": round(sum(one.seconds for one in read_log(job.work) if one.step <= steps)),
        "steps": steps,
        "precision": named(model.shared.weight.dtype),
        "finished": done,
    }
    seen, planned = _pictured(data, job.work), _planned(recipe, data)
    about = {**account(job, examples, made_of), **seen, **planned, **learnt}
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
    if not (job.work / STATE).is_file() or not _wrote(job):
        raise RunError(
            f"{job.out} holds a model with scores ({SCORES}), which the run in {job.work} did not "
            f"write. Name another folder with --out (to go on from that model: --from {job.out}), "
            "or move the model away."
        )


def _is_written(job: Job) -> bool:
    """Whether `out` has the model of the run's end. A kill between the last step and the saving
    leaves an earlier one there.
    """
    return _wrote(job) and read_card(job.out).get("finished") is True


def _wrote(job: Job) -> bool:
    """Whether the weights in `out` are those that the run wrote last."""
    said, held = job.work / WROTE, job.out / WEIGHTS
    if not said.is_file() or not held.is_file():
        return False
    return said.read_text("utf-8") == fingerprint(held)


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


def _size(asked: Architecture) -> Size:
    if asked.size not in SIZES:
        raise RunError(f"No size is called {asked.size!r}; there are {', '.join(SIZES)}.")
    size = SIZES[asked.size]
    return replace(size, local_radius=asked.radius) if asked.radius else size


def _tokenizer(job: Job) -> HtmlTokenizer:
    folder = job.start or job.tokenizer
    if folder is None:
        raise RunError("Name a tokenizer (--tokenizer FOLDER) or a model to go on from (--from).")
    found = tokenizer_folder(str(folder))
    if not job.start:
        check_words(found, job.recipe.data.track)
    return load_tokenizer(found)


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
