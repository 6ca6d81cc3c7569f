"""Import the classic MiniWoB demonstrations: one JSON file an episode, recorded from people.

The format is that of `record.js` of the MiniWoB++ pages: `taskName`, `utterance`, `fields`,
`states` (each with `time`, `dom`, `action`), `reward` and `rawReward`. Files may be gzipped.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webagent.demonstrations.classic_events import State, deeds
from webagent.demonstrations.classic_page import render
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.record import Row, rows_of
from webagent.demonstrations.store import DemonstrationWriter
from webagent.demonstrations.tracks import BASE
from webagent.errors import RunError
from webagent.evaluation.config import Setup, effective
from webagent.evaluation.store import write_json
from webagent.types import Decision, Ending, Episode, Observation, Step, Verdict

SOURCE = "people"
VERSIONS = "classic MiniWoB recording"
SKIPPED = "skipped.json"


class Demonstration(BaseModel):
    """A file. A `rawReward` of 1 is success; a `reward` is paid less as time goes on."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)

    utterance: str
    states: tuple[State, ...] = Field(min_length=1)
    taskName: str = ""  # noqa: N815
    fields: object = None
    reward: float | None = None
    rawReward: float | None = None  # noqa: N815

    @property
    def success(self) -> bool:
        return self.rawReward >= 1 if self.rawReward is not None else (self.reward or 0) > 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be imported."""

    file: str
    reason: str


def import_classic(
    place: Path,
    writer: DemonstrationWriter,
    folder: Path,
    *,
    observe: Callable[[int, int], None] | None = None,
) -> Manifest:
    """Import every `.json` and `.json.gz` file in `place` (or that file) into `writer`.

    Files that can't be read are named with the reason in `skipped.json` of the `folder`
    written to, and counted in its manifest. `observe` is told how many are done, of how many.
    """
    files = classic_files(place)
    skipped: list[Skipped] = []
    for number, file in enumerate(files, start=1):
        name = _name(place, file)
        try:
            writer.append(rows_of_file(file, name))
        except RunError as error:
            skipped.append(Skipped(name, str(error)))
        if observe:
            observe(number, len(files))
    write_json(folder / SKIPPED, skipped)
    reasons = Counter(one.reason for one in skipped)
    return writer.finish(left_out=dict(reasons.most_common()))


def classic_files(place: Path) -> list[Path]:
    """The files of a folder and those below it. Raises `RunError` if there is none."""
    found = [place] if place.is_file() else [*place.rglob("*.json"), *place.rglob("*.json.gz")]
    files = sorted(found)
    if not files:
        raise RunError(
            f"{place} holds no classic demonstrations: no file ends with .json or .json.gz."
        )
    return files


def classic_manifest(place: Path, command: Sequence[str]) -> Manifest:
    """What a data set of classic demonstrations says of itself.

    Raises `RunError` if there are none in `place`.
    """
    classic_files(place)
    setup = Setup(suite="classic", policy=SOURCE, text="official", command=command)
    config = effective(setup, {}, [], "recorded", VERSIONS)
    return Manifest(name=f"classic-{place.resolve().name}", source=SOURCE, config=config)


def rows_of_file(file: Path, name: str) -> tuple[Row, ...]:
    """The rows of one file, whose episode is called `name`. Raises `RunError` with the reason."""
    try:
        data = file.read_bytes()
        data = gzip.decompress(data) if file.suffix == ".gz" else data
        demonstration = Demonstration.model_validate_json(data)
    except (OSError, EOFError, zlib.error) as error:
        raise RunError(f"the file cannot be read: {type(error).__name__}") from error
    except ValidationError as error:
        raise RunError(_wrong(error)) from error
    task = BASE + (demonstration.taskName or name.split("/")[-1].split("_")[0])
    steps = tuple(_steps(demonstration))
    if not steps:
        raise RunError("nothing is done in it")
    verdict = Verdict(
        demonstration.utterance,
        done=True,
        raw_reward=demonstration.rawReward or demonstration.reward or 0.0,
        success=demonstration.success,
    )
    ending = Ending.SUCCESS if demonstration.success else Ending.FAILURE
    seconds = demonstration.states[-1].time / 1000
    episode = Episode(task, 0, ending, verdict, steps, None, seconds)
    rows = rows_of(episode, source=SOURCE, versions=VERSIONS)
    return tuple(replace(row, seed=None, episode=f"{task}#{name}") for row in rows)


def _steps(demonstration: Demonstration) -> Iterator[Step]:
    done = deeds(demonstration.states, _choice(demonstration))
    named = {int(arg) for deed in done for arg in deed.action.args if isinstance(arg, int)}
    for deed in done:
        html, boxes = render(demonstration.states[deed.state].dom, named)
        yield Step(Observation(html, boxes=boxes), Decision(deed.action))


def _choice(demonstration: Demonstration) -> str | None:
    """What was chosen, where that is sure: the one field of an instruction carried out."""
    found = demonstration.fields
    if isinstance(found, Mapping) and demonstration.success and len(found) == 1:  # pyright: ignore[reportUnknownArgumentType]
        return str(next(iter(found.values())))  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    return None


def _name(place: Path, file: Path) -> str:
    """The file's path in the folder, without its endings."""
    relative = file.relative_to(place) if place.is_dir() else Path(file.name)
    return relative.as_posix().removesuffix(".gz").removesuffix(".json")


def _wrong(error: ValidationError) -> str:
    """What is wrong, without the numbers of states and nodes, so that reasons can be counted."""
    first = error.errors()[0]
    place = ".".join(part for part in map(str, first["loc"]) if not part.isdigit())
    return f"{place}: {first['msg'][:80]}" if place else str(first["msg"])[:80]
