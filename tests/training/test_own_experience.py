"""A round of self-experience, without a browser: plan by script, write, play, keep, ask."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from webagent.browser.recorded import RecordedBrowser, Recording, state
from webagent.demonstrations.collect import Wanted, collect
from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.record import worked
from webagent.demonstrations.store import DemonstrationWriter
from webagent.evaluation.config import Setup, effective
from webagent.planner.plan import WriteRequest
from webagent.planner.scripted import ScriptedPlanner
from webagent.policies.webagent import WebAgentPolicy
from webagent.program import MontySandbox
from webagent.tasks.protocol import Start
from webagent.tasks.sites import task as site_task
from webagent.tasks.sites.site_task import SiteTask
from webagent.training.questions import modular
from webagent.types import Json, Verdict

pytest.importorskip("pyarrow")
pytest.importorskip("pydantic_monty")

FIRST = 1_000_000
SEARCH = '<form><input ref="3" name="q" value="{}"><button ref="4">Search</button></form>'
NUMBER = re.compile(r"⟨\d+⟩")
SITE = site_task("sites.shop-add-to-cart")
assert isinstance(SITE, SiteTask)


def product(seed: int) -> str:
    return SITE.template.values(seed)["product"]


@dataclass(frozen=True)
class Buying:
    """The shop's task on recorded pages: the probe is the seed once the product is bought."""

    id: str = SITE.id
    labels: Mapping[str, Json] = field(default_factory=dict)
    step_limit: int = 8

    def start(self, seed: int) -> Start:
        return Start(url="/", begin=str(seed))

    def judge(self, probe: Json) -> Verdict:
        assert isinstance(probe, list)
        seed, bought = probe
        said = SITE.template.instruction(int(str(seed)))
        return Verdict(said, bool(bought), float(bool(bought)), bool(bought))


def shop(seed: int) -> Recording:
    """Pages that are searched with Enter, which the task's expert never presses."""
    title = product(seed)
    typed = SEARCH.format(title)
    found = '<ul><li><a ref="5">Another</a></li><li><a ref="6" class="hit">{}</a></li></ul>'
    cart = '<form id="add_to_basket_form"><button ref="7">Add to cart</button></form>'
    cart += '<a ref="8">Home</a>'
    pages = {
        "home": state(SEARCH.format(""), probe=[seed, 0], moves={f'type(3, "{title}")': "typed"}),
        "typed": state(typed, probe=[seed, 0], moves={'press("Enter")': "found"}),
        "found": state(typed + found.format(title), probe=[seed, 0], moves={"click(6)": "shown"}),
        "shown": state(cart, probe=[seed, 0], moves={"click(7)": "bought", "click(8)": "home"}),
        "bought": state("<p>Thank you</p>", probe=[seed, 1]),
    }
    return Recording(pages)


class Programmer:
    """Writes from the snippet alone, at first what is refused; for one product it goes astray."""

    def write(self, requests: Sequence[WriteRequest]) -> list[str]:
        return [self._one(request) for request in requests]

    def _one(self, request: WriteRequest) -> str:
        said, page = request.context.instruction, request.context.observation.html
        if said.startswith("Add"):
            astray = product(FIRST) in said
            return "click(8)" if astray else "click(7)" if request.tries else "click(9)"
        if 'class="hit"' in page:
            return 'for ref in find(".hit"):\n    click(ref)'
        title = said.removeprefix("Find the product ")
        return f'type(3, "{title}")\npress("Enter")'


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the agent made of two instructions."""
    folder = tmp_path_factory.mktemp("own") / "data"
    config = effective(Setup(suite="toy", policy="webagent"), {}, [], "element", "recorded")
    manifest = Manifest(name="toy", source="webagent", wanted=1, config=config)
    sandbox = MontySandbox()
    policy = WebAgentPolicy(ScriptedPlanner(), Programmer(), sandbox)
    browser = RecordedBrowser({str(seed): shop(seed) for seed in (FIRST, FIRST + 1)})
    with DemonstrationWriter(folder, manifest) as writer:
        collect(Wanted([Buying()], per_task=1), policy, browser, writer)
    sandbox.close()
    return folder


def test_successes_are_kept_with_their_programs_and_apart_from_failures(collected: Path) -> None:
    opened, title = open_demonstrations(collected), product(FIRST + 1)
    (rows,) = opened.episodes("success")
    assert [one[0].seed for one in opened.episodes("failure")] == [FIRST]
    find, add = f"Find the product {title}", f"Add {title} to the cart"
    assert [(row.note, row.action, row.program, bool(row.error)) for row in rows] == [
        (find, f'type(3, "{title}")', f'type(3, "{title}")\npress("Enter")', False),
        (find, 'press("Enter")', "", False),
        (find, "click(6)", 'for ref in find(".hit"):\n    click(ref)', False),
        (add, "click(9)", "click(9)", True),
        (add, "click(7)", "click(7)", False),
    ]
    assert opened.failed() == 1


def test_traces_become_questions_for_planner_and_programmer(collected: Path) -> None:
    (rows,) = open_demonstrations(collected).episodes("success")
    asked = list(modular([worked(rows)] * 40))
    plans = {one.answers[0].partition("<page>")[0] for one in asked if one.task.startswith("plan.")}
    assert plans == {rows[0].note, rows[-1].note}
    programs = [one for one in asked if "write: Find" in one.source or "write: Add" in one.source]
    assert {(one.step, NUMBER.sub("", one.answers[0])) for one in programs} == {
        (0, f'type(, "{product(FIRST + 1)}")<did>press("Enter")'),
        (1, 'press("Enter")'),
        (2, "click()"),  # the loop's one call
        (4, "click()"),
    }
    assert {"<error>" in one.source for one in programs if one.step == 4} == {True}
