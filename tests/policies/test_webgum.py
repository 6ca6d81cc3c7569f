"""The policy that sees: it asks for screenshots, and senses can be taken from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from webagent.actions import ACTIONS, Action
from webagent.browser.protocol import Mode, Page
from webagent.errors import PolicyError
from webagent.nn import checkpoint
from webagent.nn.html_t5 import initialise
from webagent.nn.senses import Sight
from webagent.nn.tokenizer import train
from webagent.nn.vision import new_vision
from webagent.play import Job, play
from webagent.policies.load import load_policy
from webagent.policies.models import source_of
from webagent.policies.protocol import sees
from webagent.policies.webgum import WebGumPolicy
from webagent.tasks.protocol import Start
from webagent.types import Box, Context, Decision, Json, Observation, Step, Verdict

PAGE = '<div><button ref="3">Go</button><input ref="4" type="text"><a ref="7">More</a></div>'
BOXES = {3: Box(0, 60, 20, 10), 4: Box(0, 80, 100, 10), 7: Box(90, 100, 20, 10)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learnt nothing and sees strongly."""
    tokenizer = train([PAGE] * 3, 2200)
    place = tmp_path_factory.mktemp("models") / "toy"
    made = initialise("tiny", len(tokenizer), 0)
    vision = new_vision("tiny", Sight(patch=8), 32)
    vision.project.weight.data *= 30
    for block in made.decoder.block:
        block.layer[1].EncDecAttention.o.weight.data *= 10
    checkpoint.save(place, made, tokenizer.rules.to_str(), vision=vision)
    return place


def seen(shade: int | None) -> Observation:
    picture = None if shade is None else np.full((210, 160, 3), shade, np.uint8)
    return Observation(PAGE, boxes=BOXES, screenshot=picture)


def context(now: int | None, before: int | None = 0) -> Context:
    step = Step(seen(before), Decision(ACTIONS["click"](3)))
    return Context("t", "Press Go.", seen(now), (step,))


def answers(policy: WebGumPolicy, contexts: list[Context]) -> list[str]:
    return [str(one.action) for one in policy.act(contexts)]


SHADES = [context(shade) for shade in (0, 60, 120, 180, 255)]
BEFORE = [context(0, shade) for shade in (0, 60, 120, 180, 255)]


def test_pictures_count_unless_they_are_white_or_off(folder: Path):
    def differ(contexts: list[Context], **options: str | int) -> bool:
        policies = [
            WebGumPolicy(folder, temperature=2.0, seed=seed, **options)  # pyright: ignore
            for seed in range(4)
        ]
        return any(len(set(answers(policy, contexts))) > 1 for policy in policies)

    assert differ(SHADES) and differ(BEFORE)
    assert differ(SHADES, frames=1) and not differ(BEFORE, frames=1)
    assert not differ(SHADES, image="white") and not differ(SHADES, image="off")


def test_the_spec_takes_senses_away(folder: Path):
    assert sees(load_policy(str(folder)))
    assert not sees(load_policy(f"{folder}?image=off&seed=3"))
    assert not sees(load_policy("random"))
    blind = load_policy(f"{folder}?html=off&frames=1&image=white&temperature=0.5")
    [decision] = blind.act([context(0)])
    assert decision.action.name in ACTIONS
    for wrong in ("image=blue", "html=white", "frames=3", "eyes=2"):
        with pytest.raises(PolicyError, match=r"image=on|1 to 2"):
            load_policy(f"{folder}?{wrong}")


def test_a_missing_screenshot_is_told_but_a_missing_past_is_not(folder: Path):
    policy = WebGumPolicy(folder)
    with pytest.raises(PolicyError, match="no screenshot"):
        policy.act([context(None)])
    assert len(policy.act([context(0, None), Context("t", "Go.", seen(0))])) == 2
    assert len(WebGumPolicy(folder, image="off").act([context(None)])) == 1


def test_a_model_without_eyes_is_told(folder: Path, tmp_path: Path):
    loaded = checkpoint.load(folder)
    checkpoint.save(tmp_path / "text", loaded.model, loaded.tokenizer)
    with pytest.raises(PolicyError, match="no eyes"):
        WebGumPolicy(tmp_path / "text")
    with pytest.raises(PolicyError, match="no options"):
        load_policy(f"{tmp_path / 'text'}?image=off")


def test_changed_eyes_are_another_policy(folder: Path):
    before = source_of(str(folder))
    loaded, vision = checkpoint.load(folder), checkpoint.load_vision(folder)
    assert vision is not None
    vision.place.data += 1
    checkpoint.save(folder, loaded.model, loaded.tokenizer, vision=vision)
    after = source_of(str(folder))
    assert before["sha256"] == after["sha256"] and before != after


class OneClick:
    """A task that is over after an action."""

    id = "miniwob.one-click"
    step_limit = 2
    labels: Mapping[str, Json] = {}

    def start(self, seed: int) -> Start:
        return Start(url="/one.html")

    def judge(self, probe: Json) -> Verdict:
        return Verdict("Press Go.", bool(probe), 1.0, bool(probe))


class Camera:
    """A browser that takes a picture if it is asked to."""

    slots, mode, version = 1, Mode.ELEMENT, "toy 1.0"

    def __init__(self) -> None:
        self.asked: list[bool] = []

    def reset(self, starts: Mapping[int, Start]) -> dict[int, Page]:
        self.asked += [start.screenshots for start in starts.values()]
        return {slot: Page(seen(9 if one.screenshots else None), 0) for slot, one in starts.items()}

    def step(self, todo: Mapping[int, Action]) -> dict[int, Page]:
        return {slot: Page(seen(9), 1) for slot in todo}

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("options", "asked"), [("", True), ("?image=off", False)])
def test_the_play_loop_takes_pictures_for_it(folder: Path, options: str, asked: bool):
    camera = Camera()
    [episode] = play([Job(OneClick(), 0)], load_policy(f"{folder}{options}"), camera)
    assert episode.success and camera.asked == [asked]
