"""The file of a proof: JSON, written whole after each task, so that a stopped proof goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from webagent.errors import RunError
from webagent.evaluation.prove import Outcome, Played, Proof
from webagent.evaluation.store import write_file
from webagent.types import Ending

FORMAT = 1


@dataclass(slots=True)
class ProofFile:
    """What was proved so far. `setup` must be the same for a file to be gone on with; `about`
    says the rest: command, date, versions.
    """

    path: Path
    setup: dict[str, Any]
    about: dict[str, Any]
    proofs: dict[str, Proof]

    def add(
        self, task: str, cell: str, pages: Sequence[Played], controls: Sequence[Outcome]
    ) -> None:
        """Keep what was played of a task, and write the file."""
        old = self.proofs.get(task, Proof())
        outcomes = {**old.controls, **({cell: controls} if controls else {})}
        self.proofs[task] = Proof({**old.pages, cell: pages}, outcomes)
        self.save()

    def has(self, task: str, cell: str) -> bool:
        """Whether a task was played there, and no browser failed."""
        proof = self.proofs.get(task, Proof())
        endings = {one.ending for one in proof.pages.get(cell, ())}
        endings |= {one.ending for one in proof.controls.get(cell, ())}
        return bool(endings) and Ending.BROWSER_ERROR not in endings

    def save(self) -> None:
        tasks = {task: _plain(proof) for task, proof in sorted(self.proofs.items())}
        head = {"format": FORMAT, "setup": self.setup, "about": self.about}
        # One line a task: small, and its differences can be read.
        lines = [f"{_dump(task)}: {_dump(proof)}" for task, proof in tasks.items()]
        text = _dump(head)[:-1] + ',\n"tasks": {\n' + ",\n".join(lines) + "\n}}\n"
        write_file(self.path, text.encode())


def open_proof(path: Path, setup: Mapping[str, Any], about: Mapping[str, Any]) -> ProofFile:
    """Begin a proof file, or go on with one. Raises `RunError` for one of another setup."""
    if not path.exists():
        return ProofFile(path, dict(setup), dict(about), {})
    found = read_proof(path)
    changed = [key for key in setup if found.setup.get(key) != setup[key]]
    if changed:
        raise RunError(
            f"{path} holds a proof with other {', '.join(changed)}. Choose another file with "
            "--out, or remove this one."
        )
    found.about |= about
    return found


def read_proof(path: Path) -> ProofFile:
    """Read a proof file. Raises `RunError` if it is none."""
    try:
        data = orjson.loads(path.read_bytes())
        proofs = {task: _proof(one) for task, one in data["tasks"].items()}
        return ProofFile(path, data["setup"], data["about"], proofs)
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path} is not the file of a proof: {error}") from error


def _plain(proof: Proof) -> dict[str, Any]:
    pages = {
        cell: [[one.seed, int(one.fresh), one.ending, one.digest] for one in played]
        for cell, played in proof.pages.items()
    }
    controls = {cell: _grouped(outcomes) for cell, outcomes in proof.controls.items()}
    return {"pages": pages, "controls": controls}


def _grouped(outcomes: Sequence[Outcome]) -> list[list[Any]]:
    """One row a control and ending, with its seeds."""
    seeds: dict[tuple[str, ...], list[int]] = {}
    for one in outcomes:
        key = one.kind, one.part, one.how, one.result, one.ending, one.reason
        seeds.setdefault(key, []).append(one.seed)
    return [[*key, found] for key, found in seeds.items()]


def _proof(data: Mapping[str, Any]) -> Proof:
    pages = {
        cell: [Played(seed, bool(fresh), ending, digest) for seed, fresh, ending, digest in played]
        for cell, played in data["pages"].items()
    }
    controls = {
        cell: [
            Outcome(kind, part, how, seed, result, ending, reason)
            for kind, part, how, result, ending, reason, seeds in rows
            for seed in seeds
        ]
        for cell, rows in data["controls"].items()
    }
    return Proof(pages, controls)


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()
