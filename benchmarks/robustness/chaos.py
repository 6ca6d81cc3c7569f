"""The chaos run: `webagent eval` under kills, resumed, against the same run in peace."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from webagent.browser.cdp_pipe import PROFILE_PREFIX
from webagent.evaluation.record import Record
from webagent.evaluation.store import EPISODES, REPORT, SUMMARY, read_run
from webagent.tasks.suites import suite
from webagent.types import Ending

from .processes import GONE, browser_of, descendants, kind, left_after
from .results import Bar, Outcome
from .soak import SUITES

SEEDS = 4  # of each task
LONGEST_DELAY = 0.6  # seconds from the episode that a kill waits for to the kill
PATIENCE = 120.0  # seconds without a finished episode after which a run counts as stuck
STARTS = 20  # of the command, beyond those after kills


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill the "run", its "browser", or a "renderer" `delay` seconds after so many episodes
    are stored. `which` of several, from 0 to 1.
    """

    after: int
    delay: float
    target: str
    which: float


@dataclass(slots=True)
class Log:
    """What happened to the disturbed run."""

    kills: Counter[str] = field(default_factory=Counter[str])
    missed: Counter[str] = field(default_factory=Counter[str])  # the target was not there
    ended: list[str] = field(default_factory=list[str])  # ways a run ended that nobody killed
    starts: int = 0
    orphans: int = 0  # processes that outlived their run
    stuck: int = 0


