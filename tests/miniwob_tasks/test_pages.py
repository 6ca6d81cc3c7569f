"""Every page starts, can be started again, and reports its reward."""

import pytest

import miniwob_tasks
from miniwob_tasks.catalog import catalog
from miniwob_tasks.pages import MiniWobTask
from webagent import actions
from webagent.browser.protocol import Page
from webagent.errors import TaskError
from webagent.tasks.protocol import EPISODE_MS, Variant


@pytest.mark.parametrize("name", list(catalog()))
def test_page_starts_and_starts_again_the_same(browser, name):
    task = MiniWobTask(name)
    first = browser.reset({0: task.start(0)})[0]
    assert isinstance(first, Page), first
    verdict = task.judge(first.probe)
    assert verdict.instruction
    assert (verdict.done, verdict.raw_reward, verdict.success) == (False, 0.0, False)
    for ref in sorted(first.observation.boxes)[:10]:
        page = browser.step({0: actions.click(ref)})[0]
        assert isinstance(page, Page), page
        verdict = task.judge(page.probe)
        assert -1 <= verdict.raw_reward <= 1
    again = browser.reset({0: task.start(0), 1: task.start(0)})
    assert [again[slot].observation.html for slot in (0, 1)] == [first.observation.html] * 2
    assert not task.judge(again[0].probe).done


def test_seeds_make_different_pages(browser):
    task = MiniWobTask("click-link")
    pages = browser.reset({0: task.start(1), 1: task.start(2)})
    assert pages[0].observation.html != pages[1].observation.html


def test_wrong_click_fails_and_right_click_succeeds(browser):
    task = MiniWobTask("click-test-2")
    for label, success in (("ONE", True), ("TWO", False)):
        page = browser.reset({0: task.start(0)})[0]
        verdict = task.judge(_click(browser, page, f">{label}<").probe)
        assert (verdict.done, verdict.success) == (True, success)
        assert verdict.raw_reward == (1.0 if success else -1.0)


def test_episode_timer_is_an_option(browser):
    for timer, done in ((True, True), (False, False)):
        task = MiniWobTask("click-test", episode_timer=timer)
        browser.reset({0: task.start(0)})
        for _ in range(21):  # half a second each, and click-test gives ten
            page = browser.step({0: actions.press("ArrowDown")})[0]
        assert task.judge(page.probe).done is done


def test_page_is_asked_for_its_sentence_where_it_answers_with_an_object(browser):
    task = MiniWobTask("email-inbox-forward-nl")
    page = browser.reset({0: task.start(0)})[0]
    assert task.judge(page.probe).instruction == page.probe["instruction"]
    assert isinstance(page.probe["instruction"], str)


@pytest.mark.parametrize(
    ("name", "raw", "success"),
    [
        ("click-checkboxes", 0.999999999, True),
        ("click-checkboxes", 0.66, False),
        ("find-greatest", 0.1, False),
        ("circle-center", 0.93, True),
        ("circle-center", 0.85, False),
        ("bisect-angle", None, False),
    ],
)
def test_full_reward_or_the_threshold_is_success(name, raw, success):
    verdict = MiniWobTask(name).judge({"done": True, "raw": raw, "instruction": "x"})
    assert verdict.success is success


def test_a_running_episode_has_no_reward():
    verdict = MiniWobTask("click-link").judge({"done": False, "raw": 1.0, "instruction": "x"})
    assert (verdict.success, verdict.raw_reward) == (False, 0.0)


def test_seed_goes_into_the_page_as_a_number():
    start = MiniWobTask("click-link").start(7)
    assert start.options == {
        "seed": 7,
        "episodeTime": EPISODE_MS,
        "clean": True,
        "renew": False,
    }
    assert start.begin == MiniWobTask("click-link").start(8).begin


def test_tasks_are_found_by_id():
    task = miniwob_tasks.task("miniwob.click-link", Variant(episode_timer=True))
    assert task == MiniWobTask("click-link", episode_timer=True)
    assert miniwob_tasks.task("compwob.click-link_click-button", Variant()) is None


@pytest.mark.parametrize("task_id", ["miniwob.moving-items", "miniwob.click-linc", "miniwob."])
def test_unknown_page_is_an_error(task_id):
    with pytest.raises(TaskError, match="no task"):
        miniwob_tasks.task(task_id, Variant())


def test_page_without_engine_is_an_error():
    with pytest.raises(TaskError, match="did not start"):
        MiniWobTask("click-link").judge(None)


def _click(browser, page, mark):
    before = page.observation.html.split(mark)[0]
    ref = int(before.rsplit('ref="', 1)[1].split('"')[0])
    return browser.step({0: actions.click(ref)})[0]
