"""Experts of single pages, from ascending-numbers to drag-sort-numbers, on the real pages."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from miniwob_tasks.catalog import catalog
from miniwob_tasks.experts import pages
from miniwob_tasks.experts.single import page_experts
from webagent.play import Job, play
from webagent.policies.expert import ExpertPolicy
from webagent.tasks.protocol import EVALUATION_SEEDS
from webagent.tasks.suites import load_expert, load_task

EXPERT = ExpertPolicy(load_expert)
PAGES = [
    name for name, entry in catalog().items() if name < "e" and entry.expert and not entry.base22
]
SURE = [name for name in PAGES if catalog()[name].ceiling == 1]


def episodes(browser, name, seeds):
    task = load_task(f"miniwob.{name}")
    return list(play([Job(task, seed) for seed in seeds], EXPERT, browser))


def failed(episodes):
    return [(one.seed, str(one.ending), one.detail) for one in episodes if not one.success]


@pytest.mark.parametrize("name", SURE)
def test_expert_solves_page_with_steps_to_spare(browser, name):
    played = episodes(browser, name, range(3))
    assert failed(played) == []
    assert 2 * max(len(one.steps) for one in played) <= load_task(f"miniwob.{name}").step_limit


def test_each_page_has_one_expert_and_is_in_the_catalog():
    modules = iter_modules(pages.__path__, f"{pages.__name__}.")
    names = [name for module in modules for name in import_module(module.name).PAGES]
    assert sorted(names) == sorted(page_experts())
    assert set(names) <= {name for name, entry in catalog().items() if entry.expert}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_expert_solves_page_on_all_seeds(browser, name):
    played = episodes(browser, name, EVALUATION_SEEDS)
    share = 1 - len(failed(played)) / len(played)
    assert share >= 0.99 * catalog()[name].ceiling, failed(played)
