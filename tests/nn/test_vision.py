"""Pictures in front of the text: equal to plain `transformers`, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from small_model import TEXTS, model, tokenizer_json
from torch import Tensor
from transformers import AutoModelForSeq2SeqLM, ViTConfig, ViTModel

from webagent.errors import PolicyError
from webagent.nn import checkpoint
from webagent.nn.encoder import encode
from webagent.nn.flat import FlatAdamW, flatten
from webagent.nn.generate import generate
from webagent.nn.loss import forward_loss
from webagent.nn.senses import Pixels, Sight
from webagent.nn.vision import Vision, joined, new_vision
from webagent.nn.weights import weights

SIGHT = Sight(height=16, width=24, patch=8, tiles=3)  # 2 x 3 patches
LENGTHS = [40, 17, 30]
# Two screenshots, the second of two pictures; one; none at all.
TILES = [(1, 2), (1, None), (None, None)]
PATCHES = [18, 6, 0]


def eyes(dtype: torch.dtype = torch.float32) -> Vision:
    return new_vision("tiny", SIGHT, 32, seed=1).to(dtype)


def seen() -> Sequence[Sequence[Pixels | None]]:
    rng = np.random.default_rng(0)
    return [
        [None if n is None else rng.integers(0, 256, (n, 16, 24, 3), np.uint8) for n in each]
        for each in TILES
    ]


def texts(seed: int = 0, lengths: Sequence[int] = LENGTHS) -> tuple[Tensor, Tensor]:
    noise = torch.Generator().manual_seed(seed)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    return torch.randint(2, len(TEXTS), mask.shape, generator=noise) * mask, mask


@pytest.mark.parametrize("dense", [512, 0])
def test_encoder_equals_the_reference(dense: int):
    made, vision, (ids, mask) = model(), eyes(), texts()
    with torch.no_grad():
        front = vision.look(seen())
        assert front is not None and front.lengths.tolist() == PATCHES
        embedded, kept = joined(made.shared.weight, ids, mask, front)
        theirs = made.encoder(inputs_embeds=embedded, attention_mask=kept)[0] * kept[..., None]
        lengths = torch.tensor(LENGTHS)
        ours = encode(weights(made), ids, lengths, dense, front=front).padded()
    assert kept.sum(1).tolist() == [58, 23, 30]
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_encoder_equals_the_reference_in_bfloat16():
    ids, mask = texts()
    found: list[Tensor] = []
    for dtype in (torch.float32, torch.bfloat16):
        made, vision = model(dtype=dtype), eyes(dtype)
        with torch.no_grad():
            front = vision.look(seen())
            embedded, kept = joined(made.shared.weight, ids, mask, front)
            found.append(made.encoder(inputs_embeds=embedded, attention_mask=kept)[0])
            ours = encode(weights(made), ids, torch.tensor(LENGTHS), front=front).padded()
    exact, theirs = (one * kept[..., None] for one in found)
    rounding = (theirs - exact).square().mean().sqrt()
    assert (ours - exact).square().mean().sqrt() < 1.2 * rounding


def test_loss_and_gradients_equal_the_reference():
    made, vision, (ids, mask) = model(), eyes(), texts()
    target, target_mask = texts(1, [5, 9, 2])
    embedded, kept = joined(made.shared.weight, ids, mask, vision.look(seen()))
    labels = target.masked_fill(target_mask == 0, -100)
    theirs = made(inputs_embeds=embedded, attention_mask=kept, labels=labels).loss
    theirs.backward()
    both = [*made.named_parameters(), *vision.named_parameters()]
    wanted = [one.grad.clone() for _, one in both]
    made.zero_grad(), vision.zero_grad()
    front = vision.look(seen())
    ours = forward_loss(weights(made), ids, torch.tensor(LENGTHS), target, front=front)
    ours.total.backward()
    torch.testing.assert_close(ours.total, theirs)
    for (name, parameter), grad in zip(both, wanted, strict=True):
        assert grad.any() or "k_proj.bias" in name, name  # softmax ignores a key's bias
        scale = max(float(grad.abs().max()), 1e-4)
        torch.testing.assert_close(
            parameter.grad / scale, grad / scale, atol=1e-4, rtol=1e-3, msg=name
        )


def test_flat_parameters_collect_the_same_gradients():
    made, vision, (ids, _) = model(), eyes(), texts()
    lengths, target = torch.tensor(LENGTHS), ids[:, :4].contiguous()
    forward_loss(weights(made), ids, lengths, target, front=vision.look(seen())).total.backward()
    wanted = torch.cat([one.grad.flatten() for one in vision.parameters()])
    made, vision = model(), eyes()
    flat = flatten(made, more=vision.parameters())
    forward_loss(flat.weights, ids, lengths, target, front=vision.look(seen())).total.backward()
    torch.testing.assert_close(flat.gradient[-wanted.numel() :], wanted)
    before = flat.vector.clone()
    FlatAdamW(flat, rate=1e-2, beside=0.0).step()
    moved = flat.vector != before
    assert moved[: -wanted.numel()].any() and not moved[-wanted.numel() :].any()


def test_examples_of_a_batch_do_not_meet():
    made, vision, (ids, _) = weights(model()), eyes(), texts()
    pictures = seen()
    with torch.no_grad():
        front = vision.look(pictures)
        both = encode(made, ids, torch.tensor(LENGTHS), front=front).padded()
        front = vision.look(pictures[1:2])
        alone = encode(made, ids[1:2, :17], torch.tensor([17]), front=front).padded()
    torch.testing.assert_close(both[1:2, :23], alone, atol=1e-5, rtol=1e-5)


def test_each_sense_counts():
    vision, pictures = eyes(), seen()
    with torch.no_grad():
        front = vision.look(pictures)
        assert front is not None
        swapped = vision.look([(pictures[0][1], pictures[0][0])])
        assert swapped is not None
        # oldest first: the same pictures, but the other one is now
        before, now = swapped.rows[:6], front.rows[12:18]
        assert not torch.allclose(before, now, atol=1e-3)
        torch.testing.assert_close(before - vision.frame[1], now - vision.frame[0])
        assert vision.look([(None, None)]) is None
        vision.sight = Sight(image="white")
        white = vision.look(pictures)
        assert white is not None and white.lengths.tolist() == PATCHES
        torch.testing.assert_close(white.rows[12:18], white.rows[18:24])
        vision.sight = Sight(image="off")
        assert vision.look(pictures) is None


def test_what_is_seen_changes_what_is_written():
    made, vision = weights(model()), eyes()
    dark, light = (np.full((1, 16, 24, 3), value, np.uint8) for value in (0, 255))
    pages = [[3, 4, 5]] * 3
    with torch.inference_mode():
        one, two, three = generate(made, pages, 12, front=vision.look([[dark], [light], [dark]]))
    assert one == three != two


def test_a_folder_holds_all_of_it(tmp_path: Path):
    made, vision = model(), eyes()
    checkpoint.save(tmp_path / "m", made, tokenizer_json(), dtype=torch.float32, vision=vision)
    again = checkpoint.load_vision(tmp_path / "m", torch.float32)
    assert again is not None and again.sight == vision.sight == SIGHT
    for name, parameter in again.named_parameters():
        assert torch.equal(parameter, dict(vision.named_parameters())[name]), name
    plain = ViTModel.from_pretrained(tmp_path / "m" / "vision", add_pooling_layer=False)
    text = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "m")
    pixels = torch.from_numpy(seen()[1][0]).permute(0, 3, 1, 2) / 127.5 - 1  # pyright: ignore
    with torch.no_grad():
        read = plain(pixel_values=pixels).last_hidden_state[:, 1:]
        tokens = vision.project(read) + vision.place + vision.frame[0] + vision.tile[0]
        front = again.look([seen()[1]])
        states = text.encoder(inputs_embeds=tokens)[0]
    assert front is not None
    torch.testing.assert_close(front.rows, tokens[0])
    assert states.shape == (1, 6, 32)
    checkpoint.save(tmp_path / "m", made, tokenizer_json())
    assert checkpoint.load_vision(tmp_path / "m") is None


def test_a_vit_of_somebody_starts_it(tmp_path: Path):
    config = ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        image_size=32, patch_size=16,
    )  # fmt: skip
    ViTModel(config).save_pretrained(tmp_path)  # with a pooling layer that nobody needs
    vision = Vision(checkpoint.load_vit(tmp_path), Sight(), 48)
    assert (vision.sight.height, vision.sight.width) == (32, 32)
    front = vision.look([[np.zeros((1, 32, 32, 3), np.uint8)]])
    assert front is not None and front.rows.shape == (4, 48)


def test_merged_patches_lie_together(tmp_path: Path):
    sight = Sight(height=32, width=32, patch=8, merge=2)
    vision = new_vision("tiny", sight, 32)
    pixels = torch.zeros((1, 32, 32, 3), dtype=torch.uint8)
    with torch.no_grad():
        # let patches alone say what a token is
        vision.vit.layers = torch.nn.ModuleList()
        vision.vit.embeddings.position_embeddings.zero_()
        vision.place.zero_()
        pixels[0, 20, 3] = 255  # in the token at the bottom left
        tokens = vision(pixels, torch.tensor([0]), torch.tensor([0]))[0]
    assert tokens.shape == (4, 32)
    assert torch.equal(tokens[0], tokens[1]) and torch.equal(tokens[0], tokens[3])
    assert not torch.equal(tokens[0], tokens[2])
    checkpoint.save(tmp_path / "m", model(), tokenizer_json(), vision=vision)
    again = checkpoint.load_vision(tmp_path / "m")
    assert again is not None and again.sight == sight
    with pytest.raises(ValueError, match="whole number"):
        new_vision("tiny", Sight(height=40, width=32, patch=8, merge=2), 32)


def test_damaged_eyes_are_told(tmp_path: Path):
    checkpoint.save(tmp_path / "m", model(), tokenizer_json(), vision=eyes())
    (tmp_path / "m" / "bridge.safetensors").write_bytes(b"no")
    with pytest.raises(PolicyError, match="eyes"):
        checkpoint.load_vision(tmp_path / "m")
    with pytest.raises(PolicyError, match="vision transformer"):
        checkpoint.load_vit(tmp_path / "m")


def test_the_size_that_ships_is_small():
    vision = new_vision("mini", Sight(), 256)
    count = sum(one.numel() for one in vision.parameters())
    assert 2.5e6 < count < 4e6


def test_nothing_begins_so_small_that_relative_steps_do_not_move_it():
    vision = new_vision("mini", SIGHT, 256)
    parameters = vision.named_parameters()
    sizes = {name: float(one.detach().square().mean().sqrt()) for name, one in parameters}
    assert min(sizes.values()) > 0.01, min(sizes, key=lambda name: sizes[name])
    inner = [name for name in sizes if ".layers." in name or ".layer." in name]
    kept = [sizes[name] for name in inner if "weight" in name and "norm" not in name]
    wide = 192**-0.5, 768**-0.5
    assert kept and all(min(abs(one / w - 1) for w in wide) < 0.05 for one in kept)


def test_blank_patches_begin_as_nothing_and_places_tell_them_apart():
    vit = eyes().vit
    white = torch.ones(1, 3, SIGHT.height, SIGHT.width)
    patches = vit.embeddings.patch_embeddings(white)
    assert patches.abs().max() < 1e-4
    apart = torch.pdist(vit.embeddings.position_embeddings[0])
    assert apart.min() > 0.5
