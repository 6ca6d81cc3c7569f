"""The training loop learns, goes on exactly where it stopped, and leaves out what spikes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias
from weakref import finalize

import numpy as np
import pytest
import torch

from webagent.errors import RunError
from webagent.nn.html_t5 import initialise
from webagent.training.prepared import Example
from webagent.training.recipe import Optimization, changed, load_recipe, recipe_names
from webagent.training.train import Guard, Report, rate, train

WORDS = 64
Changes: TypeAlias = Mapping[str, int]
LESS: Sequence[Changes] = ({"micro": 15}, {"micro": 1}, {"recompute": True})
COMPILED: Changes = {"compiled": True}
compiler = pytest.mark.skipif(not shutil.which("g++"), reason="needs a C++ compiler")
# What torch.compile says of itself.
own = [pytest.mark.filterwarnings(f"ignore:{one}") for one in (":DeprecationWarning", "The .grad")]


class Copying:
    """Batches whose target is the source's first token."""

    def __init__(self, least: int = 3) -> None:
        self._least = least

    def __getitem__(self, step: int) -> Sequence[Example]:
        rng = np.random.default_rng(step)
        return [self._example(rng) for _ in range(8)]

    def _example(self, rng: np.random.Generator) -> Example:
        words = rng.integers(10, WORDS, rng.integers(self._least, self._least + 6)).astype(
            np.uint16
        )
        end = np.array([1], np.uint16)
        return Example(np.concatenate([words, end]), np.concatenate([words[:1], end]))


def test_a_model_learns(tmp_path: Path) -> None:
    seen: list[Report] = []
    plan = Optimization(steps=60, batch=8, rate=1e-2, warmup=5, seed=3)
    model = initialise("tiny", WORDS, seed=1)
    assert train(model, Copying(), plan, tmp_path, observers=[seen.append])
    assert seen[0].loss > 3
    assert np.mean([one.loss for one in seen[-10:]]) < 0.8 * np.mean([one.loss for one in seen[:5]])
    assert [one.step for one in seen] == list(range(1, 61))


def test_a_run_that_stopped_goes_on_exactly(tmp_path: Path) -> None:
    plan = Optimization(steps=12, batch=8, rate=1e-2, warmup=3, seed=3)
    whole = initialise("tiny", WORDS, seed=1, dropout=0.1)
    assert train(whole, Copying(), plan, tmp_path / "whole")
    parts = 0
    done = False
    while not done:
        model = initialise("tiny", WORDS, seed=1, dropout=0.1)
        done = train(model, Copying(), plan, tmp_path / "parts", stop_after=0.0)
        parts += 1
    assert parts == 12
    for one, other in zip(whole.parameters(), model.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("first", [torch.float32, torch.bfloat16])
def test_a_run_goes_on_in_the_type_that_it_began_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: torch.dtype
) -> None:
    plan = Optimization(steps=2, batch=8, warmup=1)
    for dtype in (first, torch.float32 if first == torch.bfloat16 else torch.bfloat16):
        monkeypatch.setattr("webagent.training.train.fastest", lambda device, it=dtype: it)
        model = initialise("tiny", WORDS)
        done = train(model, Copying(), plan, tmp_path, stop_after=0.0)
        assert model.shared.weight.dtype == first
    assert done


@pytest.mark.parametrize(
    "changes", [*LESS, pytest.param(COMPILED, marks=[pytest.mark.slow, compiler, *own])]
)
def test_with_less_memory_or_compiled_the_same_is_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: Changes
) -> None:
    monkeypatch.setattr("webagent.training.train.fastest", lambda device: torch.float32)
    plan = Optimization(steps=4, batch=8, rate=1e-2, warmup=1, smoothing=0.1, seed=3)
    dropout = 0.1 if changes == {"recompute": True} else 0.0  # drawn anew for each portion
    found: list[torch.Tensor] = []
    seen: list[list[Report]] = []
    for name, one in (("whole", plan), ("less", plan.model_copy(update=changes))):
        model = initialise("tiny", WORDS, seed=1, dropout=dropout)
        start = torch.cat([one.detach().flatten() for one in model.parameters()])
        seen.append([])
        assert train(model, Copying(), one, tmp_path / name, observers=[seen[-1].append])
        found.append(torch.cat([one.detach().flatten() for one in model.parameters()]))
    moved = (found[0] - start).abs().max()
    torch.testing.assert_close(found[1], found[0], atol=1e-3 * float(moved), rtol=0)
    for one, other in zip(*seen, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        assert (one.accuracy, one.examples) == (other.accuracy, other.examples)


def test_without_a_compiler_nothing_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    plan = Optimization(steps=1, compiled=True)
    with pytest.raises(RunError, match=r"train\.compiled=false"):
        train(initialise("tiny", WORDS), Copying(), plan, tmp_path)


@pytest.mark.parametrize("changes", LESS)
def test_less_is_kept_for_the_gradient(tmp_path: Path, changes: Changes) -> None:
    plan = Optimization(steps=1, batch=8)
    whole, less = (
        most_kept(one, tmp_path / name)
        for name, one in (("whole", plan), ("less", plan.model_copy(update=changes)))
    )
    assert less < 0.6 * whole


def most_kept(plan: Optimization, folder: Path) -> int:
    """Bytes, beside those of parameters, that wait for a backward pass, at most."""
    model = initialise("tiny", WORDS)
    now = most = 0

    def release(size: int) -> None:
        nonlocal now
        now -= size

    def keep(tensor: torch.Tensor) -> list[torch.Tensor]:
        nonlocal now, most
        own = tensor.untyped_storage().data_ptr() == model.shared.weight.data_ptr()
        size = 0 if own else tensor.nbytes
        now += size
        most = max(most, now)
        kept = Kept([tensor])
        finalize(kept, release, size)
        return kept

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept[0]):
        train(model, Copying(40), plan, folder)
    return most


