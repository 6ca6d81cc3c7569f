"""The small operations between the matrix products, each with its own backward pass.

They keep in memory what the gradient needs and no more, and round as LongT5 does.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name everybody uses

_SLOPE = 2 * (2 / torch.pi) ** 0.5
_CUBE = 0.044715


class Kernels(Protocol):
    """The operations that can be fused, forward and backward. Shapes are (rows, width)."""

    def norm(
        self, states: Tensor, update: Tensor | None, weight: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The sum of states and update, the sum over its root mean square times `weight`,
        and one over that root, (rows, 1) in float32.
        """
        ...

    def norm_back(
        self, total: Tensor, weight: Tensor, scale: Tensor, rows: Tensor, states: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Gradients of the sum and of `weight`, from those of `rows` and of the sum."""
        ...

    def gate(self, wide: Tensor) -> Tensor:
        """GELU, in its tanh form, of the first half of the columns, times the second."""
        ...

    def gate_back(self, wide: Tensor, grad: Tensor) -> Tensor: ...


class Eager:
    """The operations in few passes of plain PyTorch; they need no compiler."""

    def norm(
        self, states: Tensor, update: Tensor | None, weight: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        total = states if update is None else states + update
        length = torch.linalg.vector_norm(total, dim=-1, keepdim=True, dtype=torch.float32)
        scale = length.square_().div_(total.shape[-1]).add_(epsilon).rsqrt_()
        return total, torch.mul(total, scale, out=torch.empty_like(total)).mul_(weight), scale

    def norm_back(
        self, total: Tensor, weight: Tensor, scale: Tensor, rows: Tensor, states: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        unit = torch.mul(total, scale, out=torch.empty_like(total))
        product = rows * unit
        for_weight = product.sum(0, dtype=torch.float32).to(weight.dtype)
        along = (product.mul_(weight)).mean(-1, keepdim=True, dtype=torch.float32)
        inner = torch.sub(rows * weight, unit.mul_(along.to(unit.dtype)))
        out = torch.mul(inner, scale, out=inner)
        return out if states is None else out.add_(states), for_weight

    def gate(self, wide: Tensor) -> Tensor:
        gate, linear = wide.chunk(2, dim=-1)
        return F.gelu(gate, approximate="tanh").mul_(linear)

    def gate_back(self, wide: Tensor, grad: Tensor) -> Tensor:
        gate, linear = wide.chunk(2, dim=-1)
        out = torch.empty_like(wide)
        for_gate, for_linear = out.chunk(2, dim=-1)
        torch.mul(F.gelu(gate, approximate="tanh"), grad, out=for_linear)
        for_gate.copy_(torch.ops.aten.gelu_backward(grad * linear, gate, approximate="tanh"))
        return out


class Compiled:
    """The operations as one pass each, by `torch.compile`, which wants a C++ compiler on a
    CPU. The first call of each takes some seconds; results round once, not at each part.
    """

    def __init__(self) -> None:
        self.norm = torch.compile(_norm)
        self.norm_back = torch.compile(_norm_back)
        self.gate = torch.compile(_gate)
        self._gate_back = torch.compile(_gate_back)

    def gate_back(self, wide: Tensor, grad: Tensor) -> Tensor:
        out = torch.empty_like(wide)
        # halves are passed apart: indices into a whole are not vectorised
        (gate, linear), (for_gate, for_linear) = wide.chunk(2, dim=-1), out.chunk(2, dim=-1)
        self._gate_back(gate, linear, grad, for_gate, for_linear)
        return out


def _norm(
    states: Tensor, update: Tensor | None, weight: Tensor, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    total = states if update is None else states + update
    exact = total.float()
    scale = torch.rsqrt(exact.square().mean(-1, keepdim=True) + epsilon)
    return total, (exact * scale).to(total.dtype) * weight, scale


def _norm_back(
    total: Tensor, weight: Tensor, scale: Tensor, rows: Tensor, states: Tensor | None
) -> tuple[Tensor, Tensor]:
    unit, grad = total.float() * scale, rows.float()
    inner = grad * weight.float()
    out = scale * (inner - unit * (inner * unit).mean(-1, keepdim=True))
    if states is not None:
        out = out + states.float()
    return out.to(total.dtype), (grad * unit).sum(0).to(weight.dtype)


def _gate(wide: Tensor) -> Tensor:
    gate, linear = wide.float().chunk(2, dim=-1)
    return (gate * _sigmoid(gate) * linear).to(wide.dtype)


def _gate_back(
    gate: Tensor, linear: Tensor, grad: Tensor, for_gate: Tensor, for_linear: Tensor
) -> None:
    gate, linear, grad = gate.float(), linear.float(), grad.float()
    share = _sigmoid(gate)
    rise = share + gate * share * (1 - share) * _SLOPE * (1 + 3 * _CUBE * gate * gate)
    for_gate.copy_(grad * linear * rise)
    for_linear.copy_(grad * gate * share)


def _sigmoid(gate: Tensor) -> Tensor:
    """0.5 * (1 + tanh(z)), as a sigmoid of 2z: one exponential."""
    return torch.sigmoid(_SLOPE * (gate + _CUBE * gate * gate * gate))


def add_norm(
    kernels: Kernels, states: Tensor, update: Tensor | None, weight: Tensor, epsilon: float
) -> tuple[Tensor, Tensor]:
    """The sum of `states` and `update`, and the same normed, times `weight`."""
    if not torch.is_grad_enabled():
        return kernels.norm(states, update, weight, epsilon)[:2]
    return _AddNorm.apply(kernels, states, update, weight, epsilon)  # pyright: ignore


class _AddNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        kernels: Kernels,
        states: Tensor,
        update: Tensor | None,
        weight: Tensor,
        epsilon: float,
    ) -> tuple[Tensor, Tensor]:
        total, rows, scale = kernels.norm(states, update, weight, epsilon)
        ctx.save_for_backward(total, weight, scale)
        ctx.kernels, ctx.alone = kernels, update is None
        ctx.set_materialize_grads(False)
        return total.view_as(total), rows

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        total, weight, scale = ctx.saved_tensors
        for_states, for_rows = grads
        if for_rows is None:
            return None, for_states, None if ctx.alone else for_states, None, None
        out, for_weight = ctx.kernels.norm_back(total, weight, scale, for_rows, for_states)
        return None, out, None if ctx.alone else out, for_weight, None


def gated_gelu(kernels: Kernels, wide: Tensor) -> Tensor:
    """GELU, in its tanh form, of the first half of the columns, times the second half."""
    if not torch.is_grad_enabled():
        return kernels.gate(wide)
    return _GatedGelu.apply(kernels, wide)  # pyright: ignore


class _GatedGelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, kernels: Kernels, wide: Tensor) -> Tensor:
        ctx.save_for_backward(wide)
        ctx.kernels = kernels
        return kernels.gate(wide)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        return None, ctx.kernels.gate_back(*ctx.saved_tensors, grads[0])


def take_rows(states: Tensor, index: Tensor, inverse: Tensor) -> Tensor:
    """`states[index]`; `inverse` says where in the result each row of `states` went.

    Rows that went nowhere point behind the result's end. Rows of the result that fill gaps
    (padding) take no part in the gradient.
    """
    return _TakeRows.apply(states, index, inverse)  # pyright: ignore


class _TakeRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, index: Tensor, inverse: Tensor) -> Tensor:
        ctx.save_for_backward(inverse)
        return states.index_select(0, index)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (inverse,) = ctx.saved_tensors
        return F.pad(grads[0], (0, 0, 0, 1)).index_select(0, inverse), None, None


def sum_rows(states: Tensor, group: Tensor, groups: int) -> Tensor:
    """The sums of the rows of each group, added up in float32; group -1 is left out."""
    return _SumRows.apply(states, group, groups)  # pyright: ignore


class _SumRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, group: Tensor, groups: int) -> Tensor:
        kept = torch.where(group < 0, groups, group)
        ctx.save_for_backward(kept)
        total = states.new_zeros((groups + 1, states.shape[1]), dtype=torch.float32)
        total.index_add_(0, kept, states.float())
        return total[:groups].to(states.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (kept,) = ctx.saved_tensors
        padded = F.pad(grads[0], (0, 0, 0, 1))
        return padded.index_select(0, kept), None, None


def embed(table: Tensor, ids: Tensor) -> Tensor:
    """Rows of `table`. The gradient is summed in float32: frequent tokens repeat often."""
    return _Embed.apply(table, ids)  # pyright: ignore


class _Embed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, ids: Tensor) -> Tensor:
        ctx.save_for_backward(ids)
        ctx.like = table.shape, table.dtype
        return F.embedding(ids, table)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (ids,) = ctx.saved_tensors
        shape, dtype = ctx.like
        total = grads[0].new_zeros(shape, dtype=torch.float32)
        total.index_add_(0, ids.flatten(), grads[0].flatten(0, -2).float())
        return total.to(dtype), None
