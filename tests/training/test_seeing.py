"""Training with pictures: from demonstrations to a model that tells colours apart."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import ViTConfig, ViTModel

from benchmarks.model.seeing import seeing
from webagent import actions
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.record import Past, Row
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import RunError
from webagent.evaluation.config import Setup, effective
from webagent.nn import checkpoint
from webagent.nn.html_t5 import initialise
from webagent.nn.senses import Sight, fitted
from webagent.nn.tokenizer import train as train_tokenizer
from webagent.nn.vision import new_vision
from webagent.policies.load import load_policy
from webagent.policies.models import read_card
from webagent.training.batches import Ahead, Batches
from webagent.training.learn import Job, learn
from webagent.training.log import read_log
from webagent.training.pictures import PictureDropout
from webagent.training.prepared import PIXELS, Example, Ids, prepare
from webagent.training.questions import acting
from webagent.training.recipe import Optimization, changed, load_recipe
from webagent.training.train import Report, train
from webagent.types import Box, Context, Decision, Observation, Step

pytest.importorskip("pyarrow")
SIGHT = Sight(height=16, width=16, patch=8, tiles=2)
PAGES = Sight(height=224, width=160, patch=16, merge=2, bar="keep")  # as in webgum-mini
WORDLESS = (
    "vision.html=off",
    "vision.white=0",
    "vision.blind=0",
    "data.compositions=0",
    "data.perturbed=0",
)
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0))


class Colours:
    """Batches whose texts are all alike; the target is the colour of a spot in the picture."""

    def __init__(self, frames: int = 1) -> None:
        self._before = frames - 1

    def __getitem__(self, step: int) -> Sequence[Example]:
        rng = np.random.default_rng(step)
        return [self._example(rng) for _ in range(8)]

    def _example(self, rng: np.random.Generator) -> Example:
        colour = int(rng.integers(4))
        picture = np.full((1, 16, 16, 3), 255, np.uint8)
        row, column = rng.integers(0, 8, 2)
        picture[0, row : row + 8, column : column + 8] = COLOURS[colour]
        white = np.full_like(picture, 255)
        frames = (white, picture) if self._before else (picture, None)
        target = np.array([20 + colour, 1], np.uint16)
        return Example(np.array([10, 11, 12, 1], np.uint16), target, frames)


def losses(folder: Path, frames: int, **sight: object) -> list[float]:
    seen: list[Report] = []
    plan = Optimization(steps=120, batch=8, rate=1e-2, warmup=5, seed=3)
    vision = new_vision("tiny", replace(SIGHT, **sight), 32)  # pyright: ignore
    model = initialise("tiny", 64, seed=1)
    assert train(model, Colours(frames), plan, folder, vision=vision, observers=[seen.append])
    return [one.loss for one in seen[-15:]]


@pytest.mark.parametrize("frames", [1, 2])
def test_a_colour_that_no_text_tells_is_learnt(tmp_path: Path, frames: int) -> None:
    assert np.mean(losses(tmp_path, frames)) < 0.3


def test_white_pictures_tell_nothing(tmp_path: Path) -> None:
    assert np.mean(losses(tmp_path, 1, image="white")) > 0.6  # of log(4) / 2 at best


class Figures:
    """Batches whose texts are all alike; the target is the figure on a picture of a page's size:
    a square, a disc or a triangle, anywhere below the bar.
    """

    side = 64

    def __getitem__(self, step: int) -> Sequence[Example]:
        rng = np.random.default_rng(step)
        return [self._example(rng) for _ in range(16)]

    def _example(self, rng: np.random.Generator) -> Example:
        kind, side = int(rng.integers(3)), self.side
        y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
        inside = (abs(x) <= 1, x**2 + y**2 < 1, abs(x) < (y + 1) / 2)[kind]
        page = np.full((210, 160, 3), 255, np.uint8)
        page[:50] = (255, 255, 0)
        row, column = rng.integers(50, 210 - side), rng.integers(0, 160 - side)
        page[row : row + side, column : column + side][inside] = 0
        target = np.array([20 + kind, 1], np.uint16)
        return Example(np.array([10, 11, 12, 1], np.uint16), target, (fitted(page, PAGES), None))


def test_a_figure_that_no_text_tells_is_learnt_from_pictures_of_pages(tmp_path: Path) -> None:
    seen: list[Report] = []
    plan = Optimization(steps=120, batch=16, rate=1e-2, warmup=5, seed=3)
    model, vision = initialise("tiny", 64, seed=1), new_vision("tiny", PAGES, 32)
    assert train(model, Figures(), plan, tmp_path, vision=vision, observers=[seen.append])
    assert np.mean([one.loss for one in seen[-15:]]) < 0.3  # of log(3) / 2, guessing
    assert {one.pictures for one in seen} == {16}


def test_a_run_that_sees_goes_on_exactly(tmp_path: Path) -> None:
    plan = Optimization(steps=4, batch=8, rate=1e-2, warmup=1, seed=3)
    found: list[torch.Tensor] = []
    for name, stop in (("whole", None), ("parts", 0.0)):
        done = False
        while not done:
            model, vision = initialise("tiny", 64, seed=1), new_vision("tiny", SIGHT, 32)
            done = train(model, Colours(), plan, tmp_path / name, vision=vision, stop_after=stop)
        found.append(torch.cat([one.flatten() for one in vision.parameters()]))
    assert torch.equal(*found)


class Glimpses(Colours):
    """Every third of whose examples has no picture."""

    def __getitem__(self, step: int) -> Sequence[Example]:
        found = super().__getitem__(step)
        return [replace(one, frames=one.frames if n % 3 else ()) for n, one in enumerate(found)]


@pytest.mark.parametrize("micro", [1, 10])
def test_portions_of_a_batch_see_their_own_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, micro: int
) -> None:
    monkeypatch.setattr("webagent.training.train.fastest", lambda device: torch.float32)
    plan = Optimization(steps=3, batch=8, rate=1e-2, warmup=1, seed=3)
    found: list[torch.Tensor] = []
    for name, one in (("whole", plan), ("less", plan.model_copy(update={"micro": micro}))):
        model, vision = initialise("tiny", 64, seed=1), new_vision("tiny", SIGHT, 32)
        parts = [*model.parameters(), *vision.parameters()]
        start = torch.cat([part.detach().flatten() for part in parts])
        assert train(model, Glimpses(), one, tmp_path / name, vision=vision)
        found.append(torch.cat([part.detach().flatten() for part in parts]))
    moved = (found[0] - start).abs().max()
    torch.testing.assert_close(found[1], found[0], atol=1e-3 * float(moved), rtol=0)


class Words:
    """An encoder that gives each text a few tokens."""

    def encode_many(self, texts: Sequence[str]) -> list[Ids]:
        return [np.array([2000 + len(text) % 100] * 3, np.uint16) for text in texts]


def demonstration(colours: Sequence[int], pictured: bool = True) -> list[tuple[Context, Decision]]:
    steps: list[tuple[Context, Decision]] = []
    past: tuple[Step, ...] = ()
    for colour in colours:
        picture = np.full((30, 16, 3), colour, np.uint8) if pictured else None
        seen = Observation('<b ref="1">x</b>', screenshot=picture)
        decision = Decision(actions.click(1))
        steps.append((Context("miniwob.a", "Do it.", seen, past), decision))
        past += (Step(seen, decision),)
    return steps


def test_examples_carry_their_pictures(tmp_path: Path) -> None:
    episodes = [demonstration([5, 6, 6]), demonstration([7], pictured=False), demonstration([6])]
    data = prepare(acting(episodes), Words(), tmp_path, {}, sight=SIGHT)
    again = prepare(iter(()), Words(), tmp_path, {}, sight=SIGHT)
    for found in (data, again):
        assert [shades(found.example(number)) for number in range(len(found))] == [
            [5, None],
            [6, 5],
            [6, 6],
            [None, None],
            [6, None],
        ]
        assert found.pictures is not None and len(found.pictures) == 2
    frame = data.example(0).frames[0]
    assert frame is not None
    assert np.array_equal(frame, fitted(np.full((30, 16, 3), 5, np.uint8), SIGHT))
    plain = prepare(acting(episodes), Words(), tmp_path / "plain", {})
    assert plain.pictures is None and plain.example(0).frames == ()
    none = prepare(acting([episodes[1]]), Words(), tmp_path / "none", {}, sight=SIGHT)
    assert none.example(0).frames == (None, None)


def test_pictures_are_made_anew_when_they_are_taken_otherwise(tmp_path: Path) -> None:
    episode = demonstration([5])
    picture = np.full((30, 16, 3), 9, np.uint8)
    picture[:14] = (255, 255, 0)
    seen = [(replace(one, observation=replace(one.observation, screenshot=picture)), decision)
            for one, decision in episode]  # fmt: skip
    for bar, top in (("crop", [9, 9, 9]), ("keep", [255, 255, 0])):
        sight = replace(SIGHT, bar=bar)  # pyright: ignore
        made = prepare(acting([seen]), Words(), tmp_path, {}, sight=sight)
        frame = made.example(0).frames[0]
        assert frame is not None and frame[0, 0, 0].tolist() == top
    about = tmp_path / "prepared.json"
    plain = json.loads(about.read_text("utf-8"))
    plain["made_of"]["pictures"] = [16, 16, 2]  # as an earlier version said
    about.write_text(json.dumps(plain), "utf-8")
    assert len(prepare(acting([seen] * 2), Words(), tmp_path, {}, sight=sight)) == 2


def shades(example: Example) -> list[int | None]:
    return [None if frame is None else int(frame[0, 0, 0, 0]) for frame in example.frames]


def test_batches_made_ahead_are_the_same(tmp_path: Path) -> None:
    episodes = [demonstration([n, n + 1]) for n in range(100)]
    data = prepare(acting(episodes), Words(), tmp_path, {}, sight=SIGHT)
    plain, ahead = Batches([data], 8, seed=1), Ahead(Batches([data], 8, seed=1))
    for step in (0, 1, 2, 70, 3):
        for one, other in zip(plain[step], ahead[step], strict=True):
            assert np.array_equal(one.source, other.source)
            for mine, theirs in zip(one.frames, other.frames, strict=True):
                assert mine is theirs is None or np.array_equal(mine, theirs)


PAGE = '<p ref="1">Which?</p><button ref="2">dark</button><button ref="3">light</button>'
BOXES = ((1, 0.0, 50.0, 40.0, 10.0), (2, 0.0, 70.0, 40.0, 10.0), (3, 0.0, 90.0, 40.0, 10.0))


def test_some_examples_lose_what_they_see(tmp_path: Path) -> None:
    episodes = [demonstration([5, 6]) for _ in range(100)]
    data = prepare(acting(episodes), Words(), tmp_path, {}, sight=SIGHT)
    batches = Batches([data], 100, dropout=PictureDropout(white=0.2, blind=0.3, forget=0.25))
    seen = Counter(tuple(shades(one)) for step in range(40) for one in batches[step])
    total = sum(seen.values())
    assert set(seen) == {(), (5, None), (5,), (6, 5), (6,), (255, None), (255, 255)}
    assert seen[255, 255] + seen[255, None] == pytest.approx(0.2 * total, rel=0.15)
    assert seen[()] == pytest.approx(0.3 * total, rel=0.15)
    assert seen[5,] + seen[6,] == pytest.approx(0.25 * total, rel=0.15)
    again = Batches([data], 100, dropout=PictureDropout(white=0.2, blind=0.3, forget=0.25))[17]
    assert [shades(one) for one in again] == [shades(one) for one in batches[17]]


def test_a_picture_costs_a_batch_as_much_as_text_does(tmp_path: Path) -> None:
    seen, blind = [demonstration([5, 6])] * 50, [demonstration([5, 6], pictured=False)] * 50
    sight = replace(SIGHT, width=800)  # two tiles a screenshot
    data = prepare(acting([*seen, *blind]), Words(), tmp_path, {}, sight=sight)
    tile = 16 * 800 / PIXELS
    assert data.costs.tolist() == [
        length + int(tile * count)
        for length, count in zip(data.lengths, [2, 4] * 50 + [0] * 100, strict=True)
    ]
    assert data.costs.tolist() == [data.example(number).cost for number in range(len(data))]
    batches = [Batches([data], 40)[step] for step in range(32)]
    tiles = [[sum(len(one) for one in e.frames if one is not None) for e in b] for b in batches]
    costs = [sum(3 + tile * count for count in each) for each in tiles]
    assert max(costs) < 1.5 * min(costs)


def png(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (160, 210), (shade, shade, shade)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer, a text model, and demonstrations with and without pictures."""
    place = tmp_path_factory.mktemp("seen")
    tokenizer = train_tokenizer([PAGE] * 3, 2250)
    tokenizer.save(place / "words")
    model = initialise("tiny", len(tokenizer), 0)
    checkpoint.save(place / "text", model, tokenizer.rules.to_str())
    config = effective(Setup(suite="toy", policy="toy"), {}, [], "element", "toy 1.0")
    for name in ("seen", "unseen"):
        with DemonstrationWriter(
            place / name, Manifest(name="toy", source="toy", config=config)
        ) as writer:
            for seed in range(1_000_000, 1_000_016):
                writer.append(rows(seed, name == "seen"))
            writer.finish()
    return place


