"""The training loop: batches in, a model out, resumable at every checkpoint.

Weights are learnt in float32 and used in bfloat16, or in float32 too where that is faster
(`webagent.nn.precision`) when the run begins. Everything a step does follows from the
recipe, the seed and the number of the step, so a run that was killed goes on exactly. A team
of processes shares each batch, and all of them take the same step.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Protocol, TypeAlias

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import LongT5ForConditionalGeneration

from webagent.errors import RunError
from webagent.nn.flat import Flat, FlatAdamW, flatten
from webagent.nn.kernels import Compiled, Kernels
from webagent.nn.loss import Loss, forward_loss
from webagent.nn.precision import fastest, named
from webagent.nn.vision import Vision
from webagent.training.batches import portions
from webagent.training.follow import Followed
from webagent.training.prepared import Example
from webagent.training.recipe import Optimization
from webagent.training.state import State, read_state, write_state
from webagent.training.team import Alone, Team

USUAL = 100  # steps whose gradients say what is usual
PATIENCE = 20  # gradients in a row that may be left out before the run stops
# Of memory and time alone: a run may go on with others.
SPARING = ("train.micro", "train.recompute", "train.compiled")


class Source(Protocol):
    """Where batches come from: a function of the step alone."""

    def __getitem__(self, step: int) -> Sequence[Example]: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What a step tells its observers. `seconds` is wall time, `norm` the gradient's, `pictures`
    counts each tile of what its examples showed.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    rate: float
    norm: float
    examples: int
    tokens: int
    seconds: float
    skipped: bool = False
    pictures: int = 0


Observer: TypeAlias = Callable[[Report], None]


@dataclass(slots=True)
class Guard:
    """Leaves out a gradient that is far larger than usual."""

    limit: float
    recent: deque[float] = field(default_factory=lambda: deque[float](maxlen=USUAL))
    skipped: int = 0

    def passes(self, norm: float) -> bool:
        usual = median(self.recent) if len(self.recent) >= USUAL // 4 else float("inf")
        fine = norm < self.limit * usual  # false for NaN
        if fine:
            self.recent.append(norm)
            self.skipped = 0
            return True
        self.skipped += 1
        if self.skipped > PATIENCE:
            raise RunError(
                f"{PATIENCE} gradients in a row were far larger than usual (the last has norm "
                f"{norm:.3g}, usual is {usual:.3g}). Start again, in "
                "another --work folder, with a lower rate or a longer warm-up."
            )
        return False


def train(
    model: LongT5ForConditionalGeneration,
    batches: Source,
    plan: Optimization,
    folder: Path,
    *,
    vision: Vision | None = None,
    vision_rate: float = 1.0,
    followed: Followed | None = None,
    team: Team | None = None,
    checkpoint_every: float = 300.0,
    stop_after: float | None = None,
    stopping: Callable[[], bool] = lambda: False,
    observers: Sequence[Observer] = (),
    run: Mapping[str, str] | None = None,
) -> bool:
    """Train `model` in place, from where `folder` says it stopped; True when it is done.

    `run` names what the run follows from, such as its recipe: a state of another is refused.
    `vision` is trained with it, in steps `vision_rate` times as large; `followed`, which `batches`
    may go by, is told which examples are right. `checkpoint_every` and
    `stop_after` are seconds; `stopping` is asked before each step. A run that stops early has
    written its state. Raises `RunError` if training diverges.
    """
    team = team or Alone()
    state = read_state(folder)
    dtype = _precision(team, state.precision if state else "")
    torch.nn.Module.to(model, team.device, dtype)
    if vision:
        vision.to(team.device, dtype)
    flat = flatten(model, _kernels(plan, team.device), more=vision.parameters() if vision else ())
    betas = (plan.beta1, plan.beta2)
    optimizer = FlatAdamW(flat, plan.rate, betas, plan.weight_decay, plan.clip, beside=vision_rate)
    guard = Guard(plan.spike)
    run = run or {}
    step = _resume(folder, state, optimizer, guard, followed, run)
    del state  # as large as the optimiser
    began = saved = time.monotonic()
    while step < plan.steps:
        started = time.monotonic()
        batch = batches[step]
        late = stopping() or (stop_after is not None and started - began > stop_after)
        shared = _backward(optimizer, vision, batch, plan, step, team, late)
        norm = float(torch.linalg.vector_norm(flat.gradient, dtype=torch.float32))
        fine = guard.passes(norm)
        if fine:
            optimizer.step(rate(plan, step))
        else:
            flat.gradient.zero_()
        if followed:
            followed.note(step, [one.task for one in batch], shared.answered)
        step += 1
        now = time.monotonic()
        report = Report(
            step, plan.steps, shared.surprise, shared.right, rate(plan, step - 1), norm,
            len(batch), sum(len(one.source) for one in batch), now - started, not fine,
            sum(len(shown) for one in batch for shown in one.frames if shown is not None),
        )  # fmt: skip
        for observe in observers:
            observe(report)
        ending = step == plan.steps or shared.late
        if team.rank == 0 and (ending or now - saved > checkpoint_every):
            tensors = optimizer.state() | (followed.state() if followed else {})
            write_state(folder, State(step, list(guard.recent), tensors, run, named(dtype)))
            saved = now
        if ending:
            break
    return step >= plan.steps


def _precision(team: Team, known: str) -> torch.dtype:
    """What all processes compute in: as before the run was stopped, or float32 if that is faster
    for one of them.
    """
    chosen = known or named(fastest(team.device))
    exact = torch.tensor(float(chosen == named(torch.float32)), device=team.device)
    team.add_up(exact)
    return torch.float32 if exact else torch.bfloat16


def _kernels(plan: Optimization, device: str) -> Kernels | None:
    compilers = (os.environ.get("CXX"), "g++", "clang++")
    if plan.compiled and device == "cpu" and not any(shutil.which(one) for one in compilers if one):
        raise RunError(
            "train.compiled needs a C++ compiler, and there is no g++ or clang++ (CXX names "
            "another). Install one, or set train.compiled=false."
        )
    return Compiled() if plan.compiled else None


def rate(plan: Optimization, step: int) -> float:
    """The learning rate of a step: up to the peak, level, then down to zero."""
    cooling = max(1, round(plan.steps * plan.cooldown))
    up = min(1.0, (step + 1) / max(1, plan.warmup))
    down = min(1.0, (plan.steps - step) / cooling)
    return plan.rate * min(up, down)


def collate(batch: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """Sources (batch, length), their lengths, and targets (batch, length), padded with 0."""
    sources = [torch.from_numpy(one.source.astype("int64")) for one in batch]
    targets = [torch.from_numpy(one.target.astype("int64")) for one in batch]
    lengths = torch.tensor([len(one) for one in sources])
    padded = (pad_sequence(many, batch_first=True) for many in (sources, targets))
    source, target = padded
    return source, lengths, target


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all processes know of a step: the batch's mean loss, the share of tokens that were
    right, whether rank 0 has run out of time, and for each example whether its answer was right.
    """

    surprise: float
    right: float
    late: bool
    answered: Sequence[bool]


