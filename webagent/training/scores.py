"""What evaluation runs found of a model's weights, as `scores.json` in its folder keeps it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter, ValidationError

from webagent.errors import RunError
from webagent.evaluation.config import RunConfig, span
from webagent.evaluation.metrics import Mean, Rate, grouped, summarize
from webagent.evaluation.record import Record
from webagent.evaluation.store import Run
from webagent.nn.files import SCORES, WEIGHTS
from webagent.policies.models import fingerprint
from webagent.tasks.protocol import EVALUATION_SEEDS, VALIDATION_SEEDS

MODULAR = "webagent"  # what the modular agent calls itself
PACKAGES = ("torch", "transformers")  # of those that a run reports, what plays a model


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteScore:
    """The scores of one suite, with the intervals that reports have.

    `success` counts every episode, `strict` also asks for the instructed order. `parts` are
    the scores by number of parts. `steps` is the mean of an episode, `speed` steps a second
    of the whole loop with the browser, None where the run doesn't say how many slots played.
    `precision` is what the model computed in, "" where the run doesn't say.
    """

    suite: str
    seeds: str
    episodes: int
    infrastructure: int
    success: Mean
    strict: Mean | None
    parts: Mapping[str, Mean]
    tasks: Mapping[str, Rate]
    steps: float
    speed: float | None
    date: str
    command: str
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    machine: str
    precision: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """`weights` is the fingerprint of the weights that were played. `stages` are scores on
    validation seeds after a stage of the training, by the folder that this wrote.
    """

    weights: str
    suites: tuple[SuiteScore, ...]
    stages: Mapping[str, tuple[SuiteScore, ...]] = field(
        default_factory=dict[str, tuple[SuiteScore, ...]]
    )


@dataclass(frozen=True, slots=True)
class _About:
    """What a run's configuration tells of its circumstances."""

    command: tuple[str, ...] = ()
    date: str = ""
    platform: str = "unknown"
    packages: Mapping[str, str] = field(default_factory=dict[str, str])
    cores: int | None = None
    slots: int | None = None

    @property
    def machine(self) -> str:
        cores = f", {self.cores} cores" if self.cores else ""
        return f"{self.platform}{cores}" + (f", {self.slots} slots" if self.slots else "")


def score_runs(
    folder: Path, runs: Sequence[Run], stages: Mapping[str, str] = MappingProxyType({})
) -> Scores:
    """The scores of the model in `folder` from complete runs on evaluation seeds: of it as it is,
    and of the modular agent whose planner and programmer it is. Runs on validation seeds of what
    the stages of its training wrote, as `tells_of_a_stage` finds them, are told apart; `stages`
    maps the folder of each to the fingerprint of its weights, "" if that is not known.

    Raises `RunError` for a run of other weights or seeds, for one that is not finished, and for
    a suite that two runs played.
    """
    weights = fingerprint(folder / WEIGHTS)
    own: dict[str, SuiteScore] = {}
    checks: dict[str, dict[str, SuiteScore]] = {}
    for run in runs:
        _check_whole(run)
        check = tells_of_a_stage(run, stages)
        if check:
            _check_stage(run, stages[run.config.policy])
        else:
            _check(run, weights, folder)
        found = checks.setdefault(run.config.policy, {}) if check else own
        for score in _suites(run):
            if score.suite in found:
                raise RunError(f"Two runs played {score.suite}; name one of them.")
            found[score.suite] = score
    told = {stage: tuple(found.values()) for stage, found in checks.items()}
    return Scores(weights, tuple(own.values()), told)


def tells_of_a_stage(run: Run, stages: Collection[str]) -> bool:
    """Whether a model that one of these stages wrote was played on validation seeds."""
    return run.config.policy in stages and set(run.config.seeds) <= set(VALIDATION_SEEDS)


def read_scores(folder: Path) -> Scores | None:
    """The scores that a model's folder holds. Raises `RunError` if they can't be read."""
    file = folder / SCORES
    if not file.is_file():
        return None
    try:
        return TypeAdapter(Scores).validate_json(file.read_bytes())
    except ValidationError as error:
        raise RunError(
            f"{file} cannot be read: {error.errors()[0]['msg']}. Write it again from runs: "
            f"webagent models card {folder} --run RUN."
        ) from error