class Kept(list[torch.Tensor]):
    """A list that can be waited for."""


def test_the_state_of_another_model_is_refused(tmp_path: Path) -> None:
    plan = Optimization(steps=2, batch=8)
    train(initialise("tiny", WORDS), Copying(), plan, tmp_path)
    with pytest.raises(RunError, match="another model"):
        train(initialise("tiny", WORDS * 2), Copying(), plan, tmp_path)
    (tmp_path / "state.safetensors").write_bytes(b"no state")
    with pytest.raises(RunError, match="is no training state"):
        train(initialise("tiny", WORDS), Copying(), plan, tmp_path)


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    plan = Optimization(steps=2, batch=8, warmup=1)
    model = initialise("tiny", WORDS, seed=1)
    assert train(model, Copying(), plan, tmp_path, run={"train.steps": "2", "data": "a"})
    assert train(model, Copying(), plan, tmp_path, run={"train.steps": "2", "data": "a"})
    less = {"train.steps": "2", "data": "a", "train.micro": "9", "train.compiled": "True"}
    assert train(model, Copying(), plan, tmp_path, run=less)
    with pytest.raises(RunError, match=r"another training run \(data: a -> b\)"):
        train(model, Copying(), plan, tmp_path, run={"train.steps": "2", "data": "b"})


def test_the_guard_leaves_out_spikes_and_gives_up_in_the_end() -> None:
    guard = Guard(limit=10)
    assert all(guard.passes(1.0) for _ in range(50))
    assert not guard.passes(11.0)
    assert not guard.passes(float("nan"))
    assert guard.passes(9.0)
    with pytest.raises(RunError, match="lower rate"):
        for _ in range(30):
            guard.passes(float("inf"))


def test_the_rate_rises_stays_and_falls() -> None:
    plan = Optimization(steps=100, rate=1.0, warmup=10, cooldown=0.2)
    rates = [rate(plan, step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9:80] == [1.0] * 71
    assert rates[90] == pytest.approx(0.5)
    assert rates[99] == pytest.approx(0.05)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_can_be_read(name: str) -> None:
    assert load_recipe(name).about


def test_recipes_say_what_is_wrong_with_them(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[train]\nspeed = 3\n")
    with pytest.raises(RunError, match=r"train\.speed"):
        load_recipe(str(file))
    with pytest.raises(RunError, match="There is no recipe 'own'"):
        load_recipe("own")
    recipe = changed(load_recipe("tiny"), ["train.steps=7", "data.track=base"])
    assert (recipe.train.steps, recipe.data.track) == (7, "base")
    for wrong in (
        *("train.steps", "train.speed=1", "train.steps=many", "train.steps.x=1", "train.a.b=1"),
        *("about.x=1", "train=1", "speed=1", "train.steps=none", "about.a=1"),
    ):
        with pytest.raises(RunError):
            changed(recipe, [wrong])


def test_what_has_no_value_by_default_can_be_unset() -> None:
    recipe = changed(load_recipe("tiny"), ["train.micro=4096", "model.radius=31"])
    assert (recipe.train.micro, recipe.model.radius) == (4096, 31)
    recipe = changed(recipe, ["train.micro=none", "model.radius=none", "about=none"])
    assert (recipe.train.micro, recipe.model.radius, recipe.about) == (None, None, "none")
