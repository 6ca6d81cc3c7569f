"""The sites' templates, checkers and plans, without the applications."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import permutations
from pathlib import Path

import pytest

from webagent import actions
from webagent.errors import PolicyError, TaskError
from webagent.policies.protocol import decide
from webagent.tasks.sites import expert, suites, task
from webagent.tasks.sites.chain import THEN, chains
from webagent.tasks.sites.folder import ready, sites_folder
from webagent.tasks.sites.page import SitePage, read_page
from webagent.tasks.sites.plan import Move, Plan, PlanExpert, choose, click, fill
from webagent.tasks.sites.registry import Site, sites
from webagent.tasks.sites.state import ANY, agree, changes, read_state
from webagent.tasks.sites.template import Goal, Template, normal
from webagent.types import Context, Observation, Step

SITES = list(sites().values())
TEMPLATES = [
    pytest.param(site, one, id=f"{site.name}-{one.name}")
    for site in SITES
    for one in site.templates
]


@pytest.mark.parametrize("site", SITES, ids=lambda one: one.name)
def test_each_site_has_forty_templates_in_two_halves(site: Site):
    halves = Counter(one.split for one in site.templates)
    assert halves["train"] >= 20
    assert halves["heldout"] >= 20
    assert len({one.name for one in site.templates}) == len(site.templates)


def test_suites_are_split_and_complete():
    found = suites()
    assert not set(found["sites-train"]) & set(found["sites-heldout"])
    assert sorted([*found["sites-train"], *found["sites-heldout"]]) == sorted(found["sites"])
    for site in SITES:
        assert len(found[f"sites-{site.name}"]) == len(site.templates)
        assert set(found[f"sites-{site.name}-train"]) <= set(found["sites-train"])


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_instructions_can_be_read_back(site: Site, template: Template):
    for seed in range(12):
        said = template.instruction(seed)
        values = template.values(seed)
        assert "{" not in said
        assert template.instruction(seed) == said
        assert template.read(said) == {name: values[name] for name in template.read(said)}
        assert (
            template.goal(values).answers
            or template.goal(values).added
            or (template.goal(values).removed)
        )


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_goals_name_what_the_checker_looks_at(site: Site, template: Template):
    goal = template.goal(template.values(3))
    named = {*goal.added, *goal.removed, *goal.ignore}
    assert named <= site.views.keys()


def test_wordings_of_a_task_tell_its_values_apart():
    """No instruction may be read as values that it was not made from, in any wording."""
    for site in SITES:
        for template in site.templates:
            for number, wording in enumerate(template.wordings):
                values = template.values(number)
                read = template.read(wording.format(**values))
                assert all(values[name] == value for name, value in read.items())


# Two products, a piece of each, are what the training template add-two asks for too.
ADDING = ("add-to-cart", "browse-and-add", "add-cheapest")


@pytest.mark.parametrize("site", SITES, ids=lambda one: one.name)
def test_chains_ask_for_two_things_and_never_for_what_is_held_out(site: Site):
    found = [*chains(site.templates)]
    split = {one.name: one.split for one in site.templates}
    assert len(found) > 50
    assert {split[part] for one in found for part in one.name.split(THEN)} == {"train"}
    pairs = {frozenset(pair) for one in site.templates for pair in one.chains}
    assert all(pair <= split.keys() for pair in pairs)
    assert not pairs & {frozenset(one.name.split(THEN)) for one in found}
    if site.name != "wiki":  # where nearly everything changes a page and adds an edit
        held = {shape(one): one.name for one in site.templates if one.split == "heldout"}
        alike = {one.name for one in found if shape(one) in held}
        assert alike == {f"{x}{THEN}{y}" for x, y in permutations(ADDING, 2)} & {
            x.name for x in found
        }


def shape(template: Template) -> tuple[object, ...]:
    """How many rows of which views come and go."""
    goal = template.goal(template.values(0))
    counted = [
        sorted((view, len(rows)) for view, rows in of.items()) for of in (goal.added, goal.removed)
    ]
    return (template.member, *map(tuple, counted), bool(goal.answers))


@pytest.mark.parametrize("site", SITES, ids=lambda one: one.name)
def test_a_chain_has_the_values_and_the_goals_of_both(site: Site):
    for one in chains(site.templates):
        for seed in range(len(one.wordings)):
            values, said = one.values(seed), one.instruction(seed)
            read = one.read(said)
            assert read == {name: values[name] for name in read}, said
            assert {name.partition("_")[0] for name in values} <= {"first", "second"}
            goal = one.goal(values)
            assert goal.added or goal.removed
            for rows in goal.removed.values():
                assert len(set(rows)) == len(rows), said


def test_the_second_plan_of_a_chain_goes_on_where_the_first_one_ended():
    def template(name: str, ref: int) -> Template:
        def plan(values: object, page: SitePage) -> Plan:
            page = yield Move(actions.click(ref), name)
            return page.root.text

        return Template(
            name, "train", (f"Do {name} {{what}}.",), lambda _: {"what": name},
            lambda v: Goal(added={name: [(v["what"],)]}), plan, "anna",
        )  # fmt: skip

    [made, _] = chains([template("a", 1), template("b", 2)])
    assert made.instruction(0) == "Do a a. Then: Do b b."
    assert made.goal(made.values(0)).added == {"a": [("a",)], "b": [("b",)]}
    plan = made.plan(made.read(made.instruction(0)), read_page("<p>one</p>"))
    assert (next(plan).action, plan.send(read_page("<p>two</p>")).note) == (actions.click(1), "b")
    with pytest.raises(StopIteration) as end:
        plan.send(read_page("<p>three</p>"))
    assert end.value.value == "three"


def test_tasks_are_made_by_name():
    made = task("sites.shop-add-to-cart")
    assert made is not None
    assert made.labels == {"group": "shop", "split": "train", "live": True}
    assert task("miniwob.click-link") is None
    with pytest.raises(TaskError, match="No site has a task"):
        task("sites.shop-add-to-heap")
    assert expert("miniwob.click-link") is None


def test_content_is_plentiful_and_titles_are_names():
    shop, forum, wiki = (sites()[name].content() for name in ("shop", "forum", "wiki"))
    for things, least in ((shop["products"], 150), (forum["topics"], 60), (wiki["pages"], 80)):
        titles = [one["title"] for one in things]
        assert len(titles) >= least
        assert len(set(titles)) == len(titles)
    assert sum(len(one["posts"]) for one in forum["topics"]) >= 300


def test_a_site_that_is_not_installed_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WEBAGENT_SITES", str(tmp_path))
    assert sites_folder() == tmp_path
    with pytest.raises(TaskError, match="webagent sites install shop"):
        ready("shop", b"{}")


# ------------------------------------------------------------------- state


def store(path: Path, *rows: tuple[str, int]) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE basket (title TEXT, count INTEGER)")
        connection.executemany("INSERT INTO basket VALUES (?, ?)", rows)
    connection.close()
    return path


VIEWS = {"cart": "SELECT plain(title), count FROM basket"}


def test_changes_are_what_came_and_what_went(tmp_path: Path):
    before = read_state(store(tmp_path / "a", ("a  red\r\nmug", 1), ("pan", 2)), VIEWS)
    after = read_state(store(tmp_path / "b", ("a red mug", 1), ("pan", 3)), VIEWS)
    added, removed = changes(before, after)
    assert added == {"cart": Counter([("pan", "3")])}
    assert removed == {"cart": Counter([("pan", "2")])}


@pytest.mark.parametrize(
    ("expected", "ignore", "fits"),
    [
        ([("pan", "3")], (), True),
        ([("pan", ANY)], (), True),
        ([("pan", "2")], (), False),
        ([("pan", "3"), ("pan", "3")], (), False),
        ([], (), False),
        ([], ("cart",), True),
    ],
)
def test_only_what_was_asked_may_have_changed(
    expected: list[tuple[str, str]], ignore: tuple[str, ...], fits: bool
):
    found = {"cart": Counter([("pan", "3")])}
    assert agree({"cart": expected}, found, ignore) is fits


def test_passwords_are_told_by_their_hash(tmp_path: Path):
    digest = hashlib.md5(b"saltyes", usedforsecurity=False).hexdigest()
    path = store(tmp_path / "a", (f"md5$salt${digest}", 1))
    query = {"keys": "SELECT password(title) FROM basket"}
    assert list(read_state(path, query, ["no", "yes"])["keys"]) == [("yes",)]
    assert list(read_state(path, query, ["no"])["keys"]) == [("unknown",)]


def test_a_database_that_is_gone_is_an_error(tmp_path: Path):
    with pytest.raises(TaskError, match="cannot be read"):
        read_state(tmp_path / "none", VIEWS)


def test_answers_are_compared_without_style():
    assert normal(" £22.95 ") == normal("22.95 pounds")
    assert normal('"Old Mill".') == normal("old  mill")
    assert normal("22.95") != normal("22.96")


# -------------------------------------------------------------------- plans


def _plan(task_id: str, instruction: str, page: SitePage) -> Plan:
    seen = yield Move(actions.click(1), "first")
    again = yield Move(actions.click(len(seen.elements)), "second")
    return again.root.text


def act(*history: tuple[str, str], now: str) -> str:
    steps = tuple(Step(Observation(html), decide(action)) for html, action in history)
    context = Context("sites.x", "Do it.", Observation(now), steps)
    return str(PlanExpert(_plan).act([context])[0].action)


def test_a_plan_runs_again_with_the_pages_of_the_history():
    assert act(now="<p></p>") == "click(1)"
    assert act(("<p></p>", "click(1)"), now="<p></p><p></p>") == "click(2)"
    history = (("<p></p>", "click(1)"), ("<p></p><p></p>", "click(2)"))
    assert act(*history, now="<b>End</b>") == 'answer("End")'


def test_a_plan_begins_anew_after_a_foreign_action():
    history = (("<p></p>", "click(1)"), ("<p></p><p></p>", "click(9)"))
    assert act(*history, now="<p></p>") == "click(1)"


@pytest.mark.parametrize("move", [click, partial(fill, text="x"), partial(choose, option="x")])
def test_what_a_plan_misses_on_a_page_is_said_when_it_is_to_be_done(move: Callable[..., Move]):
    def plan(task_id: str, instruction: str, page: SitePage) -> Plan:
        page = yield move(page.link("Buy"), what="button Buy")

    context = Context("sites.x", "Buy.", Observation("<p></p>"))
    with pytest.raises(PolicyError, match=r"sites\.x: The page has no button Buy\."):
        PlanExpert(plan).act([context])
    there = replace(context, observation=Observation('<button ref="7">Buy</button>'))
    assert PlanExpert(plan).act([there])[0].action.ref == 7


def test_pages_are_read_by_text_name_and_address():
    page = read_page(
        '<div><a ref="1" href="/a/">Two <b>words</b></a><input ref="2" type="submit" name="go" '
        'value="Save"><table><tr><td ref="3">x &amp; y</td></tr></table></div>'
    )
    assert page.link("Two words") is page.goes("^/a/$")
    assert page.link("Save") is page.field("go")
    row = page.around("x & y", ("tr",))
    assert row is not None
    assert row.text == "x & y"
