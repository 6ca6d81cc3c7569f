"""Several processes that train one model, each on its share of every batch.

`accelerate launch` (or `torchrun`) starts them; `accelerate` says who is who, and on which
device. All gradients lie in one vector, so sharing them is a single call.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from accelerate import PartialState

PATIENCE = timedelta(hours=12)  # some processes have more data to prepare than others


class Team(Protocol):
    """The processes of a run. Each prepares its share of the data; the one of rank 0 writes and
    reports.
    """

    @property
    def rank(self) -> int: ...

    @property
    def size(self) -> int: ...

    @property
    def device(self) -> str: ...

    def add_up(self, tensor: Tensor) -> None:
        """Replace `tensor`, in place, by its sum over the processes."""
        ...

    def wait(self) -> None:
        """Return when all processes have called this."""
        ...


@dataclass(frozen=True, slots=True)
class Alone:
    """A single process."""

    device: str = "cpu"
    rank: int = 0
    size: int = 1

    def add_up(self, tensor: Tensor) -> None:
        pass

    def wait(self) -> None:
        pass


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

    def wait(self) -> None:
        self.state.wait_for_everyone()


def assemble(device: str = "auto") -> Team:
    """The team that this process is in. `device` is cpu, cuda, or auto: a GPU if there is one."""
    cpu = device == "cpu" or not torch.cuda.is_available()
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from accelerate import PartialState

        return Launched(PartialState(cpu=cpu, timeout=PATIENCE))
    return Alone("cpu" if cpu else "cuda" if device == "auto" else device)
