"""Experts of single pages, from email-inbox to visual-addition, on the real pages."""

import pytest

import miniwob_tasks
from miniwob_tasks.catalog import catalog
from miniwob_tasks.experts.page import read
from miniwob_tasks.experts.pages.emails import Request, understand
from webagent import actions
from webagent.errors import PolicyError
from webagent.play import Job, play
from webagent.policies.expert import ExpertPolicy
from webagent.tasks.protocol import EVALUATION_SEEDS
from webagent.tasks.suites import load_task
from webagent.types import Context, Decision, Observation

EXPERT = ExpertPolicy(miniwob_tasks.expert)
PAGES = [
    name for name, entry in catalog().items() if name > "e" and entry.expert and not entry.base22
]
SURE = [name for name in PAGES if catalog()[name].ceiling == 1]


class Misled:
    """The expert, after somebody else's first click, or text, at the element `test` finds."""

    def __init__(self, test, text=None):
        self.test = test
        self.text = text

    def act(self, contexts):
        return [self._one(context) for context in contexts]

    def _one(self, context):
        if context.history:
            return EXPERT.act([context])[0]
        found = read(context.observation.html).first(self.test)
        typed = self.text is not None
        return Decision(actions.type(found.ref, self.text) if typed else actions.click(found.ref))


def play_page(browser, name, seeds, policy=EXPERT):
    task = load_task(f"miniwob.{name}")
    return list(play([Job(task, seed) for seed in seeds], policy, browser))


def failed(episodes):
    return [(one.seed, str(one.ending), one.detail) for one in episodes if not one.success]


def decide(name, instruction, html):
    context = Context(f"miniwob.{name}", instruction, Observation(html))
    return str(EXPERT.act([context])[0].action)


@pytest.mark.parametrize("name", SURE)
def test_expert_solves_page_with_steps_to_spare(browser, name):
    played = play_page(browser, name, range(3))
    assert failed(played) == []
    assert 2 * max(len(one.steps) for one in played) <= load_task(f"miniwob.{name}").step_limit


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("email-inbox", Misled(lambda one: "email-thread" in one.classes)),
        ("email-inbox-nl-turk", Misled(lambda one: one.id == "open-search")),
        ("enter-time", Misled(lambda one: one.id == "tt", "03:07")),
        ("guess-number", Misled(lambda one: one.id == "tt", "77")),
        ("number-checkboxes", Misled(lambda one: one.type == "checkbox")),
        ("order-food", Misled(lambda one: "add" in one.classes)),
        ("social-media", Misled(lambda one: "more" in one.classes)),
        ("social-media-all", Misled(lambda one: "retweet" in one.classes)),
        ("social-media-some", Misled(lambda one: "like" in one.classes)),
        ("text-editor", Misled(lambda one: "ql-picker-label" in one.classes)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_expert_goes_on_after_steps_of_others(browser, name, policy):
    assert failed(play_page(browser, name, range(3), policy)) == []


def test_guess_number_halves_the_range(browser):
    played = play_page(browser, "guess-number", range(12))
    assert max(len(one.steps) for one in played) <= 8  # four guesses, typed and sent


@pytest.mark.parametrize(
    ("marks", "best"),
    [
        ("XX.OO....", 2),  # wins rather than blocks
        ("OO.X.....", 2),  # blocks
        ("O...X...O", {1, 3, 5, 7}),  # an edge: a corner would lose to a fork
    ],
)
def test_tic_tac_toe_plays_the_best_field(marks, best):
    names = {"X": ' class="mark-x"', "O": ' class="mark-o"', ".": ""}
    cells = (
        f'<span ref="{place}" id="ttt-{place}"{names[mark]}></span>'
        for place, mark in enumerate(marks)
    )
    action = decide("tic-tac-toe", "Playing as 'X', win a game of tic-tac-toe.", "".join(cells))
    assert action in {f"click({place})" for place in (best if isinstance(best, set) else {best})}


@pytest.mark.parametrize(
    ("sentence", "request_"),
    [
        ('Tell Ada I said "Ut, sit. Non"', Request("reply", "Ada", "Ut, sit. Non")),
        ('Find email from Ada, then reply to NAME "elit"', Request("reply", "Ada", "elit")),
        ("Mark all emails written by Ann-Mary as important.", Request("important", "Ann-Mary")),
        ("find Adas email and mark it as important", Request("important", "Ada")),
        ("There is an email that needs to be deleted by Ada.", Request("delete", "Ada")),
    ],
)
def test_people_ask_in_many_ways(sentence, request_):
    assert understand(sentence) == request_


def test_unknown_sentence_is_an_error():
    with pytest.raises(PolicyError, match="does not understand the instruction 'Print Ada'"):
        understand("Print Ada")


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_expert_solves_page_on_all_seeds(browser, name):
    played = play_page(browser, name, EVALUATION_SEEDS)
    share = 1 - len(failed(played)) / len(played)
    assert share >= 0.99 * catalog()[name].ceiling, failed(played)
