"""Tasks as Gymnasium environments, over recorded pages."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from webagent import actions, gym
from webagent.browser.protocol import Page
from webagent.browser.recorded import RecordedBrowser, Recording, state
from webagent.browser.session import Session
from webagent.errors import BrowserError
from webagent.gym import Unicode, WebAgentEnv, environment_id
from webagent.tasks.protocol import FIRST_TRAINING_SEED, Start
from webagent.tasks.suites import suite, suite_names
from webagent.types import Box, Json, Verdict

PAGES = {
    "/shop": Recording(
        {
            "asked": state(
                '<button ref="1">Buy</button>',
                probe=0,
                moves={"click(1)": "bought", "click(2)": "asked", "done()": "asked"},
                boxes={1: Box(0, 0, 10, 10)},
            ),
            "bought": state("<p>Thanks</p>", probe=1),
        }
    )
}
CHECKED = "webagent/miniwob.click-button-v1"


class Shop:
    """A task of one click."""

    id = "test.shop"
    step_limit = 3
    labels: Mapping[str, Json] = {}

    def start(self, seed: int) -> Start:
        return Start("/shop", begin=f"seed {seed}", window=(160, 210))

    def judge(self, probe: Json) -> Verdict:
        return Verdict("Buy it", done=probe == 1, raw_reward=0.75, success=False, facts={"n": 1})


class Broken(RecordedBrowser):
    """A browser that fails at some calls."""

    def __init__(self, resets: int = 0, steps: int = 0) -> None:
        super().__init__(PAGES)
        self.left = {"reset": resets, "step": steps}

    def reset(self, starts: Any) -> Any:
        return self.fail("reset", starts) or super().reset(starts)

    def step(self, actions: Any) -> Any:
        return self.fail("step", actions) or super().step(actions)

    def fail(self, name: str, slots: Any) -> Any:
        self.left[name] -= 1
        return dict.fromkeys(slots, BrowserError("gone")) if self.left[name] >= 0 else None


@pytest.fixture
def env() -> WebAgentEnv:
    return WebAgentEnv(Shop(), browser=RecordedBrowser(PAGES))


def test_an_episode(env: WebAgentEnv):
    observation, info = env.reset(seed=7)
    assert observation == {
        "html": '<button ref="1">Buy</button>',
        "instruction": "Buy it",
        "error": "",
    }
    assert observation in env.observation_space
    assert (info["seed"], info["success"], info["facts"]) == (7, False, {"n": 1})
    assert info["boxes"][1] == Box(0, 0, 10, 10)
    observation, reward, terminated, truncated, info = env.step("click(1)")
    assert observation["html"] == "<p>Thanks</p>"
    assert (reward, terminated, truncated, info["raw_reward"]) == (0.75, True, False, 0.75)


def test_reward_is_zero_before_the_end(env: WebAgentEnv):
    env.reset(seed=1)
    assert env.step("click(2)")[1:4] == (0.0, False, False)


@pytest.mark.parametrize("text", ["", "click", "click(", "buy()", "import os", "\ud800\0", "🦀"])
def test_text_that_is_no_action_costs_a_step(env: WebAgentEnv, text: str):
    env.reset(seed=1)
    for last in (False, False, True):
        observation, reward, terminated, truncated, _ = env.step(text)
        assert observation["error"]
        assert observation["html"] == '<button ref="1">Buy</button>'
        assert observation in env.observation_space
        assert (reward, terminated, truncated) == (0.0, False, last)


def test_an_error_is_said_once(env: WebAgentEnv):
    env.reset(seed=1)
    assert env.step("tap(1)")[0]["error"]
    assert env.step("click(2)")[0]["error"] == ""


def test_actions_may_be_objects(env: WebAgentEnv):
    env.reset(seed=1)
    assert env.step(actions.click(1))[2]


def test_done_ends_without_reward(env: WebAgentEnv):
    env.reset(seed=1)
    assert env.step("done()")[1:4] == (0.0, True, False)


def test_seeds_are_drawn_for_training(env: WebAgentEnv):
    env.reset(seed=5)
    drawn = [env.reset()[1]["seed"] for _ in range(20)]
    assert min(drawn) >= FIRST_TRAINING_SEED
    assert len(set(drawn)) == 20
    env.reset(seed=5)
    assert [env.reset()[1]["seed"] for _ in range(20)] == drawn


def test_the_seed_makes_the_page():
    pages = {f"seed {seed}": Recording({"only": state(f"page {seed}")}) for seed in (3, 4)}
    env = WebAgentEnv(Shop(), browser=RecordedBrowser(pages))
    assert env.reset(seed=3)[0]["html"] == "page 3"
    assert env.reset(seed=4)[0]["html"] == "page 4"


def test_a_browser_that_fails_at_a_step_truncates():
    env = WebAgentEnv(Shop(), browser=Broken(steps=1))
    env.reset(seed=1)
    observation, reward, terminated, truncated, info = env.step("click(1)")
    assert observation in env.observation_space
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["browser_error"] == "gone"
    env.reset(seed=1)
    assert env.step("click(1)")[2]


def test_reset_tries_again_and_then_raises():
    WebAgentEnv(Shop(), browser=Broken(resets=2)).reset(seed=1)
    with pytest.raises(BrowserError, match="gone"):
        WebAgentEnv(Shop(), browser=Broken(resets=3)).reset(seed=1)


def test_a_browser_without_pictures_says_so():
    env = WebAgentEnv(Shop(), browser=RecordedBrowser(PAGES), screenshots=True)
    assert env.observation_space["screenshot"].shape == (210, 160, 3)
    with pytest.raises(BrowserError, match="no screenshots"):
        env.reset(seed=1)


def test_text_space():
    space = Unicode(seed=3)
    samples = [space.sample() for _ in range(50)]
    assert all(sample in space for sample in samples)
    assert "\ud800\0é" in space and 3 not in space
    assert [Unicode(seed=3).sample() for _ in range(2)] == [samples[0]] * 2
    assert space == Unicode() and hash(space) == hash(Unicode()) and repr(space) == "Unicode()"
    assert space.from_jsonable(space.to_jsonable(samples)) == samples
    assert not space.is_np_flattenable


def test_every_task_is_registered_once():
    ids = {environment_id(task) for name in suite_names() for task in suite(name)}
    assert CHECKED in ids
    assert ids == {one for one in gymnasium.registry if one.startswith("webagent/")}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Gymnasium warns when an id comes twice
        gym.register()


@pytest.mark.parametrize("mode", [None, "rgb_array"])
def test_gymnasiums_own_checker(mode: str | None):
    env = gymnasium.make(f"webagent.gym:{CHECKED}", render_mode=mode)
    check_env(env.unwrapped)
    env.close()


def test_a_real_page(browser: Session):
    env = WebAgentEnv("miniwob.click-button", browser=browser, render_mode="rgb_array")
    observation, info = env.reset(seed=3)
    picture = env.render()
    assert isinstance(picture, np.ndarray) and picture.std() > 0
    assert observation["screenshot"].shape == env.observation_space["screenshot"].shape
    assert observation["instruction"].startswith("Click")
    results = []
    for ref in info["boxes"]:
        env.reset(seed=3)
        _, reward, terminated, _, info = env.step(f"click({ref})")
        results.append((reward, terminated, info["success"]))
    assert (1.0, True, True) in results


def test_several_environments_at_once():
    envs = gymnasium.vector.SyncVectorEnv(
        [lambda: WebAgentEnv(Shop(), browser=RecordedBrowser(PAGES)) for _ in range(2)]
    )
    observations, infos = envs.reset(seed=[1, 2])
    assert list(infos["seed"]) == [1, 2]
    assert observations["html"] == ('<button ref="1">Buy</button>',) * 2
    _, rewards, terminated, _, _ = envs.step(("click(1)", "click(2)"))
    assert list(rewards) == [0.75, 0.0]
    assert list(terminated) == [True, False]


def test_recorded_pages_are_pages():
    assert isinstance(RecordedBrowser(PAGES).reset({0: Shop().start(0)})[0], Page)
