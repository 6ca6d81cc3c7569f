"""Draws that follow what a training gets right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from webagent.errors import RunError
from webagent.nn.html_t5 import initialise
from webagent.nn.loss import forward_loss
from webagent.nn.weights import weights as parameters
from webagent.training.balance import weights
from webagent.training.batches import GROUP, Batches
from webagent.training.follow import MEMORY, Followed
from webagent.training.prepared import About, Prepared
from webagent.training.recipe import Optimization
from webagent.training.train import train

WORDS, END = 64, 1
TASKS = ["copy", "guess"]  # what can be learnt, and what can't


def data(count: int = 200) -> Prepared:
    """Half of the examples copy their first token, those of the other task answer anything."""
    rng = np.random.default_rng(0)
    tokens: list[int] = []
    index: list[tuple[int, ...]] = []
    for number in range(count):
        task, begin = number % 2, len(tokens)
        words = [10 + task, *rng.integers(12, WORDS, 4).tolist(), END]
        answer = [words[1] if task == 0 else int(rng.integers(12, WORDS)), END]
        tokens += words + answer
        index.append((begin, begin + len(words), len(tokens), task, 0, 0, 0))
    return Prepared(About({}, TASKS), np.array(tokens, np.uint16), np.array(index, np.int64))


def followed(group: int = GROUP, success: Mapping[str, float] | None = None) -> Followed:
    def weigh(known: Mapping[str, float]) -> Mapping[str, float]:
        return weights(dict.fromkeys(TASKS, 100), known, 9.0)

    return Followed(TASKS, weigh, group, success or {})


def times(found: Followed, group: int) -> float:
    """How many times as often as "copy" "guess" is drawn."""
    return found.weights(group)["guess"] / found.weights(group)["copy"]


def tell(found: Followed, steps: Sequence[int]) -> None:
    for step in steps:
        found.note(step, TASKS, [True, False])


def test_what_goes_wrong_is_drawn_more_often() -> None:
    found = followed()
    assert times(found, 0) == 1
    tell(found, range(GROUP))
    assert 1 < times(found, 1) < 10
    tell(found, range(GROUP, 10 * GROUP))
    assert times(found, 10) == pytest.approx(10, rel=0.05)


def test_it_begins_with_what_is_known() -> None:
    assert times(followed(success={"copy": 1.0, "guess": 0.0}), 0) == pytest.approx(10)


def test_a_groups_draws_are_settled_before_it_begins() -> None:
    """So the batch behind the current one can be made while that is learnt from."""
    found = followed(4)
    tell(found, range(3))
    settled = times(found, 1)
    tell(found, range(3, 7))
    assert times(found, 1) == settled < times(found, 2)


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_what_is_known_stays_a_share(right: list[bool]) -> None:
    found = followed(1)
    for step, one in enumerate(right):
        found.note(step, ["copy", "elsewhere"], [one, True])
    known = float(found.state()["follow.right"][0])
    assert 0 <= known <= 1
    if len(set(right[-8 * MEMORY :])) == 1 and len(right) >= 4 * MEMORY:
        assert abs(known - right[-1]) < 0.05


def test_draws_move_in_batches() -> None:
    found = followed()
    batches = Batches([data()], 8, followed=found)
    first = Counter(one.task for step in range(GROUP) for one in batches[step])
    tell(found, range(4 * GROUP))
    later = Counter(one.task for step in range(4 * GROUP, 5 * GROUP) for one in batches[step])
    assert first["guess"] / first["copy"] == pytest.approx(1, rel=0.3)
    assert later["guess"] / later["copy"] > 5


def test_a_training_turns_to_what_it_gets_wrong(tmp_path: Path) -> None:
    found = followed()
    plan = Optimization(steps=4 * GROUP, batch=16, rate=2e-2, warmup=5, seed=3)
    model, batches = initialise("tiny", WORDS, seed=1), Batches([data(4000)], 16, followed=found)
    assert train(model, batches, plan, tmp_path, followed=found)
    copied, guessed = found.state()["follow.right"].tolist()
    assert copied > guessed + 0.1
    assert times(found, 4) > 1.1


def test_a_run_that_stopped_goes_on_exactly(tmp_path: Path) -> None:
    plan = Optimization(steps=GROUP + 6, batch=4, rate=1e-2, warmup=3, seed=3)

    def part(name: str, stop_after: float | None) -> tuple[torch.Tensor, bool]:
        found, model = followed(), initialise("tiny", WORDS, seed=1)
        batches = Batches([data()], 4, followed=found)
        done = train(
            model, batches, plan, tmp_path / name, followed=found, stop_after=stop_after
        )  # fmt: skip
        return torch.cat([one.detach().flatten() for one in model.parameters()]), done

    whole, _ = part("whole", None)
    done = False
    while not done:
        parts, done = part("parts", 0.0)
    assert torch.equal(whole, parts)


def test_a_state_of_other_tasks_is_refused(tmp_path: Path) -> None:
    plan, batches = Optimization(steps=2, batch=8, warmup=1), Batches([data()], 8)
    train(initialise("tiny", WORDS), batches, plan, tmp_path)
    with pytest.raises(RunError, match="Name another folder"):
        train(initialise("tiny", WORDS), batches, plan, tmp_path, followed=followed())
    state = followed().state()
    with pytest.raises(ValueError, match="other tasks"):
        Followed(["one"], lambda known: known, 4, {}).restore(state)


def test_an_answer_is_right_up_to_its_first_end() -> None:
    """What stands behind it, such as actions that come later, may be wrong."""
    model = initialise("tiny", WORDS, seed=2)
    source, lengths = torch.arange(10, 22).view(2, 6), torch.tensor([6, 6])
    said = torch.zeros((2, 1), dtype=torch.long)  # what it would say, behind the start token
    with torch.no_grad():
        for _ in range(3):
            logits = model(input_ids=source, decoder_input_ids=said).logits
            said = torch.cat([said, logits[:, -1:].argmax(-1)], 1)

    def answered(changes: Mapping[int, int], end: int) -> list[bool]:
        model.config.eos_token_id = end
        target = said[:, 1:].clone()
        for place, by in changes.items():
            target[0, place] += by
        return forward_loss(parameters(model), source, lengths, target).answered.tolist()

    never, second = WORDS - 1, int(said[0, 2])
    assert answered({}, never) == [True, True]
    assert answered({2: 1}, never) == [False, True]
    assert answered({2: 1}, second)[0] is True
    assert answered({0: 1}, second)[0] is False
