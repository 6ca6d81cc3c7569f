"""The fast encoder and decoder equal plain `transformers`, forward and backward."""

from __future__ import annotations

import pytest
import torch
from small_model import TEXTS, model
from torch import Tensor
from torch.nn import functional

from webagent.nn.decoder import teach
from webagent.nn.encoder import encode
from webagent.nn.flat import FlatAdamW, flatten
from webagent.nn.html_t5 import SIZES, configuration, initialise
from webagent.nn.loss import forward_loss
from webagent.nn.vocabulary import NUMBERED
from webagent.nn.weights import weights

# Around the sizes at which LongT5 does something special: blocks of 4 tokens, a radius of 15.
LENGTHS = ([1], [3, 2], [4], [5, 8], [40, 17, 64], [15, 16, 17], [63, 1, 5], [130, 33, 100])
DENSE, BLOCKS = 512, 0


def source(lengths: list[int], seed: int = 0) -> tuple[Tensor, Tensor]:
    """Token ids and mask, padded on the right."""
    noise = torch.Generator().manual_seed(seed)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    ids = torch.randint(2, len(TEXTS), mask.shape, generator=noise)
    return ids * mask, mask


def encoded(dtype: torch.dtype, lengths: list[int], dense: int) -> tuple[Tensor, Tensor]:
    """States of the reference and ours."""
    made = model(dtype=dtype)
    ids, mask = source(lengths)
    with torch.no_grad():
        theirs = made.encoder(input_ids=ids, attention_mask=mask)[0] * mask[..., None]
        ours = encode(weights(made), ids, torch.tensor(lengths), dense).padded()
    return theirs, ours


@pytest.mark.parametrize("dense", [DENSE, BLOCKS])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_encoder_equals_the_reference(lengths: list[int], dense: int):
    theirs, ours = encoded(torch.float32, lengths, dense)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("dense", [DENSE, BLOCKS])
def test_encoder_equals_the_reference_in_bfloat16(dense: int):
    exact, _ = encoded(torch.float32, [40, 17, 64], dense)
    theirs, ours = encoded(torch.bfloat16, [40, 17, 64], dense)
    rounding = (theirs - exact).square().mean().sqrt()
    assert (ours - exact).square().mean().sqrt() < 1.2 * rounding


@pytest.mark.parametrize("dense", [DENSE, BLOCKS])
def test_examples_of_a_batch_do_not_meet(dense: int):
    """Unlike in the reference's batches, padding changes nothing here."""
    made = weights(model())
    ids, _ = source([40, 17])
    with torch.no_grad():
        both = encode(made, ids, torch.tensor([40, 17]), dense).padded()
        alone = encode(made, ids[1:, :17], torch.tensor([17]), dense).padded()
    torch.testing.assert_close(both[1:, :17], alone, atol=1e-5, rtol=1e-5)


def test_loss_and_gradients_equal_the_reference():
    made, lengths = model(), [40, 17, 64]
    ids, mask = source(lengths)
    target, target_mask = source([5, 9, 2], seed=1)
    labels = target.masked_fill(target_mask == 0, -100)
    theirs = made(input_ids=ids, attention_mask=mask, labels=labels).loss
    theirs.backward()
    wanted = {name: one.grad.clone() for name, one in made.named_parameters()}
    made.zero_grad()
    ours = forward_loss(weights(made), ids, torch.tensor(lengths), target)
    ours.total.backward()
    torch.testing.assert_close(ours.total, theirs)
    assert ours.tokens == 16
    for name, parameter in made.named_parameters():
        scale = wanted[name].abs().max()
        torch.testing.assert_close(
            parameter.grad / scale, wanted[name] / scale, atol=2e-5, rtol=1e-4, msg=name
        )


def test_gradients_of_long_pages_equal_those_of_short_ones():
    grads: list[Tensor] = []
    for dense in (DENSE, BLOCKS):
        made = model()
        ids, _ = source([64, 33])
        states = encode(weights(made), ids, torch.tensor([64, 33]), dense).padded()
        states.square().sum().backward()
        grads.append(torch.cat([p.grad.flatten() for p in made.encoder.parameters()]))
    torch.testing.assert_close(grads[0], grads[1], atol=1e-4, rtol=1e-3)


def test_training_follows_playing():
    """What inference mode computed and kept must not be in the way of a gradient."""
    made, (ids, _) = weights(model()), source([21])
    with torch.inference_mode():
        encode(made, ids, torch.tensor([21]))
    forward_loss(made, ids, torch.tensor([21]), ids[:, :7]).total.backward()


def test_smoothing_and_z_loss_raise_the_total_alone():
    made = weights(model())
    ids, _ = source([20])
    plain = forward_loss(made, ids, torch.tensor([20]), ids[:, :5])
    both = forward_loss(made, ids, torch.tensor([20]), ids[:, :5], smoothing=0.1, z_loss=1e-2)
    assert both.surprise == plain.surprise == plain.total
    assert both.total > plain.total


