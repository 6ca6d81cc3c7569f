"""The card of a model's folder: `README.md`, written from what the folder holds.

`training.json` says how it was trained, `scores.json` what was measured, and `about.md`, if
there is one, what people say of it: its beginning introduces the model, its sections, such as
"## Limits", close the card.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from math import prod
from pathlib import Path
from typing import TypeAlias

from jinja2 import Template
from pydantic import BaseModel, TypeAdapter, ValidationError

from webagent.errors import RunError
from webagent.evaluation.analysis import PAGE as ANALYSIS
from webagent.evaluation.analysis import write_failures
from webagent.evaluation.metrics import Mean, Rate
from webagent.evaluation.report import PUBLISHED_SUITES, published_systems
from webagent.evaluation.store import read_run, write_file, write_json
from webagent.evaluation.templating import environment_of, percent
from webagent.nn.files import ABOUT, CARD, CONFIG, SCORES, WEIGHTS
from webagent.policies.models import fingerprint, reads_mentions
from webagent.training.recipe import Architecture, Data, Eyes, Optimization, Recipe
from webagent.training.scores import (
    Scores,
    SuiteScore,
    read_scores,
    score_runs,
    tells_of_a_stage,
)

README = "README.md"
LONGEST = 100  # characters of a name or value
TRACKS = {
    "base": "demonstrations of base tasks, as they are",
    "base+aug": "demonstrations of base tasks, changed by generic augmentation; none of a "
    "composed task",
    "compositional": "compositions too, none of the 50 and no reordering of one",
    "sites": "compositions and the training templates of real websites too, none of the 50",
    "open": "data of any kind but the 50 and what else is held out; scores on CompWoB are not "
    "comparable with those of other tracks or systems",
}
PUBLISHED = {"miniwob": "miniwob-56", "forward": "compwob", "reverse": "compwob-reverse"}
SECTIONS: Mapping[str, type[BaseModel]] = {
    "model": Architecture, "data": Data, "vision": Eyes, "train": Optimization,
}  # fmt: skip

Settings: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """What a model learnt from: `source` is the policy that acted, `labels` the one that was
    asked what it would have done; `failed` steps, whose action failed, were left out. `timed`
    episodes took `seconds` to make.
    """

    name: str
    episodes: int | None = None
    timed: int = 0
    seconds: float = 0.0
    source: str = ""
    labels: str = ""
    failed: int = 0
    command: tuple[str, ...] = ()

    @property
    def time(self) -> str:
        """How long it took, as far as that was measured."""
        some = self.timed and self.timed < (self.episodes or 0)
        return _time(self.seconds) + (f" for {self.timed:,}" if some else "") if self.timed else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What `training.json` says. `seconds` is wall time, `start` the training of the model
    that this one began as, `weights` the fingerprint of what came out, which the one after it
    tells; `steps` were taken, which is known of all that `finished`. `balance` and `retrace` are
    the commands that say what was drawn more often. Of one that sees, `pictures` are on disk,
    packed in `picture_bytes`, and the last two are of a step in the mean, unpacked.
    """

    track: str
    recipe: Mapping[str, str | Settings] = field(default_factory=dict[str, "str | Settings"])
    data: tuple[DataSet, ...] = ()
    examples: int = 0
    tasks: int = 0
    tokenizer: str = ""
    balance: tuple[str, ...] = ()
    retrace: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    date: str = ""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    device: str = ""
    processes: int = 1
    precision: str = ""
    machine: str = ""
    seconds: float | None = None
    steps: int | None = None
    finished: bool = True
    start: Training | None = None
    weights: str = ""
    pictures: int = 0
    picture_bytes: int = 0
    pictures_a_step: float = 0.0
    bytes_a_step: int = 0

    @property
    def stages(self) -> tuple[Training, ...]:
        """The trainings that led here, the first one first."""
        return (*(self.start.stages if self.start else ()), self)

    @property
    def out(self) -> str:
        """The folder that it wrote, as its command names it; "" if it doesn't."""
        words = chain.from_iterable(
            ("--out", one.removeprefix("--out=")) if one.startswith("--out=") else (one,)
            for one in self.command
        )
        return next((b for a, b in pairwise(words) if a == "--out"), "")

    @property
    def hardware(self) -> str:
        processes = f"{self.processes} processes" if self.processes > 1 else ""
        return ", ".join(filter(None, (self.machine, self.device, processes)))

    @property
    def time(self) -> str:
        """Of all stages together; "" if none tells."""
        known = [stage.seconds for stage in self.stages if stage.seconds]
        least = "at least " if len(known) < len(self.stages) else ""
        return least + _time(sum(known)) if known else ""

    @property
    def course(self) -> str:
        """How far it came, in what time and precision."""
        optimization = self.recipe.get("train", "")
        planned = "" if isinstance(optimization, str) else optimization.get("steps", "")
        told = f"{planned:,} steps" if isinstance(planned, int) else ""
        if not self.finished:
            reached = f"at {self.steps:,} of" if self.steps else "short of"
            told = f"stopped {reached} {told}"
        took = f"in {_time(self.seconds)}" if self.seconds else ""
        return ", ".join(filter(None, (f"{told} {took}".strip(), self.precision)))

    @property
    def commands(self) -> list[str]:
        """What makes the data and the model, each once, in an order in which they can be run: of
        each stage what it is balanced by, which may also say what to collect, the data, then the
        training.
        """
        commands = [
            command
            for stage in self.stages
            for command in (
                stage.balance,
                stage.retrace,
                *(one.command for one in stage.data),
                stage.command,
            )
            if command
        ]
        return list(dict.fromkeys(map(shlex.join, commands)))

    @property
    def settings(self) -> Iterator[tuple[str, object, str]]:
        """The recipe's: name, value, and what it means."""
        for section, kind in SECTIONS.items():
            found = self.recipe.get(section, "")
            for name, value in found.items() if not isinstance(found, str) else ():
                known = kind.model_fields.get(name)
                yield f"{section}.{name}", value, (known and known.description) or ""

    @property
    def changes(self) -> list[tuple[str, object, str]]:
        """The settings that were others in the training before; of the first, all."""
        if self.start is None:
            return list(self.settings)
        usual = Training(track="", recipe=Recipe().model_dump(include=set(SECTIONS)))
        # a setting that an earlier version did not have counts as usual
        before = {name: value for one in (usual, self.start) for name, value, _ in one.settings}
        return [one for one in self.settings if one[1] != before.get(one[0])]


