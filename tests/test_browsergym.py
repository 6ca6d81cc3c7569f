"""Our tasks in BrowserGym. It needs an environment of its own: `pip install -e '.[browsergym]'`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

pytest.importorskip("browsergym.core")

import gymnasium
from browsergym.core.task import AbstractBrowserTask
from playwright.sync_api import BrowserType

from webagent import browsergym
from webagent.browser.install import Executable, find_browser
from webagent.browsergym import BrowserGymTask, environment_id
from webagent.errors import BrowserMissing, TaskError
from webagent.tasks.suites import load_task, suite, suite_names

COMPOSED = "compwob.click-link_click-dialog"
SEED = 3


@pytest.fixture(scope="module")
def chromium() -> Iterator[Executable]:
    """Lets BrowserGym's Playwright, with its chat window, start the browser that is here."""
    try:
        found = find_browser()
    except BrowserMissing as missing:
        pytest.skip(str(missing))
    launch = BrowserType.launch
    with pytest.MonkeyPatch.context() as patch:

        def start(self: BrowserType, **options: Any) -> Any:
            return launch(self, executable_path=str(found.path), **options)

        patch.setattr(BrowserType, "launch", start)
        yield found


def opened(task_id: str) -> Any:
    return gymnasium.make(environment_id(task_id), pre_observation_delay=0.1, slow_mo=0)


@pytest.fixture(scope="module")
def composed(chromium: Executable) -> Iterator[Any]:
    env = opened(COMPOSED)
    yield env
    env.close()


def bid(observation: dict[str, Any], name: str) -> str:
    """BrowserGym's id of the node with this accessible name."""
    nodes = observation["axtree_object"]["nodes"]
    named = [n for n in nodes if n.get("name", {}).get("value") == name and "browsergym_id" in n]
    assert named, f"nothing is called {name}"
    return named[0]["browsergym_id"]


def test_every_task_is_registered_once():
    ids = {environment_id(task) for name in suite_names() for task in suite(name)}
    assert ids <= set(gymnasium.registry)
    assert f"browsergym/webagent.{COMPOSED}" in ids
    browsergym.register()
    assert gymnasium.spec(environment_id(COMPOSED)).max_episode_steps == 20


def test_it_is_a_task_of_browsergym():
    task = BrowserGymTask(SEED, COMPOSED)
    assert isinstance(task, AbstractBrowserTask)
    width, height = load_task(COMPOSED).start(SEED).window
    assert task.viewport == {"width": width, "height": height}
    assert BrowserGymTask(None, COMPOSED).seed >= 1_000_000


def test_an_episode(composed: Any):
    observation, info = composed.reset(seed=SEED)
    assert observation["goal"].startswith("Click on the link")
    assert info["task_info"] == {
        "task": COMPOSED,
        "seed": SEED,
        "raw_reward": 0,
        "success": False,
        "facts": info["task_info"]["facts"],
    }
    again, _ = composed.reset(seed=SEED)
    assert again["goal"] == observation["goal"]
    assert composed.reset(seed=SEED + 1)[0]["goal"] != observation["goal"]


def test_the_page_has_its_size_and_no_display_for_humans(composed: Any):
    observation, _ = composed.reset(seed=SEED)
    width, height = load_task(COMPOSED).start(SEED).window
    assert observation["screenshot"].shape == (height, width, 3)
    names = [n["name"]["value"] for n in observation["axtree_object"]["nodes"] if "name" in n]
    assert "Close" in names  # the dialog's button
    assert not [name for name in names if "reward" in name or observation["goal"] in name]


def test_actions_of_browsergym_play_the_task(chromium: Executable):
    env = opened("miniwob.click-button")
    observation, _ = env.reset(seed=SEED)
    label = observation["goal"].split('"')[1]
    _, reward, terminated, truncated, info = env.step(f"click({bid(observation, label)!r})")
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert info["task_info"]["success"] and info["task_info"]["raw_reward"] == 1
    env.close()


def test_a_wrong_click_ends_without_reward(chromium: Executable):
    env = opened("miniwob.click-test-2")
    observation, _ = env.reset(seed=SEED)
    _, reward, terminated, _, info = env.step(f"click({bid(observation, 'TWO')!r})")
    assert (reward, terminated) == (0.0, True)
    assert info["task_info"]["raw_reward"] == -1
    env.close()


@pytest.mark.parametrize(
    "task_id", ["miniwob.enter-text", "compwob-reverse.click-link_click-dialog"]
)
def test_the_expert_solves_it(chromium: Executable, task_id: str):
    env = opened(task_id)
    env.reset(seed=SEED)
    env.unwrapped.task.cheat(env.unwrapped.page, [])
    _, reward, terminated, _, _ = env.step("noop(0)")
    assert (reward, terminated) == (1.0, True)
    env.close()


def test_a_form_does_not_leave_the_task(chromium: Executable):
    env = opened("miniwob.login-user")
    env.reset(seed=SEED)
    page = env.unwrapped.page
    url = page.url
    page.evaluate("const f = document.createElement('form'); document.body.append(f); f.submit()")
    _, reward, terminated, _, _ = env.step("noop(0)")
    assert (page.url, reward, terminated) == (url, 0.0, False)
    env.close()


def test_leaving_the_page_ends_the_episode(composed: Any):
    composed.reset(seed=SEED)
    _, reward, terminated, _, info = composed.step("goto('about:blank')")
    assert (reward, terminated) == (0.0, True)
    assert "left" in info["task_info"]["error"]


def test_an_unknown_task():
    with pytest.raises(TaskError, match="no task"):
        BrowserGymTask(1, "miniwob.click-nothing")


def test_teardown_ends_the_server(composed: Any):
    composed.reset(seed=SEED)
    task = composed.unwrapped.task
    url = composed.unwrapped.page.url
    with urlopen(url) as page:
        assert page.status == 200
    task.teardown()
    task.teardown()
    with pytest.raises(URLError):
        urlopen(url)
