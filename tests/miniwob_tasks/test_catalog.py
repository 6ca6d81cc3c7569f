"""The catalog names the pages of the wheel, and refuses what it does not know."""

import pytest

import miniwob_tasks
from miniwob_tasks.catalog import catalog, read_catalog
from webagent.assets import miniwob_html
from webagent.errors import TaskError

NOT_TASKS = {"button-delay", "chase-circle", "hover-shape", "moving-items", "simon-says"}


def test_catalog_names_every_page_that_is_a_task():
    pages = {page.stem for page in (miniwob_html() / "miniwob").glob("*.html")}
    assert set(catalog()) == pages - NOT_TASKS


def test_suites_have_their_sizes():
    suites = miniwob_tasks.suites()
    assert {name: len(ids) for name, ids in suites.items()} == {
        "miniwob-125": 125,
        "miniwob-expert": 123,
        "miniwob-56": 56,
        "miniwob-22": 22,
        "miniwob-picture": 6,
    }
    assert set(suites["miniwob-22"]) <= set(suites["miniwob-56"]) <= set(suites["miniwob-125"])


def test_all_pages_but_the_unsolvable_ones_have_an_expert_and_a_reason_is_given_for_those():
    entries = catalog().values()
    assert all(entry.expert != entry.unsolvable for entry in entries)
    assert all(entry.reason for entry in entries if entry.unsolvable)


def test_experts_are_there_for_the_tasks_that_say_so_and_for_compositions():
    for name, entry in catalog().items():
        assert bool(miniwob_tasks.expert(f"miniwob.{name}")) == entry.expert
        assert entry.expert or not entry.base22
    assert miniwob_tasks.expert("compwob-reverse.click-link_click-dialog")
    assert miniwob_tasks.expert("compose.click-link+login-user")
    assert miniwob_tasks.expert("other.click-link") is None


@pytest.mark.parametrize(
    "text",
    [
        '[a]\ngroup = "x"\nexpert = true\nstep_limit = 10\nsteps = 3',
        '[a]\ngroup = "x"\nexpert = true\nstep_limit = 9',
        '[a]\ngroup = "x"\nexpert = true\nstep_limit = 10\nthreshold = 0.9',
        '[a]\ngroup = "x"\nexpert = true\nstep_limit = 10\nreason = "none"',
        '[a]\ngroup = "x"\nstep_limit = 10',
        '[a]\ngroup = "x"\nexpert = true\nstep_limit = 10\nunsolvable = true',
        '[a]\ngroup = "x"\nexpert = true\nstep_limit = 10\npicture = true',
        "[a",
    ],
)
def test_a_wrong_catalog_is_refused(tmp_path, text):
    path = tmp_path / "catalog.toml"
    path.write_text(text)
    with pytest.raises(TaskError, match=r"catalog\.toml"):
        read_catalog(path)
