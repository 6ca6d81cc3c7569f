"""Whatever a model prefers, what the grammar lets through is an action on this page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import ELEMENTS, END, texts

from webagent.actions import ACTIONS, Action, parse
from webagent.nn.constrain import FINISHED, Grammar, Slot, grammar_of, template
from webagent.nn.tokenizer import HtmlTokenizer, train

GRAMMAR = Grammar(texts(), END)
TEXTS = texts()


@pytest.fixture(scope="module")
def tokenizer() -> HtmlTokenizer:
    return train(["type anna into the field", "Enter Control ArrowDown"] * 5, 3000)


@pytest.fixture(scope="module")
def grammar(tokenizer: HtmlTokenizer) -> Grammar:
    return grammar_of(tokenizer)


def write(grammar: Grammar, seed: int, numbers: list[int], limit: int, sharp: int) -> list[int]:
    """Follow random preferences; a few tokens are preferred much."""
    noise = np.random.default_rng(seed)
    state, found = grammar.begin(numbers), list[int]()
    liked = noise.integers(0, 3000, sharp)
    while True:
        allowed = grammar.allowed(state, numbers, limit - len(found))
        assert len(allowed)
        best = [token for token in allowed if token in liked]
        token = int(noise.choice(best or allowed))
        if token == grammar.end:
            return found
        state = grammar.after(state, token)
        found.append(token)


def plain(text: str) -> str:
    return text.replace("⟨", "").replace("⟩", "")


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.integers(0, ELEMENTS - 1), max_size=4),
    st.integers(8, 40),
    st.integers(0, 40),
)
def test_all_that_passes_is_an_action(seed: int, numbers: list[int], limit: int, sharp: int):
    ids = write(GRAMMAR, seed, numbers, limit, sharp)
    assert len(ids) < limit
    action = parse(plain("".join(TEXTS[token] for token in ids)))
    parameters = template(action.name)[1::2]
    for slot, value in zip(parameters, action.args, strict=False):
        assert slot != Slot("ref") or value in numbers


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(8, 40))
def test_all_that_passes_is_an_action_in_the_real_vocabulary(
    tokenizer: HtmlTokenizer, grammar: Grammar, seed: int, limit: int
):
    ids = write(grammar, seed, [3, 1000], limit, 200)
    action = parse(plain(tokenizer.decode(ids)))
    assert action.ref in (None, 3, 1000)


SOURCES = (
    "click(⟨3⟩)",
    'type(⟨5⟩, "anna")',
    'type(⟨5⟩, "")',
    'type(⟨5⟩, " a, b ")',
    'type(⟨5⟩, "say \\"hi\\" (\\"a\\") C:\\\\x")',
    'type(⟨5⟩, "Héllo wörld 日本 x\\xa0y\\u200b")',
    'type(⟨5⟩, "it\'s <b> \\" ")',
    'select(⟨7⟩, "June")',
    *(f'press("{key}")' for key in ("Enter", "Control+c", "a", '\\"', "\\\\", "Control++")),
    "scroll(⟨4⟩, -50)",
    "drag(⟨3⟩, ⟨9⟩)",
    "click_at(80, 0)",
    "done()",
    'goto("http://a.b/c?d=e")',
    'answer("yes, \\"no\\")")',
)


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_tokenizer_writes_passes(tokenizer: HtmlTokenizer, grammar: Grammar, source: str):
    numbers = [3, 4, 5, 7, 9]
    state = grammar.begin(numbers)
    ids = tokenizer.encode(source).tolist()
    for place, token in enumerate(ids):
        allowed = grammar.allowed(state, numbers, 64 - place)
        assert token in allowed, f"{tokenizer.texts()[token]!r} in {state}"
        state = grammar.after(state, token)
    assert state == FINISHED
    assert grammar.allowed(state, numbers, 9).tolist() == [END]


def test_templates_come_from_the_signatures():
    assert template("click") == ("click(", Slot("ref"), ")")
    assert template("type") == ("type(", Slot("ref"), ', "', Slot("text"), '")')
    assert template("done") == ("done(", ")")
    for name in ACTIONS:
        filled = {"ref": "3", "number": "-4", "text": "a", "key": "Enter"}
        parts = [part if isinstance(part, str) else filled[part.kind] for part in template(name)]
        assert isinstance(parse("".join(parts)), Action)


def test_without_elements_no_action_names_one():
    allowed = GRAMMAR.allowed(GRAMMAR.begin([]), [], 30)
    names = {TEXTS[token] for token in allowed}
    pointing = {"click_at(", "hover_at(", "drag_at("}
    assert names == {"press(", *pointing, "goto(", "back(", "done(", "answer("}


def test_actions_can_be_limited():
    grammar = Grammar(texts(), END, ("click", "done"))
    names = {TEXTS[token] for token in grammar.allowed(grammar.begin([1]), [1], 30)}
    assert names == {"click(", "done("}
    with pytest.raises(ValueError, match="fly"):
        Grammar(texts(), END, ("fly",))


def test_a_vocabulary_must_be_able_to_write_actions():
    with pytest.raises(ValueError, match=r"click_at\("):
        Grammar([text for text in TEXTS if text not in ("_", "click_at(")], END)


def test_strings_close_when_the_budget_ends():
    state = GRAMMAR.begin([1])
    ids = {text: token for token, text in enumerate(TEXTS)}
    for text in ("type(", "⟨1⟩", ', "'):
        state = GRAMMAR.after(state, ids[text])
    assert GRAMMAR.allowed(state, [1], 2).tolist() == [ids['")']]
    assert len(GRAMMAR.allowed(state, [1], 3)) > 50
