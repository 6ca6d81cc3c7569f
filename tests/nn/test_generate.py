"""Greedy decoding equals `transformers`; constrained, it gives actions; sampled, it varies."""

from __future__ import annotations

from collections import Counter

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


@pytest.mark.parametrize("limit", [12, 80])
@pytest.mark.parametrize("seed", range(3))
def test_free_decoding_equals_the_reference(seed: int, limit: int):
    made = model(seed)
    wanted = reference(made, PAGES, limit)
    assert len({tuple(one) for one in wanted}) > 1
    assert any(len(set(one)) > 2 for one in wanted)
    assert generate(weights(made), PAGES, limit) == wanted


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


def sampled(seeds, temperature: float = 1.0, pages=PAGES[:1], limit: int = 24, grammar=None):
    numbers = [(3, 4)] * len(pages)
    return generate(weights(model()), pages, limit, grammar, numbers, temperature, seeds)


def test_sampled_answers_are_actions_on_elements_of_the_page():
    grammar, known = Grammar(texts(), END), texts()
    answers = [ids for seed in range(12) for ids in sampled([seed], 3.0, grammar=grammar)]
    written = ["".join(known[token] for token in ids) for ids in answers]
    refs = {parse(text.replace("⟨", "").replace("⟩", "")).ref for text in written}
    assert refs <= {None, 3, 4}
    assert len(set(written)) > 6


def test_a_sample_follows_from_its_seed_and_not_from_the_batch():
    grammar = Grammar(texts(), END)
    together = sampled([1, 2, 3, 4], pages=PAGES, grammar=grammar)
    alone = [
        sampled([seed], pages=[one], grammar=grammar)[0] for seed, one in enumerate(PAGES, start=1)
    ]
    assert together == alone
    assert together != sampled([5, 6, 7, 8], pages=PAGES, grammar=grammar)


def test_samples_are_as_frequent_as_the_model_says():
    """Of two elements, at a temperature that leaves both a chance."""
    grammar, temperature, count = Grammar(texts(), END, ("click",)), 0.2, 400
    pages = PAGES[:1] * count
    drawn = Counter(ids[1] for ids in sampled(range(count), temperature, pages, 8, grammar))
    numbers = [grammar.numbers[3], grammar.numbers[4]]
    with torch.no_grad():
        start = torch.tensor([[0, texts().index("click(")]])
        logits = model()(input_ids=torch.tensor(PAGES[:1]), decoder_input_ids=start).logits[0, -1]
    first = float((logits[numbers] / temperature).softmax(-1)[0])
    assert set(drawn) == set(numbers)
    assert drawn[numbers[0]] / count == pytest.approx(first, abs=0.1)


def test_a_low_temperature_takes_the_likeliest():
    for grammar in (None, Grammar(texts(), END)):
        greedy = generate(weights(model()), PAGES, 12, grammar, [(3, 4)] * 4)
        assert sampled(range(4), 1e-9, PAGES, 12, grammar) == greedy
    assert sampled(range(4), 2.0, PAGES, 12) != greedy


@pytest.mark.parametrize(("temperature", "seeds"), [(1.0, None), (1.0, [1, 2]), (-1.0, [1])])
def test_sampling_needs_a_temperature_and_seeds(temperature, seeds):
    with pytest.raises(ValueError, match="a seed for each page"):
        generate(weights(model()), PAGES[:1], 8, None, None, temperature, seeds)