@dataclass(frozen=True, slots=True)
class Table:
    """Scores of suites side by side; None where a suite has no such row."""

    suites: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Mean | Rate | None]]]


def write_card(folder: Path, runs: Sequence[Path] = ()) -> Path:
    """Write `README.md`, after `scores.json` and the error analysis of these runs if there are
    any. Runs may be of what earlier stages of the training wrote, on validation seeds.

    Raises `RunError` for runs that don't fit and for a folder that training didn't write.
    """
    if not (folder / WEIGHTS).is_file():
        raise RunError(f"{folder} is no model folder: it has no {WEIGHTS}.")
    if runs:
        training = replace(read_training(folder), weights=fingerprint(folder / WEIGHTS))
        stages = {stage.out: stage.weights for stage in training.stages if stage.out}
        read = [read_run(one) for one in runs]
        write_json(folder / SCORES, score_runs(folder, read, stages))
        if own := [run for run in read if not tells_of_a_stage(run, stages)]:
            write_failures(own, folder)
    write_file(folder / README, render_card(folder).encode())
    return folder / README


def render_card(folder: Path) -> str:
    """The card as Markdown, with the metadata that the Hugging Face hub reads."""
    training, scores, weights = read_training(folder), read_scores(folder), folder / WEIGHTS
    if scores and scores.weights != fingerprint(weights):
        raise RunError(
            f"{folder / SCORES} belongs to other weights. Evaluate these, then name the runs: "
            f"webagent models card {folder} --run RUN."
        )
    introduction, sections = _about(folder)
    suites = scores.suites if scores else ()
    card = _template().render(
        name=folder.resolve().name,
        training=training,
        stages=training.stages,
        checked=_checked(training.stages, scores),
        tracks=TRACKS,
        introduction=introduction or training.recipe.get("about", ""),
        sections=sections,
        shape=json.loads((folder / CONFIG).read_text("utf-8")),
        parameters=parameters(weights),
        megabytes=weights.stat().st_size / 1e6,
        weights=fingerprint(weights),
        suites=suites,
        measured=_measured(suites),
        analysis=ANALYSIS if suites and (folder / ANALYSIS).is_file() else "",
        mentions=reads_mentions(folder),
        own=_own(scores),
        published=published_systems(),
        parts=_parts(suites),
        tasks=_tasks(suites),
    )
    return card.rstrip() + "\n"


