"""The tokenizer: text round-trips, words copy, markup is short."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tokenizers")

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from webagent.actions import ACTIONS
from webagent.errors import RunError
from webagent.examples import MARKERS
from webagent.nn import vocabulary
from webagent.nn.tokenizer import HtmlTokenizer, load, train
from webagent.nn.vocabulary import ATTRIBUTES, END, FLAGS, NUMBERED, PAD, SENTINELS, TAGS, literals

PAGE = (
    '<task>Enter "anna" in the Name field<did>click(⟨7⟩)<page><div id="area" class="ui-tabs">'
    '<label⟨7⟩ for="tt">Name</label><input⟨8⟩ id="tt" type="text" value="anna" checked focused>'
    '<button⟨9⟩ id="subbtn" class="secondary-action">Submit</button></div>'
)
PIECES = st.sampled_from(
    [
        *("<button", "</div>", ' class="', '" id="', '">', " checked", "⟨5⟩", "⟨1024⟩", "⟨", "⟩"),
        *("click(", "done(", ', "', '")', "<page>", "</s>", "<pad>", "<extra_id_0>", "##", "##ing"),
        *("Ġ", "▁", "Ã", "a", "anna", "Submit", "é", "中文", " ", "  ", "\n", "\t", "-", "_", "3"),
        *("&amp;", "type", "for", "checked", "x=", '"', "'", "<0x41>", "\x00", "\u200b", "😀"),
    ]
)


@pytest.fixture(scope="module")
def tokenizer() -> HtmlTokenizer:
    return train([PAGE] * 3, 2200)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
@example(PAGE)
@example("a b  c\n d é f\u00a0g ## ##h <button foo checked>")
@example("<input checked disabled> is checked by <b x>")
@settings(max_examples=400, deadline=None)
def test_any_text_comes_back(tokenizer: HtmlTokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text("abcXYZ019-_é,.", min_size=1), st.sampled_from([('"', '"'), (">", "<"), ("(", ")")]))
@settings(max_examples=200, deadline=None)
def test_a_text_is_cut_alike_between_any_brackets(
    tokenizer: HtmlTokenizer, text: str, around: tuple[str, str]
) -> None:
    alone = tokenizer.encode(text).tolist()
    inside = tokenizer.encode(around[0] + text + around[1]).tolist()
    assert any(inside[at : at + len(alone)] == alone for at in range(len(inside)))


@given(st.from_regex("[A-Za-z]{1,12}", fullmatch=True))
@settings(max_examples=100, deadline=None)
def test_a_space_between_words_costs_nothing(tokenizer: HtmlTokenizer, word: str) -> None:
    alone = tokenizer.encode(word).tolist()
    assert tokenizer.encode(f"{word} {word}").tolist() == alone * 2


@pytest.mark.parametrize("text", [one for one in literals() if "⟨" not in one])
def test_what_markup_and_actions_are_made_of_is_one_token(
    tokenizer: HtmlTokenizer, text: str
) -> None:
    ids = tokenizer.encode(text + (">" if text.lstrip('" ') in FLAGS else ""))
    assert tokenizer.texts()[int(ids[0])] == text


def test_a_page_takes_few_tokens(tokenizer: HtmlTokenizer) -> None:
    button = '<button⟨9⟩ id="subbtn" class="secondary-action">Submit</button>'
    names = [tokenizer.rules.id_to_token(int(token)) for token in tokenizer.encode(button)]
    assert names == [
        *("<button", "⟨9⟩", 'Ġid="', "subbtn", '"Ġclass="', "secondary-action", '">', "Submit"),
        "</button>",
    ]


def test_element_numbers_lie_in_a_row(tokenizer: HtmlTokenizer) -> None:
    texts = tokenizer.texts()
    assert [texts[token] for token in NUMBERED] == [f"⟨{number}⟩" for number in range(1024)]


def test_digits_stand_alone(tokenizer: HtmlTokenizer) -> None:
    assert len(tokenizer.encode("12/05/2016")) == 10


def test_special_tokens_in_a_page_are_text(tokenizer: HtmlTokenizer) -> None:
    ids = tokenizer.encode("<pad></s><extra_id_0>")
    assert not {PAD, END, *SENTINELS} & set(ids.tolist())


def test_words_of_attributes_are_words_in_text(tokenizer: HtmlTokenizer) -> None:
    checked = tokenizer.encode("checked").tolist()
    assert tokenizer.encode("5 checked by 3").tolist().count(checked[0]) == 1


def test_it_loads_in_plain_transformers(tokenizer: HtmlTokenizer, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer.save(tmp_path)
    plain = transformers.AutoTokenizer.from_pretrained(tmp_path)
    text = PAGE + " </s> é"
    ids = plain(text)["input_ids"]
    assert ids == [*tokenizer.encode(text).tolist(), END]
    assert plain.decode(ids, skip_special_tokens=True) == text
    assert (plain.pad_token_id, plain.eos_token_id) == (PAD, END)
    assert plain.convert_tokens_to_ids("<extra_id_0>") == SENTINELS.start


def test_saved_it_is_the_same(tokenizer: HtmlTokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path)
    assert np.array_equal(load(tmp_path).encode(PAGE), tokenizer.encode(PAGE))


def test_training_is_repeatable(tokenizer: HtmlTokenizer) -> None:
    assert train([PAGE] * 3, 2200).rules.to_str() == tokenizer.rules.to_str()


def test_a_folder_without_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"tokenizer\.json"):
        load(tmp_path)


def test_a_size_too_small_is_refused() -> None:
    with pytest.raises(RunError, match="at least"):
        train([PAGE], 300)


def test_all_names_are_covered() -> None:
    given_ = set(literals())
    assert {f"<{tag}" for tag in TAGS} | {f' {name}="' for name in ATTRIBUTES} <= given_
    assert {f"{name}(" for name in ACTIONS} | set(MARKERS) <= given_


def test_only_what_stands_behind_the_marker_is_shown() -> None:
    first = NUMBERED.start
    told, page = [first + 3, 9000, first + 4], [first + 7, 9001, first]
    assert vocabulary.shown(np.array([*told, vocabulary.PAGE, *page])).tolist() == [7, 0]
    assert vocabulary.shown(np.array(told)).tolist() == []