def _check_stage(run: Run, weights: str) -> None:
    if weights and run.config.card.get("sha256") != weights:
        raise RunError(
            f"{run.folder} was played with other weights than the training wrote into "
            f"{run.config.policy}. Leave the run out, or play one before the model is trained anew."
        )


def _check(run: Run, weights: str, folder: Path) -> None:
    card = run.config.card
    made_of = [card.get("sha256")]
    if card.get("agent") == MODULAR:
        planner = [card.get("planner_sha256")] if card.get("planner") != "none" else []
        made_of = [card.get("programmer_sha256"), *planner]
    if set(made_of) != {weights}:
        raise RunError(
            f"{run.folder} was not played with the weights in {folder}. Name a run of these, "
            f"or play one: webagent eval --policy {folder}."
        )
    if other := sorted(set(run.config.seeds) - set(EVALUATION_SEEDS)):
        raise RunError(
            f"{run.folder} was played on other seeds than those of evaluation, such as "
            f"{other[0]:,}: a card's scores are of seeds 0 to {EVALUATION_SEEDS[-1]}."
        )
    if card.get("agent") != MODULAR and ("agent" in card or "?" in run.config.policy):
        raise RunError(
            f"{run.folder} was played as {run.config.policy!r}: a card's scores are those of the "
            "model as it is, or of the modular agent made of it. Play it so: webagent eval "
            f"--policy {folder}."
        )


def _check_whole(run: Run) -> None:
    planned = len(run.config.tasks) * len(run.config.seeds)
    if len(run.records) < planned:
        raise RunError(
            f"{run.folder} holds {len(run.records):,} of {planned:,} episodes. The command that "
            f"began it, with --out {run.folder}, goes on with it."
        )


def _suites(run: Run) -> Iterator[SuiteScore]:
    """A run may have played several suites; task ids tell them apart."""
    records = grouped(run.records, lambda record: record.task.partition(".")[0])
    families = dict.fromkeys(task.partition(".")[0] for task in run.config.tasks)
    for family in families:
        suite = _suite_name(run.config, family, len(families)) + _agent(run.config)
        yield _score(suite, run.config, records[family])


def _said(config: RunConfig) -> bool:
    return any(labels.get("until") == "said" for labels in config.tasks.values())


def _agent(config: RunConfig) -> str:
    """How the modular agent played, behind a suite's name; nothing for a model as it is."""
    card = config.card
    if card.get("agent") != MODULAR:
        return ""
    said = ["modular"]
    if card.get("planner") == "none":
        said.append("no planner")
    if card.get("snippets") == "no":
        said.append("no snippets")
    if (calls := str(card.get("calls", "0"))) != "0":
        said.append(f"plans after {calls} call{'' if calls == '1' else 's'}")
    return f" ({', '.join(said)})"


def _suite_name(config: RunConfig, family: str, families: int) -> str:
    """The suite among a run's that has a family: "miniwob-56" has "miniwob"."""
    named = config.suite.split("+")
    if family in named or families == 1:
        return family if family in named else config.suite
    return next((one for one in named if one.startswith(f"{family}-")), family)


def _score(suite: str, config: RunConfig, records: Sequence[Record]) -> SuiteScore:
    summary = summarize(records, config.tasks)
    if summary.success is None:
        raise RunError(f"The run on {suite} holds no episode.")
    about = TypeAdapter(_About).validate_python(config.about)
    seconds = sum(one.seconds for one in records)
    steps = sum(len(one.steps) for one in records)
    return SuiteScore(
        suite=suite,
        seeds=span(config.seeds),
        episodes=summary.episodes,
        infrastructure=summary.infrastructure,
        success=summary.success,
        strict=summary.strict,
        parts={one.name: one.mean for one in summary.by.get("parts", ())},
        tasks={one.task: one.rate for one in summary.tasks},
        steps=steps / len(records),
        # slots play side by side, each an episode after the other
        speed=steps * about.slots / seconds if about.slots and seconds else None,
        date=about.date[:10],
        command=shlex.join(about.command),
        settings={
            "mode": config.mode,
            "text": config.text,
            "layout": config.layout,
            **({"until": "said"} if _said(config) else {}),
            "browser": config.backend,
        },
        versions={**config.versions, **{k: v for k, v in about.packages.items() if k in PACKAGES}},
        machine=about.machine,
        precision=str(config.card.get("precision") or ""),
    )