def rows(seed: int, pictured: bool) -> list[Row]:
    dark = seed % 2
    done = [str(actions.click(2 if dark else 3)), str(actions.click(1))]
    return [
        Row(
            task="miniwob.click-color", seed=seed, episode=f"miniwob.click-color#{seed}", step=step,
            steps=2, success=True, instruction="Press what it is.", html=PAGE, action=action,
            history=tuple(Past(one) for one in done[:step]), boxes=BOXES,
            screenshot=png(20 if dark else 230) if pictured else None,
        )
        for step, action in enumerate(done)
    ]  # fmt: skip


TINY = ["vision.size=tiny", "train.steps=3", "train.batch=4", "data.longest=256"]


def job(folders: Path, place: Path, *changes: str, data: Sequence[str] = ("seen",)) -> Job:
    recipe = changed(load_recipe("webgum-mini"), [*TINY, *changes])
    return Job(
        recipe=recipe, data=[folders / one for one in data], out=place / "model",
        work=place / "work", start=folders / "text",
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [(), ("vision.frames=1",), ("vision.image=white",), WORDLESS],
)
def test_a_text_model_gets_eyes_and_plays(
    folders: Path, tmp_path: Path, changes: Sequence[str]
) -> None:
    assert learn(job(folders, tmp_path, *changes, data=["unseen", "seen"]))
    vision = checkpoint.load_vision(tmp_path / "model")
    assert vision is not None
    assert vision.sight.frames == (1 if "vision.frames=1" in changes else 2)
    card = read_card(tmp_path / "model")
    if "data.compositions=0" in changes:
        assert card["pictures"] == 2 and card["pictured_examples"] == 32
    else:
        assert card["pictured_examples"] > 32  # compositions have pictures too
    shown = card["pictures_a_step"]
    assert isinstance(shown, float) and shown > 0
    assert card["bytes_a_step"] == pytest.approx(shown * 224 * 160 * 3, rel=0.1)
    assert len(read_log(tmp_path / "work")) == 3
    player = load_policy(str(tmp_path / "model"))
    seen = Observation(
        PAGE, boxes={ref: Box(*box) for ref, *box in BOXES},
        screenshot=np.zeros((210, 160, 3), np.uint8),
    )  # fmt: skip
    [decision] = player.act([Context("t", "Press what it is.", seen)])
    assert decision.action.name in actions.ACTIONS