@dataclass(slots=True)
class Command:
    """`webagent eval` on a run folder, started as often as it takes."""

    arguments: Sequence[str]
    folder: Path
    temporary: Path  # for the profiles of its browsers
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [sys.executable, "-m", "webagent", "eval", *self.arguments]
        environment = dict(os.environ) | {"TMPDIR": str(self.temporary)}
        with (self.temporary / "output.txt").open("wb") as output:
            self.process = subprocess.Popen(
                [*words, "--out", str(self.folder)],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    @property
    def ended(self) -> int | None:
        assert self.process
        return self.process.poll()

    @property
    def said(self) -> str:
        return (self.temporary / "output.txt").read_text("utf-8", "replace")[-400:].strip()

    @property
    def stored(self) -> int:
        path = self.folder / EPISODES
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def kill(self) -> int:
        """Kill the run alone; returns how many of its processes outlive it by 10 s."""
        assert self.process
        below = descendants(self.pid)
        self.process.kill()
        self.process.wait()
        return len(left_after(below))


def chaos(
    episodes: int, kills: int, seed: int, slots: int, report: Callable[[str], None]
) -> Outcome:
    """Play `episodes` twice through the command line: in peace, and with `kills` kills."""
    rng = random.Random(seed)
    names = sorted(rng.sample([name for one in SUITES for name in suite(one)], episodes // SEEDS))
    arguments = [word for name in names for word in ("--task", name)]
    arguments += ["--seeds", f"0-{SEEDS - 1}", "--slots", str(slots), "--replays", "6"]
    total = len(names) * SEEDS
    with tempfile.TemporaryDirectory(prefix="webagent-chaos-") as place:
        folders = {name: Path(place) / name for name in ("peace", "chaos", "tmp")}
        folders["tmp"].mkdir()
        peace = Command(arguments, folders["peace"], folders["tmp"])
        began = time.monotonic()
        calm = disturbed(peace, ())
        report(f"undisturbed: {peace.stored} episodes in {time.monotonic() - began:.0f} s")
        hunted = Command(arguments, folders["chaos"], folders["tmp"])
        log = disturbed(hunted, planned(rng, kills, total), report)
        profiles = len(list(folders["tmp"].glob(f"{PROFILE_PREFIX}*")))
        bars = _bars(total, kills, peace.folder, hunted.folder, log, profiles)
        version = read_run(peace.folder).config.backend
        differ = differences(read_run(peace.folder).records, read_run(hunted.folder).records)
    measured = {"tasks": names, "seeds": SEEDS, "slots": slots, "differences": differ}
    return Outcome(bars, {**measured, "peace": calm, "chaos": log}, version)


def planned(rng: random.Random, kills: int, total: int) -> list[Kill]:
    """Kills over the whole run, the time after its last episode included."""
    moments = sorted(rng.randint(0, total) for _ in range(kills))
    targets = [("run", "browser", "renderer")[index % 3] for index in range(kills)]
    rng.shuffle(targets)
    return [
        Kill(moment, rng.uniform(0, LONGEST_DELAY), target, rng.random())
        for moment, target in zip(moments, targets, strict=True)
    ]


def disturbed(
    command: Command, kills: Sequence[Kill], report: Callable[[str], None] = lambda _: None
) -> Log:
    """Start the command, kill what is to be killed, and start it again until it is through."""
    log = Log()
    _start(command, log)
    for number, one in enumerate(kills, start=1):
        while not _reached(command, one.after, log) and log.starts < STARTS + len(kills):
            if command.ended == 0:
                log.missed[one.target] += 1
                break
            _start(command, log)
        else:
            time.sleep(one.delay)
            done = _strike(command, one, log)
            (log.kills if done else log.missed)[one.target] += 1
            report(f"kill {number} of {len(kills)}: {one.target}, {command.stored} episodes stored")
    while not _reached(command, sys.maxsize, log) and command.ended != 0:
        if log.starts >= STARTS + len(kills):
            break
        _start(command, log)
    return log


def differences(peace: Sequence[Record], chaos: Sequence[Record]) -> list[str]:
    """Episodes that are in one run only, or differ in more than time and attempts."""
    one, other = ({r.key: _lasting(r) for r in records} for records in (peace, chaos))
    missing = [f"{key} is missing or extra" for key in one.keys() ^ other.keys()]
    return missing + [
        f"{key} differs" for key in one.keys() & other.keys() if one[key] != other[key]
    ]


def lines_of(folder: Path) -> Mapping[tuple[str, int], int]:
    """How many lines each episode has that is not broken by the infrastructure."""
    lines = (folder / EPISODES).read_bytes().splitlines()
    records = [orjson.loads(line) for line in lines]
    return Counter(
        (one["task"], one["seed"]) for one in records if one["ending"] != Ending.BROWSER_ERROR
    )


def _bars(total: int, kills: int, peace: Path, chaos: Path, log: Log, profiles: int) -> list[Bar]:
    calm, wild = read_run(peace).records, read_run(chaos).records
    differ = differences(calm, wild)
    twice = sum(count > 1 for count in lines_of(chaos).values())
    retried = sum(one.attempts > 1 for one in wild)
    solved = sum(one.success for one in calm)
    finished = all((chaos / name).exists() for name in (SUMMARY, REPORT))
    delivered = log.kills.total()
    text = ", ".join(f"{count} {target}" for target, count in sorted(log.kills.items()))
    return [
        Bar(f"{kills} kills at random moments", f"{delivered}: {text}", delivered >= 0.8 * kills),
        Bar(
            f"{total} episodes stand, each once",
            f"{len(wild)}, {twice} twice; {log.starts} starts, {retried} episodes retried",
            len(wild) == len(calm) == total and not twice and finished,
        ),
        Bar(
            "same verdicts as undisturbed",
            f"{len(differ)} differ; {solved} solved undisturbed",
            not differ,
        ),
        Bar(
            "no run gets stuck",
            f"{log.stuck} stuck; {len(log.ended)} ended by themselves and were resumed",
            not log.stuck,
        ),
        Bar(
            "nothing is left behind",
            f"{log.orphans} processes, {profiles} browser profiles",
            not log.orphans + profiles,
        ),
    ]


def _lasting(record: Record) -> Record:
    return replace(record, seconds=0.0, attempts=1)


def _start(command: Command, log: Log) -> None:
    if log.starts and command.ended not in (None, -signal.SIGKILL):
        log.ended.append(f"exit {command.ended}: {command.said}")
    command.start()
    log.starts += 1


def _reached(command: Command, episodes: int, log: Log) -> bool:
    """Whether the run stores so many episodes; it has ended otherwise."""
    stored, moved = command.stored, time.monotonic()
    while stored < episodes:
        if command.ended is not None:
            return False
        time.sleep(0.02)
        if (now := command.stored) != stored:
            stored, moved = now, time.monotonic()
        elif time.monotonic() - moved > PATIENCE:
            log.stuck += 1
            log.orphans += command.kill()
    return command.ended is None


def _strike(command: Command, kill: Kill, log: Log) -> bool:
    if kill.target == "run":
        if command.ended is not None:
            return False
        log.orphans += command.kill()
        _start(command, log)
        return True
    victim = _victim(command, kill)
    if victim is None:
        return False
    with suppress(*GONE):
        os.kill(victim, signal.SIGKILL)
    return True


def _victim(command: Command, kill: Kill) -> int | None:
    """The process to kill, waiting for a browser that is only starting."""
    while command.ended is None:
        if browser := browser_of(command.pid):
            if kill.target == "browser":
                return browser
            below = [one for one in descendants(browser) if kind(one) == kill.target]
            if below:
                return below[int(kill.which * len(below))]
        time.sleep(0.005)
    return None
