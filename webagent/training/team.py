"""Several processes that train one model, each on its share of every batch.

`accelerate launch` (or `torchrun`) starts them; `accelerate` says who is who, and on which
device. All gradients lie in one vector, so sharing them is a single call.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from accelerate import PartialState


class Team(Protocol):
    """The processes of a run. The one of rank 0 prepares data, writes and reports."""

    @property
    def rank(self) -> int: ...

    @property
    def size(self) -> int: ...

    @property
    def device(self) -> str: ...

    def add_up(self, tensor: Tensor) -> None:
        """Replace `tensor`, in place, by its sum over the processes."""
        ...

    def leader_first(self) -> AbstractContextManager[object]:
        """A block that rank 0 runs before the others do."""
        ...


@dataclass(frozen=True, slots=True)
class Alone:
    """A single process."""

    device: str = "cpu"
    rank: int = 0
    size: int = 1

    def add_up(self, tensor: Tensor) -> None:
        pass

    def leader_first(self) -> AbstractContextManager[object]:
        return nullcontext()


@dataclass(frozen=True, slots=True)
class Launched:
    """A process that `accelerate launch` or `torchrun` started."""

    state: PartialState

    @property
    def rank(self) -> int:
        return self.state.process_index

    @property
    def size(self) -> int:
        return self.state.num_processes

    @property
    def device(self) -> str:
        return str(self.state.device)

    def add_up(self, tensor: Tensor) -> None:
        torch.distributed.all_reduce(tensor)

    def leader_first(self) -> AbstractContextManager[object]:
        return self.state.main_process_first()


def assemble(device: str = "auto") -> Team:
    """The team that this process is in. `device` is cpu, cuda, or auto: a GPU if there is one."""
    cpu = device == "cpu" or not torch.cuda.is_available()
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from accelerate import PartialState

        return Launched(PartialState(cpu=cpu))
    return Alone("cpu" if cpu else "cuda" if device == "auto" else device)
