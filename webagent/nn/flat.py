"""Training state in few large vectors: parameters, gradients and AdamW's moments.

All parameters of a model become views of one vector, those that `weights` joins side by
side. So joined matrices need no copying, and an optimiser step is a handful of operations
over all parameters. The vector has the model's type; where that is bfloat16, the optimiser keeps
its own float32 copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import LongT5ForConditionalGeneration

from webagent.nn.kernels import Kernels
from webagent.nn.weights import Weights, weights

LEAST = 1e-3  # root mean square that a step is relative to, at least


@dataclass(frozen=True, slots=True)
class Flat:
    """A model's parameters as one vector. `weights` are views of it that collect gradients
    into `gradient`. `parts` says where each parameter lies, and whether it is a matrix; those
    of HTML-T5 are the first `own`.
    """

    vector: Tensor
    gradient: Tensor
    parts: Sequence[tuple[slice, bool]]
    weights: Weights
    own: int


def flatten(
    model: LongT5ForConditionalGeneration,
    kernels: Kernels | None = None,
    more: Iterable[Tensor] = (),
) -> Flat:
    """Move a model's parameters into one vector. The model stays usable, and follows it.

    `Compiled` kernels train faster. `more` are parameters of modules that are trained with it,
    such as its eyes: behind those of the model, each collecting its own gradient.
    """
    groups: list[tuple[Tensor, ...]] = []

    def note(*parameters: Tensor) -> Tensor:
        groups.append(parameters)
        return parameters[0]

    weights(model, note)
    own = sum(map(len, groups))
    beside = [(one,) for one in more]
    groups += beside
    total = sum(one.numel() for group in groups for one in group)
    vector = groups[0][0].detach().new_empty(total)
    gradient = torch.zeros_like(vector)
    joined: dict[int, Tensor] = {}
    parts: list[tuple[slice, bool]] = []
    end = 0
    for group in groups:
        start = end
        for parameter in group:
            parts.append((slice(end, end + parameter.numel()), parameter.dim() > 1))
            end += _place(parameter, vector[parts[-1][0]])
        shape = (sum(one.shape[0] for one in group), *group[0].shape[1:])
        leaf = vector[start:end].view(shape).requires_grad_()
        leaf.grad = gradient[start:end].view(shape)
        joined[id(group[0])] = leaf
    for (parameter,) in beside:
        parameter.grad = joined[id(parameter)].grad
    views = weights(model, lambda *p: joined[id(p[0])], kernels)
    return Flat(vector, gradient, parts, views, own)


def _place(parameter: Tensor, at: Tensor) -> int:
    at.copy_(parameter.detach().flatten())
    parameter.data = at.view_as(parameter)
    return parameter.numel()


class FlatAdamW:
    """AdamW on a flattened model, in float32.

    Steps are relative: each parameter's rate is `rate` times its root mean square, as in
    Adafactor (arXiv 1804.04235, section 8). T5's initial embeddings are a hundred times
    larger than its queries; one absolute rate is too small for the former or breaks the
    latter. Parameters beside those of HTML-T5 take steps `beside` times as large. Gradients
    are clipped to a norm of `clip`. Norms' weights do not decay.
    """

    def __init__(
        self,
        flat: Flat,
        rate: float = 1e-2,
        betas: tuple[float, float] = (0.9, 0.98),
        decay: float = 0.0,
        clip: float = 1.0,
        epsilon: float = 1e-8,
        beside: float = 1.0,
    ) -> None:
        self.flat = flat
        self.clip = clip
        self._rate = rate
        self._shares = [1.0 if n < flat.own else beside for n in range(len(flat.parts))]
        self._master = flat.vector.detach().float()  # itself, if it is float32
        self._exact = flat.vector.dtype == torch.float32
        self._gradient = flat.gradient if self._exact else torch.zeros_like(self._master)
        self._sum = torch.empty(0) if self._exact else self._gradient
        groups = [
            {"params": [self._parameter(part)], "weight_decay": decay if matrix else 0.0}
            for part, matrix in flat.parts
        ]
        self._adam = torch.optim.AdamW(groups, lr=rate, betas=betas, eps=epsilon, fused=True)

    def put_aside(self, *, first: bool) -> None:
        """Empty the model's gradient into a float32 sum, of which it is the `first` or a later
        part.
        """
        if not len(self._sum):
            self._sum = torch.zeros_like(self._gradient)
        if first:
            self._sum.zero_()
        self._sum.add_(self.flat.gradient)
        self.flat.gradient.zero_()

    def bring_back(self) -> None:
        """Make the sum of what was put aside the model's gradient."""
        self.flat.gradient.copy_(self._sum)

    def step(self, rate: float | None = None) -> Tensor:
        """Move the parameters down the gradient, and empty it. Gives the gradient's norm.

        A gradient that is not finite moves nothing.
        """
        if not self._exact:
            self._gradient.copy_(self.flat.gradient)
        norm = torch.linalg.vector_norm(self._gradient)
        if not torch.isfinite(norm):
            self.flat.gradient.zero_()
            return norm
        self._gradient.mul_((self.clip / (norm + 1e-6)).clamp_(max=1.0))
        peak = self._rate if rate is None else rate
        for group, share in zip(self._adam.param_groups, self._shares, strict=True):
            parameter: Tensor = group["params"][0].detach()
            size = float(torch.linalg.vector_norm(parameter)) / parameter.numel() ** 0.5
            group["lr"] = share * peak * max(LEAST, size)
        self._adam.step()
        self.flat.gradient.zero_()
        if not self._exact:
            self.flat.vector.copy_(self._master)
        return norm

    def state(self) -> dict[str, Tensor]:
        """All that is needed to go on later, as tensors by name."""
        found = {"master": self._master}
        for index, group in enumerate(self._adam.param_groups):
            for name, value in self._adam.state[group["params"][0]].items():
                found[f"{index}.{name}"] = value
        return found

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`. Raises `ValueError` if it is of a model of another size."""
        if state["master"].shape != self._master.shape:
            raise ValueError(
                f"The saved state has {state['master'].numel()} parameters, the model "
                f"{self._master.numel()}."
            )
        self._master.copy_(state["master"])
        if not self._exact:
            self.flat.vector.copy_(self._master)
        for index, group in enumerate(self._adam.param_groups):
            mark = f"{index}."
            own = {
                name.removeprefix(mark): value.to(self._master.device)
                for name, value in state.items()
                if name.startswith(mark)
            }
            if own:
                self._adam.state[group["params"][0]] = own

    def _parameter(self, part: slice) -> Tensor:
        parameter = self._master[part].requires_grad_()
        parameter.grad = self._gradient[part]
        return parameter
