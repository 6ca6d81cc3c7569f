"""What training minimises: the surprise at the target's tokens."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from webagent.nn.decoder import teach
from webagent.nn.encoder import encode
from webagent.nn.weights import Weights


@dataclass(frozen=True, slots=True)
class Loss:
    """`total` is to be minimised; `surprise` is its mean cross-entropy part, in nats a token.

    `tokens` counts the target's tokens, `right` those that the model puts first.
    """

    total: Tensor
    surprise: Tensor
    tokens: int
    right: Tensor


def forward_loss(
    weights: Weights,
    source: Tensor,
    lengths: Tensor,
    target: Tensor,
    smoothing: float = 0.0,
    z_loss: float = 0.0,
) -> Loss:
    """Loss of `target` (batch, length) given `source` (batch, length), mean over tokens.

    Both are token ids padded on the right; `lengths` are the source's. Targets end with the
    end token. `smoothing` spreads that share of each target over the vocabulary; `z_loss`
    weighs the squared logarithm of the softmax's denominator, which keeps logits small.
    """
    shape = weights.shape
    encoded = encode(weights, source, lengths, dropout=shape.dropout)
    inputs = F.pad(target[:, :-1].clamp(min=0), (1, 0), value=shape.start)
    states = teach(weights, encoded, inputs, shape.dropout).flatten(0, 1)
    kept = ((target != shape.pad) & (target >= 0)).flatten().nonzero().squeeze(1)
    wanted = target.flatten().index_select(0, kept)
    logits = F.linear(states.index_select(0, kept), weights.head)
    exact = logits.float()
    denominator = exact.logsumexp(-1)
    chosen = exact.gather(1, wanted[:, None]).squeeze(1)
    surprise = (denominator - chosen).mean()
    total = surprise
    if smoothing:
        total = (1 - smoothing) * surprise + smoothing * (denominator - exact.mean(-1)).mean()
    if z_loss:
        total = total + z_loss * denominator.square().mean()
    right = (logits.detach().argmax(-1) == wanted).sum()
    return Loss(total, surprise.detach(), wanted.shape[0], right)
