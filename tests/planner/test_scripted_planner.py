"""A planner that follows a script's notes, however programs carry them out."""

from __future__ import annotations

import pytest

from webagent.actions import read
from webagent.errors import PolicyStop
from webagent.planner.plan import OVER, Plan, PlanRequest
from webagent.planner.retrieve import retrieve
from webagent.planner.scripted import ScriptedPlanner
from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Lost, Part, click, fill
from webagent.tasks.sites.plan import Plan as Script
from webagent.types import Context, Decision, Observation, Step, Try

SEARCH = '<form><input ref="1" name="q"><button ref="2">Search</button></form>'
PAGES = {
    "home": SEARCH + "<p>Welcome</p>",
    "typed": SEARCH.replace('name="q"', 'name="q" value="mug"'),
    "results": SEARCH + '<a ref="3">Red Mug</a>',
    "product": SEARCH + '<button ref="4">Add to cart</button>',
    "added": SEARCH + '<p ref="5">It costs 7.00</p>',
    "elsewhere": '<p ref="9">Nothing is here</p>',
}
FIND, ADD = "Find the mug", "Add the mug to the cart"
INSTRUCTION = "Buy the mug."


def buy(page: SitePage) -> Part:
    page = yield fill(page.field("q"), "mug", "search field", FIND)
    page = yield click(page.link("Search"), "search button", FIND)
    page = yield click(page.link("Red Mug"), "product", FIND)
    return (yield click(page.link("Add to cart"), "cart button", ADD))


def shop(task: str, instruction: str, page: SitePage) -> Script:
    yield from buy(page)


def ask(task: str, instruction: str, page: SitePage) -> Script:
    page = yield from buy(page)
    return page.root.text


def request(now: str, *programs: tuple[str, str], error: str = "", failed: str = "") -> PlanRequest:
    """What is asked after programs, each a sub-instruction and "page: action; page: action". An
    action that is `failed` changed nothing.
    """
    steps: list[Step] = []
    for note, calls in programs:
        for number, call in enumerate(calls.split("; ")):
            page, _, action = call.partition(": ")
            decision = Decision(read(action), note, "" if number else calls)
            wrong = "No." if action == failed else None
            steps.append(Step(Observation(PAGES[page]), decision, wrong))
    context = Context("sites.shop-x", INSTRUCTION, Observation(PAGES[now]), tuple(steps))
    tries = [Try(programs[-1][1], error)] if error else []
    return PlanRequest(context, [note for note, _ in programs], tries)


def plan(asked: PlanRequest) -> Plan:
    return ScriptedPlanner(shop).plan([asked])[0]


TYPE = 'home: type(1, "mug")'


@pytest.mark.parametrize(
    ("now", "programs", "said"),
    [
        ("home", [], FIND),
        ("results", [(FIND, f"{TYPE}; typed: click(2)")], FIND),
        ("product", [(FIND, f"{TYPE}; typed: click(2)"), (FIND, "results: click(3)")], ADD),
        # another action stands for the move, here the button's
        ("results", [(FIND, f'{TYPE}; typed: press("Enter")')], FIND),
        ("product", [(FIND, f'{TYPE}; typed: press("Enter")'), (FIND, "results: click(3)")], ADD),
        # one program of all: what the product's page lacks is over
        ("product", [(FIND, f'{TYPE}; typed: press("Enter"); results: click(3)')], ADD),
        # what is done beside, or only to look, stands for nothing
        ("typed", [(FIND, f"home: click(1); {TYPE}")], FIND),
        ("results", [(FIND, f"home: click(1); {TYPE}; typed: click(2)")], FIND),
        ("home", [(FIND, "home: scroll(1, 100)")], FIND),
    ],
)
def test_the_next_sub_instruction_is_that_of_the_next_move(
    now: str, programs: list[tuple[str, str]], said: str
) -> None:
    made = plan(request(now, *programs))
    assert (made.instruction, made.done) == (said, False)
    assert made.refs == retrieve(said, PAGES[now])


BOUGHT = (
    (FIND, f"{TYPE}; typed: click(2)"), (FIND, "results: click(3)"), (ADD, "product: click(4)"),
)  # fmt: skip


def test_a_script_that_is_over_says_so_and_what_it_would_answer_is_left_to_the_programmer() -> None:
    assert plan(request("added", *BOUGHT)) == Plan(OVER, done=True)
    (answer,) = ScriptedPlanner(ask).plan([request("added", *BOUGHT)])
    assert answer == Plan("Buy the mug")


def test_an_action_that_failed_stands_for_nothing_and_then_all_of_the_page_matters() -> None:
    programs = (*BOUGHT[:2], (ADD, "product: click(4)"))
    asked = request("product", *programs, failed="click(4)", error="It is covered.")
    assert plan(asked) == Plan(ADD)


def test_where_the_page_lacks_what_comes_next_the_script_begins_anew() -> None:
    back = (FIND, "results: back()")
    assert plan(request("home", *BOUGHT[:1], back)).instruction == FIND
    assert plan(request("home", *BOUGHT[:2], (FIND, "product: back()"))).instruction == FIND
    bought = (*BOUGHT[:1], back, *BOUGHT)
    assert [plan(request("added", *bought[:end])).done for end in (4, 5)] == [False, True]
    lost = plan(request("elsewhere", *BOUGHT[:1], (FIND, 'results: goto("/away/")')))
    assert lost == Plan("The page has no search field.", done=True, gave_up=True)


def test_a_script_that_finds_nothing_to_go_by_begins_anew() -> None:
    def picky(task: str, instruction: str, page: SitePage) -> Script:
        if page.link("Search") is None:
            raise Lost("The page is another.")
        page = yield click(page.link("Search"), "button", "Search")
        if page.link("Red Mug") is None:
            raise Lost("There is no mug.")
        yield click(page.link("Red Mug"), "product", "Open the mug")

    searched = ("Search", "home: click(2)")
    for page, said in (("results", "Open the mug"), ("home", "Search")):
        (made,) = ScriptedPlanner(picky).plan([request(page, searched)])
        assert made.instruction == said
    (made,) = ScriptedPlanner(picky).plan([request("elsewhere", searched)])
    assert made.gave_up and made.instruction == "The page is another."


def test_a_task_without_a_template_stops_the_run() -> None:
    context = Context("miniwob.click-test", "Click the button.", Observation(PAGES["home"]))
    with pytest.raises(PolicyStop, match=r"miniwob\.click-test has no template.*sites-train"):
        ScriptedPlanner().plan([PlanRequest(context)])