def test_eyes_are_gone_on_with(folders: Path, tmp_path: Path) -> None:
    assert learn(job(folders, tmp_path / "one"))
    more = job(folders, tmp_path / "two", "train.rate=1e-9", "train.steps=1")
    assert learn(replace(more, start=tmp_path / "one" / "model"))
    first, second = (checkpoint.load_vision(tmp_path / n / "model") for n in ("one", "two"))
    assert first is not None and second is not None
    assert torch.equal(first.project.weight, second.project.weight)
    one_frame = job(folders, tmp_path / "three", "train.steps=1", "vision.frames=1")
    assert learn(replace(one_frame, start=tmp_path / "one" / "model"))
    third = checkpoint.load_vision(tmp_path / "three" / "model")
    assert third is not None and third.sight.frames == 1
    with pytest.raises(RunError, match=r"vision\.frames=1"):
        learn(replace(more, start=tmp_path / "three" / "model"))
    for change, said in (("merge=1", "merge=2"), ("bar=crop", "bar=keep")):
        other = job(folders, tmp_path / "four", f"vision.{change}")
        with pytest.raises(RunError, match=f"set vision.{said}"):
            learn(replace(other, start=tmp_path / "one" / "model"))


def test_a_run_is_of_the_eyes_that_it_began_with(folders: Path, tmp_path: Path) -> None:
    loaded = checkpoint.load(folders / "text")
    for seed in (1, 2):
        eyes = new_vision("tiny", PAGES, 32, seed)
        checkpoint.save(tmp_path / "begun", loaded.model, loaded.tokenizer, vision=eyes)
        begun = replace(job(folders, tmp_path), start=tmp_path / "begun", stop_after=0.0)
        if seed == 1:
            assert not learn(begun)
        else:
            with pytest.raises(RunError, match=r"another training run \(from"):
                learn(begun)


