"""What a training run needs to go on where it stopped, on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from webagent.errors import RunError

FILE = "state.safetensors"


@dataclass(frozen=True, slots=True)
class State:
    """After `step` steps: norms of recent gradients, and the optimiser's tensors by name. `run`
    says which training run it is of, `precision` in which type it computes, if that is known.
    """

    step: int
    norms: Sequence[float]
    tensors: Mapping[str, Tensor]
    run: Mapping[str, str] = field(default_factory=dict[str, str])
    precision: str = ""


def write_state(folder: Path, state: State) -> None:
    """Replace the state in `folder`, at once or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {"step": state.step, "norms": list(state.norms), "run": dict(state.run)}
    about = json.dumps({**said, "precision": state.precision})
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors.items()}
    part = folder / f"{FILE}.part"
    save_file(tensors, part, {"state": about})
    part.replace(folder / FILE)


def read_state(folder: Path) -> State | None:
    """The state in `folder`, None if it has none. Raises `RunError` if it can't be read."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            about = json.loads(file.metadata()["state"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise RunError(f"{path} is no training state: {error}. Name another folder.") from error
    run, precision = about.get("run", {}), about.get("precision", "")
    return State(about["step"], about["norms"], tensors, run, precision)