def test_training_learns_and_the_model_follows():
    made = initialise("tiny", len(TEXTS))
    flat = flatten(made)
    adam = FlatAdamW(flat, rate=1e-2)
    ids, mask = source([20, 12])
    lengths, target = torch.tensor([20, 12]), ids[:, :4].contiguous().contiguous()
    losses: list[float] = []
    for _ in range(20):
        loss = forward_loss(flat.weights, ids, lengths, target)
        loss.total.backward()
        assert adam.step() > 0
        losses.append(loss.total.item())
    assert losses[-1] < 0.5 * losses[0]
    with torch.no_grad():
        now = forward_loss(flat.weights, ids, lengths, target).total
        theirs = made(input_ids=ids, attention_mask=mask, labels=target).loss
    torch.testing.assert_close(now, theirs)


def test_training_goes_on_from_a_saved_state():
    ids, _ = source([20])

    def steps(adam: FlatAdamW, count: int) -> Tensor:
        for _ in range(count):
            forward_loss(adam.flat.weights, ids, torch.tensor([20]), ids[:, :4]).total.backward()
            adam.step()
        return adam.flat.vector.clone()

    first = FlatAdamW(flatten(initialise("tiny", len(TEXTS))))
    steps(first, 2)
    state = {name: one.clone() for name, one in first.state().items()}
    second = FlatAdamW(flatten(initialise("tiny", len(TEXTS), seed=1)))
    second.restore(state)
    assert torch.equal(steps(first, 2), steps(second, 2))
    with pytest.raises(ValueError, match="parameters"):
        FlatAdamW(flatten(initialise("tiny", 50))).restore(state)


def test_a_gradient_that_is_not_finite_moves_nothing():
    flat = flatten(initialise("tiny", len(TEXTS)))
    before = flat.vector.clone()
    adam = FlatAdamW(flat)
    flat.gradient.fill_(torch.inf)
    adam.step()
    assert torch.equal(flat.vector, before)
    assert not flat.gradient.any()


def test_the_same_seed_gives_the_same_model():
    one, two, other = (initialise("tiny", 50, seed).shared.weight for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("size", "millions"),
    [("mini", 11), ("small", 27), ("base", 223), ("large", 770), ("xl", 2850)],
)
def test_sizes(size: str, millions: float):
    from transformers import LongT5ForConditionalGeneration

    vocabulary = 8192 if size in ("mini", "small") else 32128
    with torch.device("meta"):
        made = LongT5ForConditionalGeneration(configuration(size, vocabulary))
    count = sum(one.numel() for one in made.parameters()) / 1e6
    assert count == pytest.approx(millions, rel=0.05)
    assert SIZES[size].local_radius == (1023 if size in ("mini", "small") else 127)


def test_only_transient_global_models_are_taken():
    other = model()
    other.config.encoder_attention_type = "local"
    with pytest.raises(ValueError, match="transient-global"):
        weights(other)


def test_the_gradient_of_the_loss_is_that_of_its_formula():
    made = model(dtype=torch.float32)
    ids, _ = source([20])
    lengths, target = torch.tensor([20]), ids[:, :6]
    flat = flatten(made)
    forward_loss(flat.weights, ids, lengths, target, smoothing=0.1, z_loss=1e-2).total.backward()
    found = flat.gradient.clone()
    flat.gradient.zero_()
    inputs = functional.pad(target[:, :-1], (1, 0), value=flat.weights.shape.start)
    states = teach(flat.weights, encode(flat.weights, ids, lengths), inputs)
    logits = functional.linear(states, flat.weights.head).squeeze(0)
    smooth = functional.cross_entropy(logits, target[0], label_smoothing=0.1)
    (smooth + 1e-2 * logits.logsumexp(-1).square().mean()).backward()
    assert torch.allclose(found, flat.gradient, rtol=1e-3, atol=1e-5)


def test_a_new_model_looks_for_equal_tokens_and_for_what_stood_behind_them():
    made = initialise("mini", 4000).eval()
    behind, equal = [], []
    for seed in range(4):
        noise = torch.Generator().manual_seed(seed)
        ids = NUMBERED.stop + torch.randperm(2000, generator=noise)[None, :60]
        places = torch.tensor([40, 7, 22])
        with torch.no_grad():
            out = made(input_ids=ids, decoder_input_ids=ids[:, places], output_attentions=True)
        for layer in out.cross_attentions:
            behind.append(layer[0, 0, torch.arange(3), places + 1].mean())
            equal.append(layer[0, 1, torch.arange(3), places].mean())
    assert torch.stack(behind).mean() > 3 / 60
    assert torch.stack(equal).mean() > 3 / 60