def _backward(
    optimizer: FlatAdamW,
    vision: Vision | None,
    batch: Sequence[Example],
    plan: Optimization,
    step: int,
    team: Team,
    late: bool,
) -> _Shared:
    """Leave the batch's mean gradient in `flat.gradient`; each process does its share, in
    portions that fit its memory. Each portion draws its own dropout.
    """
    torch.manual_seed((plan.seed * 1_000_003 + step) * team.size + team.rank)  # of dropout
    flat, tokens = optimizer.flat, sum(len(one.target) for one in batch)
    told = torch.zeros(3 + len(batch), device=team.device)
    told[2] += late and team.rank == 0
    parts = portions(batch[team.rank :: team.size], plan.micro)
    answered: list[Tensor] = []
    for number, part in enumerate(parts):
        loss = _loss(flat, vision, part, plan, team.device)
        (loss.total * (loss.tokens / tokens)).backward()
        told[:2] += torch.stack([loss.surprise * loss.tokens, loss.right])
        answered.append(loss.answered)
        if len(parts) > 1:
            optimizer.put_aside(first=number == 0)
    if len(parts) > 1:
        optimizer.bring_back()
    if answered:
        told[3 + team.rank :: team.size] += torch.cat(answered)
    team.add_up(told)
    team.add_up(flat.gradient)
    surprise, right, stop, *known = told.tolist()
    return _Shared(surprise / tokens, right / tokens, stop > 0, [one > 0 for one in known])


def _loss(
    flat: Flat, vision: Vision | None, part: Sequence[Example], plan: Optimization, device: str
) -> Loss:
    source, lengths, target = (one.to(device) for one in collate(part))
    front = vision.look([one.frames for one in part]) if vision else None
    return forward_loss(
        flat.weights, source, lengths, target, plan.smoothing, plan.z_loss, front,
        recompute=plan.recompute,
    )  # fmt: skip


def _resume(
    folder: Path,
    state: State | None,
    optimizer: FlatAdamW,
    guard: Guard,
    followed: Followed | None,
    run: Mapping[str, str],
) -> int:
    if state is None:
        return 0
    both = {*state.run, *run}.difference(SPARING)
    names = sorted(one for one in both if state.run.get(one) != run.get(one))
    if state.run and run and names:
        told = "; ".join(f"{one}: {state.run.get(one)} -> {run.get(one)}" for one in names[:6])
        raise RunError(
            f"{folder} holds the state of another training run ({told}). Name another folder "
            "with --work; to train on from its model, use --from."
        )
    try:
        optimizer.restore(state.tensors)
        if followed:
            followed.restore(state.tensors)
    except (KeyError, ValueError) as error:
        raise RunError(
            f"{folder} holds the state of another model: {error} Name another folder."
        ) from error
    guard.recent.extend(state.norms)
    return state.step
