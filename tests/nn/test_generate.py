"""Greedy decoding equals `transformers`; constrained, it gives actions."""

from __future__ import annotations

import pytest
import torch
from small_model import END, model, page, texts

from webagent.actions import parse
from webagent.nn.constrain import Grammar
from webagent.nn.generate import generate
from webagent.nn.weights import weights

PAGES = [page(30, 1), page(17, 2), page(64, 3), page(5, 4)]


def reference(made, pages: list[list[int]], limit: int) -> list[list[int]]:
    """What plain `transformers` generates, each page alone."""
    found: list[list[int]] = []
    for one in pages:
        ids = torch.tensor([one])
        out = made.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=limit,
            do_sample=False,
            num_beams=1,
        )[0, 1:].tolist()
        found.append(out[: out.index(END)] if END in out else out)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_free_decoding_equals_the_reference(seed: int):
    made = model(seed)
    wanted = reference(made, PAGES, 12)
    assert len({tuple(one) for one in wanted}) > 1
    assert any(len(set(one)) > 2 for one in wanted)
    assert generate(weights(made), PAGES, 12) == wanted


def test_a_batch_gives_what_each_page_alone_gives():
    made, grammar = weights(model()), Grammar(texts(), END)
    numbers = [(1, 2), (), (7,), range(20)]
    together = generate(made, PAGES, 24, grammar, numbers)
    alone = [
        generate(made, [one], 24, grammar, [known])[0]
        for one, known in zip(PAGES, numbers, strict=True)
    ]
    assert together == alone


@pytest.mark.parametrize("limit", [6, 9, 30])
@pytest.mark.parametrize("seed", range(4))
def test_constrained_decoding_gives_actions(seed: int, limit: int):
    grammar, known = Grammar(texts(), END), texts()
    for ids in generate(weights(model(seed)), PAGES, limit, grammar, [(3, 4)] * 4):
        text = "".join(known[token] for token in ids)
        assert len(ids) < limit
        ref = parse(text.replace("⟨", "").replace("⟩", "")).ref
        assert ref in (None, 3, 4)


def test_the_likeliest_allowed_token_is_taken():
    """With one action and one kind of choice left, it is the model's own ranking."""
    made, grammar = model(), Grammar(texts(), END, ("click",))
    [ids] = generate(weights(made), PAGES[:1], 8, grammar, [range(20)])
    with torch.no_grad():
        start = torch.tensor([[0, ids[0]]])
        logits = made(input_ids=torch.tensor(PAGES[:1]), decoder_input_ids=start).logits[0, -1]
    numbers = sorted(grammar.numbers.values())
    assert ids[1] == numbers[int(logits[numbers].argmax())]


def test_actions_without_a_choice_need_no_model():
    made, grammar = weights(model()), Grammar(texts(), END, ("done",))
    known = texts()
    [ids] = generate(made, PAGES[:1], 8, grammar, [()])
    assert "".join(known[token] for token in ids) == "done()"


def test_a_limit_too_small_is_an_error():
    grammar = Grammar(texts(), END)
    with pytest.raises(ValueError, match="raise the limit"):
        generate(weights(model()), PAGES[:1], 2, grammar, [(1,)])


def test_no_pages_give_nothing():
    assert generate(weights(model()), []) == []
