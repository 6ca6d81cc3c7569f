"""Published CompWoB pages: from a user's folder, through the same tasks and experts."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from webagent.actions import click
from webagent.browser.session import open_browser
from webagent.errors import TaskError
from webagent.play import Job, play
from webagent.policies.expert import ExpertPolicy
from webagent.tasks.official import (
    HASHES,
    check_pages,
    official_task,
    official_tasks,
    page_name,
    page_names,
    read_hashes,
)
from webagent.tasks.suites import load_expert, load_task, suite
from webagent.types import Decision, Ending

PAGES = Path(__file__).parents[1] / "pages" / "official"
NAME = "click-link_click-dialog"
IDS = (f"compwob.{NAME}", f"compwob-reverse.{NAME}")


class First:
    """Clicks the first element of the page, then the next, whatever was asked."""

    def act(self, contexts):
        return [Decision(click(len(context.history) + 1)) for context in contexts]


@pytest.mark.parametrize("task_id", IDS)
def test_the_expert_plays_official_pages(browser, task_id):
    task = official_task(task_id, PAGES)
    jobs = [Job(task, seed) for seed in range(4)]
    episodes = list(play(jobs, ExpertPolicy(load_expert), browser))
    assert [episode.ending for episode in episodes] == [Ending.SUCCESS] * 4
    assert {episode.verdict.raw_reward for episode in episodes} == {1.0}
    assert all("on the link" in episode.verdict.instruction for episode in episodes)
    begins = {episode.verdict.instruction.split()[0] for episode in episodes}
    assert begins == ({"Close"} if "reverse" in task_id else {"Click"})


def test_wrong_actions_fail(browser):
    jobs = [Job(official_task(IDS[0], PAGES), seed) for seed in range(4)]
    episodes = list(play(jobs, First(), browser))
    assert {episode.ending for episode in episodes} <= {Ending.FAILURE, Ending.SUCCESS}
    failed = [one for one in episodes if one.ending is Ending.FAILURE]
    assert failed
    assert all(one.verdict.raw_reward == -1.0 for one in failed)


def test_a_seed_gives_one_page_in_any_slot(browser):
    task = official_task(IDS[0], PAGES)
    first, second = (browser.reset({slot: task.start(3)})[slot] for slot in (0, 1))
    other = browser.reset({0: task.start(4)})[0]
    assert first.observation.html == second.observation.html != other.observation.html


def test_the_task_is_the_one_it_replaces():
    task, like = official_task(IDS[1], PAGES), load_task(IDS[1])
    assert task.id == IDS[1]
    assert task.step_limit == like.step_limit
    for label in ("group", "parts", "order", "count"):
        assert task.labels[label] == like.labels[label]
    assert task.labels["pages"] == "official files"
    assert task.labels["text"] == "official"
    assert task.start(0).url == f"/official/{NAME}-reverse.html"
    assert task.start(0).window == like.start(0).window


def test_labels_follow_the_file(tmp_path):
    shutil.copytree(PAGES, tmp_path / "pages")
    before = official_task(IDS[0], tmp_path / "pages").labels["sha256"]
    with (tmp_path / "pages" / f"{NAME}.html").open("a") as file:
        file.write("<!-- changed -->")
    assert official_task(IDS[0], tmp_path / "pages").labels["sha256"] != before


def test_a_page_without_an_engine_is_an_error(tmp_path):
    (tmp_path / f"{NAME}.html").write_text("<!DOCTYPE html><title>Nothing</title>")
    with open_browser() as browser:
        jobs = [Job(official_task(IDS[0], tmp_path), 0)]
        [episode] = play(jobs, First(), browser, attempts=1)
    assert episode.ending is Ending.BROWSER_ERROR
    assert "engine" in episode.detail


def test_there_are_a_hundred_names():
    names = page_names()
    assert len(set(names)) == 100
    assert names[:1] == ["click-button_click-checkboxes.html"]
    assert sum(name.endswith("-reverse.html") for name in names) == 50
    assert page_name("compwob-reverse.login-user_navigate-tree-transition") == (
        "login-user_navigate-tree-transition-reverse.html"
    )


def test_missing_files_are_listed():
    with pytest.raises(TaskError, match="lacks 49 of 50 pages") as error:
        official_tasks(suite("compwob"), PAGES)
    assert "\n  click-button_click-checkboxes.html\n" in str(error.value)
    assert "and 37 more" in str(error.value)
    assert "webagent compwob fetch" in str(error.value)
    check_pages(PAGES, IDS)


@pytest.mark.parametrize("task_id", ["miniwob.click-link", "compose.click-link+click-dialog"])
def test_other_tasks_have_no_official_page(task_id):
    with pytest.raises(TaskError, match="has no published page"):
        official_tasks([task_id], PAGES)


def test_a_file_must_be_the_one_that_was_fetched(tmp_path):
    shutil.copytree(PAGES, tmp_path / "pages")
    hashes = {"files": {f"{NAME}.html": "0" * 64}}
    (tmp_path / "pages" / HASHES).write_bytes(orjson.dumps(hashes))
    with pytest.raises(TaskError, match="is not the file that was fetched"):
        official_task(IDS[0], tmp_path / "pages")
    official_task(IDS[1], tmp_path / "pages")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"files": 3}'])
def test_a_damaged_list_of_hashes_is_an_error(tmp_path, text):
    (tmp_path / HASHES).write_text(text)
    with pytest.raises(TaskError, match="cannot be read"):
        read_hashes(tmp_path)