def test_what_eyes_cost_is_measured(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.model.seeing.PAGES", 1)  # what has learnt nothing writes much
    assert seeing(folders / "text", folders / "seen", 1) == {}
    loaded = checkpoint.load(folders / "text")
    eyes = new_vision("tiny", Sight(height=224, patch=32, bar="keep"), 32)
    checkpoint.save(tmp_path / "model", loaded.model, loaded.tokenizer, vision=eyes)
    found = seeing(tmp_path / "model", folders / "seen", 1)
    assert found["bytes"] == found["pictures"] * 224 * 160 * 3 > 0
    assert found["examples"] == 16 and found["loader"] > found["steps"] > 0
    assert [row["batch"] for row in found["playing"]] == [1, 2, 8]
    assert all(row["seeing"] > 0 < row["blind"] for row in found["playing"])


def test_a_vit_that_a_user_has_is_trained_on(folders: Path, tmp_path: Path) -> None:
    config = ViTConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        image_size=64, patch_size=32,
    )  # fmt: skip
    ViTModel(config).save_pretrained(tmp_path / "vit")
    begin = f"vision.vit={tmp_path / 'vit'}"
    size = ["vision.height=64", "vision.width=64", "vision.patch=32"]
    assert learn(job(folders, tmp_path, begin, *size))
    with pytest.raises(
        RunError, match=r"set vision\.height=64, vision\.width=64, vision\.patch=32"
    ):
        learn(job(folders, tmp_path, begin))


def test_without_image_a_plain_model_is_trained(folders: Path, tmp_path: Path) -> None:
    assert learn(job(folders, tmp_path, "vision.image=off"))
    assert checkpoint.load_vision(tmp_path / "model") is None


@pytest.mark.parametrize(
    ("changes", "data", "said"),
    [
        ((), "unseen", "--screenshots"),
        (("vision.size=huge",), "seen", "No eyes are called"),
        (("vision.height=100",), "seen", "vision.height"),
    ],
)
def test_what_cannot_be_seen_is_told(
    folders: Path, tmp_path: Path, changes: Sequence[str], data: str, said: str
) -> None:
    with pytest.raises(RunError, match=said):
        learn(job(folders, tmp_path, *changes, data=[data]))