def read_training(folder: Path) -> Training:
    """What training says of the model. Raises `RunError` if it says nothing."""
    file = folder / CARD
    try:
        return TypeAdapter(Training).validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise RunError(
            f"{folder} has no {CARD}: `webagent train` writes one beside the weights."
        ) from error
    except ValidationError as error:
        raise RunError(f"{file} cannot be read: {error.errors()[0]['msg']}.") from error


def parameters(weights: Path) -> int:
    """How many numbers a safetensors file holds, from its header."""
    with weights.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    header.pop("__metadata__", None)
    return sum(prod(tensor["shape"]) for tensor in header.values())


def _about(folder: Path) -> tuple[str, str]:
    """The hand-written beginning, and the sections behind it."""
    file = folder / ABOUT
    text = file.read_text("utf-8") if file.is_file() else ""
    introduction, heading, rest = f"\n{text}".partition("\n## ")
    return introduction.strip(), f"{heading}{rest}".strip()


def _measured(suites: Sequence[SuiteScore]) -> list[tuple[list[str], SuiteScore]]:
    """What was the same for suites, told once: their names, and one of them."""
    groups: dict[str, list[SuiteScore]] = {}
    for one in suites:
        key = str((one.settings, one.versions, one.precision, one.machine, one.seeds))
        groups.setdefault(key, []).append(one)
    return [([one.suite for one in group], group[0]) for group in groups.values()]


def _own(scores: Scores | None) -> Mapping[str, Mean]:
    """The model's means in the columns of the published table; whole suites alone."""
    whole = {
        one.suite: one.success
        for one in (scores.suites if scores else ())
        if len(one.tasks) == PUBLISHED_SUITES.get(next(iter(one.tasks), "").partition(".")[0])
    }
    return {column: whole[suite] for column, suite in PUBLISHED.items() if suite in whole}


def _parts(suites: Sequence[SuiteScore]) -> Table:
    composed = [one for one in suites if len(one.parts) > 1]
    names = {name for one in composed for name in one.parts}
    return Table(
        [one.suite for one in composed],
        [
            (name, [one.parts.get(name) for one in composed])
            for name in sorted(names, key=lambda name: int(name.split()[0]))
        ],
    )


def _checked(stages: Sequence[Training], scores: Scores | None) -> Table:
    """The scores on validation seeds after each stage; no rows if there are none."""
    known = scores.stages if scores else {}
    found = [
        {f"{one.suite}, {one.episodes:,}": one.success for one in known.get(stage.out, ())}
        for stage in stages
    ]
    suites = list(dict.fromkeys(name for one in found for name in one))
    rows = [
        (f"{number} | {stage.course}", [one.get(name) for name in suites])
        for number, (stage, one) in enumerate(zip(stages, found, strict=True), 1)
    ]
    return Table(suites, rows if suites else [])


def _tasks(suites: Sequence[SuiteScore]) -> list[Table]:
    """A table of each suite's tasks; both orders of CompWoB share one."""
    composed = [one for one in suites if one.suite in ("compwob", "compwob-reverse")]
    groups = [[one] for one in suites if one not in composed] + [composed] * bool(composed)
    return [_task_table(group) for group in groups]


def _task_table(suites: Sequence[SuiteScore]) -> Table:
    rates = [{task.partition(".")[2]: rate for task, rate in one.tasks.items()} for one in suites]
    names = sorted({name for found in rates for name in found})
    rows = [(name, [found.get(name) for found in rates]) for name in names]
    return Table([one.suite for one in suites], rows)


def _score(score: Mean | Rate | None) -> str:
    if score is None:
        return ""
    return f"{percent(score.value)} ({percent(score.low)}-{percent(score.high)})"


def _time(seconds: float) -> str:
    """Wall time in words: "1.5 hours"."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 60 else f"{seconds / 3600:.1f} hours"


def _code(text: object) -> str:
    """A code span, in which nothing is markup; long text is cut."""
    plain = " ".join(str(text).split())
    cut = plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
    inert = cut.replace("`", "'").replace("|", "\\|")
    return f"`{inert}`"


def _template() -> Template:
    # Markdown, not HTML: what is foreign goes into code spans.
    environment = environment_of(Path(__file__).parent).overlay(autoescape=False)
    filters: dict[str, Callable[..., object]] = {"code": _code, "percent": percent, "score": _score}
    environment.filters.update(filters)
    return environment.get_template("card.md.jinja")
