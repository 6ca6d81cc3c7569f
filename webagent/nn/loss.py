"""What training minimises: the surprise at the target's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from webagent.nn.decoder import teach
from webagent.nn.encoder import Front, encode
from webagent.nn.weights import Weights

ROWS = 128  # whose logits fit into a core's cache


@dataclass(frozen=True, slots=True)
class Loss:
    """`total` is to be minimised; `surprise` is its mean cross-entropy part, in nats a token.

    `tokens` counts the target's tokens, `right` those that the model puts first; `answered`
    (batch,) says for which examples it does so up to the target's first end token.
    """

    total: Tensor
    surprise: Tensor
    tokens: int
    right: Tensor
    answered: Tensor


def forward_loss(
    weights: Weights,
    source: Tensor,
    lengths: Tensor,
    target: Tensor,
    smoothing: float = 0.0,
    z_loss: float = 0.0,
    front: Front | None = None,
    *,
    recompute: bool = False,
) -> Loss:
    """Loss of `target` (batch, length) given `source` (batch, length), mean over tokens.

    Both are token ids padded on the right; `lengths` are the source's, and `front` stands
    before it. Targets end with the end token. `smoothing` spreads that share of each target
    over the vocabulary; `z_loss` weighs the squared logarithm of the softmax's denominator,
    which keeps logits small. `recompute` is the encoder's.
    """
    shape = weights.shape
    encoded = encode(
        weights, source, lengths, dropout=shape.dropout, front=front, recompute=recompute
    )
    inputs = F.pad(target[:, :-1].clamp(min=0), (1, 0), value=shape.start)
    states = teach(weights, encoded, inputs, shape.dropout).flatten(0, 1)
    kept = ((target != shape.pad) & (target >= 0)).flatten().nonzero().squeeze(1)
    wanted = target.flatten().index_select(0, kept)
    rows = states.index_select(0, kept)
    total, surprise, hits = _CrossEntropy.apply(  # pyright: ignore
        rows, weights.head, wanted, smoothing, z_loss
    )
    answered = _answered(target, kept, hits, shape.end)
    return Loss(total, surprise, wanted.shape[0], hits.sum(), answered)


def _answered(target: Tensor, kept: Tensor, hits: Tensor, end: int) -> Tensor:
    fine = torch.ones_like(target, dtype=torch.bool).flatten().index_copy(0, kept, hits)
    ends = target == end
    behind = ends.cumsum(1) - ends.long() > 0
    return (fine.view_as(target) | behind).all(1)


class _CrossEntropy(torch.autograd.Function):
    """The output layer and its loss in one: logits of a few rows at a time, which stay near
    the processor, and their gradients at once, so that no logits are kept.
    """

    @staticmethod
    def forward(
        ctx: Any, states: Tensor, head: Tensor, wanted: Tensor, smoothing: float, z_loss: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        count, size = states.shape[0], head.shape[0]
        for_states, for_head = torch.empty_like(states), torch.zeros_like(head, dtype=torch.float32)
        sums = states.new_zeros(3, dtype=torch.float32)
        hits = torch.empty_like(wanted, dtype=torch.bool)
        step = ROWS if states.device.type == "cpu" else count
        for begin in range(0, count, step):
            at = slice(begin, begin + step)
            logits = F.linear(states[at], head)
            exact, answer = logits.float(), wanted[at, None]
            denominator = exact.logsumexp(-1, keepdim=True)
            sums[0] += (denominator - exact.gather(1, answer)).sum()
            sums[1] += (denominator - exact.mean(-1, keepdim=True)).sum() if smoothing else 0.0
            sums[2] += denominator.square().sum()
            torch.eq(logits.argmax(-1), wanted[at], out=hits[at])
            slope = exact.sub_(denominator).exp_()  # the probabilities
            slope.mul_((1 + 2 * z_loss * denominator) / count).sub_(smoothing / size / count)
            slope.scatter_add_(1, answer, slope.new_full(answer.shape, (smoothing - 1) / count))
            rounded = slope.to(head.dtype)
            torch.mm(rounded, head, out=for_states[at])
            for_head += rounded.t() @ states[at]
        ctx.save_for_backward(for_states, for_head.to(head.dtype))
        surprise, even, z = sums / count
        total = (1 - smoothing) * surprise + smoothing * even + z_loss * z
        ctx.mark_non_differentiable(surprise, hits)
        return total, surprise, hits

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        for_states, for_head = ctx.saved_tensors
        return for_states * grads[0], for_head * grads[0], None, None, None
