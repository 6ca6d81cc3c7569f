"""Words that are begun as the instruction's are finished as those."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_model import END, model, page, texts

from webagent.nn.constrain import Grammar
from webagent.nn.copying import Copying, Words
from webagent.nn.generate import generate
from webagent.nn.tokenizer import HtmlTokenizer, train
from webagent.nn.weights import weights


@cache
def made() -> HtmlTokenizer:
    return train(["type anna into the field", "aab abba XaY"] * 5, 3000)


@cache
def copying() -> Copying:
    return Copying(made())


def test_words_are_those_of_the_instruction() -> None:
    tokenizer = made()
    source = "<task>Type Xyz and 04/05 then xanna<did>done()<page><p>quux</p>"
    words = copying().words(tokenizer.encode(source).tolist())

    def rest(text: str, last: int) -> list[str]:
        begun = tokenizer.encode(text).tolist()[:last]
        return sorted(tokenizer.texts()[token] for token in words.rest(begun))

    assert rest("Xyz", 1) == ["y"] and rest("Xyz", 2) == ["z"] and rest("Xyz", 3) == []
    assert rest('type(⟨1⟩, "Xyz', 4) == ["y"]
    assert rest("quux", 1) == []  # of the page
    assert rest("0", 1) == []  # digits are words
    assert rest("", 0) == []


def test_what_is_a_word_itself_may_be_gone_on_with_or_not() -> None:
    tokenizer = made()
    words = copying().words(tokenizer.encode("<task>Xy or Xyz<page>").tolist())
    begun = tokenizer.encode("Xyz").tolist()
    assert words.rest(begun[:2]) == () and words.rest(begun[:1])


def test_words_of_the_page_that_begin_alike_may_be_meant_too() -> None:
    tokenizer = made()
    words = copying().words(tokenizer.encode("<task>Xyz<page><p>Xya quux</p>").tolist())
    begun = tokenizer.encode("Xyz").tolist()
    texts = tokenizer.texts()
    assert [texts[token] for token in words.rest(begun[:1])] == ["y"]
    assert sorted(texts[token] for token in words.rest(begun[:2])) == ["a", "z"]
    assert not words.rest(tokenizer.encode("quux").tolist()[:1])


def test_an_accent_is_never_forced() -> None:
    tokenizer = made()
    words = copying().words(tokenizer.encode("<task>Z\u00e9<page>").tolist())
    other = tokenizer.encode("Z\u00fc").tolist()
    assert all(not (rest := words.rest(other[:n])) or other[n] in rest for n in range(len(other)))


def test_what_is_typed_likely_begins_as_a_word_that_was_read_or_with_a_digit() -> None:
    tokenizer = made()
    words = copying().words(tokenizer.encode("<task>Type Xyz<page><p>quux</p>").tolist())

    def likely(text: str) -> set[str]:
        return {tokenizer.texts()[token] for token in words.likely(tokenizer.encode(text).tolist())}

    shown = tokenizer.texts()[tokenizer.encode("quux")[0]]
    assert {"X", shown, "7", "-"} <= likely('type(⟨1⟩, "')
    assert not {"Z", "~"} & likely('type(⟨1⟩, "')
    assert not likely('type(⟨1⟩, "X') and not likely("click(") and not likely('press("')


@pytest.mark.parametrize("colour", ['<input value="AB2567">', "<p>Like #ab2567.</p>"])
def test_where_a_colour_has_a_number_another_may_begin_with_each_of_its_letters(
    colour: str,
) -> None:
    tokenizer = made()
    opened = tokenizer.encode('type(⟨1⟩, "').tolist()

    def likely(page: str) -> set[str]:
        words = copying().words(tokenizer.encode(f"<task>Pick it<page>{page}").tolist())
        return {tokenizer.texts()[token] for token in words.likely(opened)}

    others = {*"ABCDEF", *"abcdef", "#"}
    assert others <= likely(colour) and not {"G", "g", "~"} & likely(colour)
    for none in ('<input value="AB256">', '<input value="facade">', "<p>AB2567 or #12</p>"):
        assert not {"C", "D", "E", "F"} & likely(none)


@given(st.text("abXY 7-", max_size=20))
def test_an_instruction_that_is_copied_is_never_hindered(text: str) -> None:
    ids = made().encode(f"<task>{text}").tolist()[1:]
    words = copying().words(ids)
    for place, token in enumerate(ids):
        allowed = words.rest(ids[:place])
        assert not allowed or token in allowed


def test_a_model_finishes_what_it_copies() -> None:
    known, grammar = texts(), Grammar(texts(), END, ("type",))
    words = Words({known.index("er")})
    words.add([known.index("Ent"), known.index("er")])

    def typed(words: Words | None) -> str:
        answers = [
            generate(
                weights(model()), [page(20)], 40, grammar, [(1,)], 5.0, [seed],
                words=[words] if words else None,
            )[0]
            for seed in range(60)
        ]  # fmt: skip
        return " ".join("".join(known[token] for token in ids) for ids in answers)

    assert typed(None).count("Ent") > typed(None).count("Enter")
    assert typed(words).count("Ent") == typed(words).count("Enter") > 0


def test_a_model_begins_with_what_it_read_unless_something_else_is_much_likelier() -> None:
    known, grammar = texts(), Grammar(texts(), END, ("type",))
    opening = {id for id, text in enumerate(known) if text.endswith('"')}

    def typed(firsts: set[int]) -> list[str]:
        words = Words((), opening=opening, firsts=firsts)
        pages = [page(20, seed) for seed in range(30)]
        many = generate(weights(model()), pages, 40, grammar, [(1,)] * 30, words=[words] * 30)
        return ["".join(known[token] for token in ids).partition('"')[2] for ids in many]

    free = typed(set())
    others = {known.index(text[0]) for text in free if text[:1] in known}
    assert len(others) > 0
    wanted = next(id for id, text in enumerate(known) if text.isalpha() and id not in others)
    assert any(text.startswith(known[wanted]) for text in typed({wanted}))
