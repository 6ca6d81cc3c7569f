"""Prepared examples, and which of them each step sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from webagent import actions
from webagent.errors import RunError
from webagent.nn.vocabulary import END, NUMBERED, PAGE
from webagent.training.balance import by_step, weights
from webagent.training.batches import Batches, portions
from webagent.training.prepared import PIXELS, Example, Ids, Prepared, prepare
from webagent.training.questions import Question, acting
from webagent.types import Context, Decision, Observation, Step


class Letters:
    """An encoder with a token for each character, and for each number of an element."""

    def encode_many(self, texts: Sequence[str]) -> list[Ids]:
        return [np.array(list(self._ids(text)), np.uint16) for text in texts]

    def _ids(self, text: str):
        while text:
            if text[0] == "⟨":
                number, _, text = text[1:].partition("⟩")
                yield NUMBERED.start + int(number)
            elif text.startswith("<page>"):
                yield PAGE
                text = text.removeprefix("<page>")
            else:
                yield NUMBERED.stop + ord(text[0]) % 1000
                text = text[1:]


def pair(task: str, words: int) -> tuple[Context, Decision]:
    html = f'<p>{"word " * words}</p><b ref="7">x</b><a ref="3">y</a>'
    return Context(task, "Do it.", Observation(html)), Decision(actions.click(3))


@pytest.fixture
def data(tmp_path: Path) -> Prepared:
    pairs = [pair("miniwob.a", n % 40) for n in range(300)]
    pairs += [pair("miniwob.b", 50 + n % 40) for n in range(100)]
    questions = acting([one] for one in pairs)
    return prepare(questions, Letters(), tmp_path / "prepared", {"of": "tests"})


def test_examples_end_and_name_their_element(data: Prepared) -> None:
    example = data.example(0)
    assert example.source[-1] == example.target[-1] == END
    assert NUMBERED.start + 1 in example.target
    assert data.about.tasks == ["miniwob.a", "miniwob.b"]


def test_elements_are_numbered_from_a_drawn_start(data: Prepared) -> None:
    plain, drawn, last = (data.example(5, draw) for draw in (0.0, 0.5 ** (1 / 3) + 1e-9, 0.999999))
    shifts = drawn.source.astype(int) - plain.source
    assert set(shifts[shifts != 0]) == {511}
    numbered = (plain.source >= NUMBERED.start) & (plain.source < NUMBERED.stop)
    assert (shifts[~numbered] == 0).all()
    assert last.source[numbered].max() < NUMBERED.stop


def test_the_same_data_is_not_prepared_twice(tmp_path: Path, data: Prepared) -> None:
    folder = tmp_path / "prepared"
    before = (folder / "tokens.npy").stat().st_mtime_ns
    again = prepare(iter(()), Letters(), folder, {"of": "tests"})
    assert len(again) == len(data)
    assert (folder / "tokens.npy").stat().st_mtime_ns == before
    with pytest.raises(RunError, match="nothing to learn from"):
        prepare(iter(()), Letters(), folder, {"of": "other"})


@pytest.mark.parametrize("failing", [False, True])
def test_one_run_waits_for_another_that_prepares_the_same(tmp_path: Path, failing: bool) -> None:
    began, go, asked = Event(), Event(), [0]

    def slow() -> Iterator[Question]:
        yield from acting([[pair("miniwob.a", 1)]])
        began.set()
        assert go.wait(60)
        if failing:
            raise RunError("no more")

    def other() -> Iterator[Question]:
        asked[0] += 1
        yield from acting([[pair("miniwob.a", 1)]])

    with ThreadPoolExecutor() as pool:
        first = pool.submit(prepare, slow(), Letters(), tmp_path, {"of": "tests"})
        assert began.wait(60)
        second = pool.submit(prepare, other(), Letters(), tmp_path, {"of": "tests"})
        wait([second], 0.3)
        early = second.done()
        go.set()
    assert not early and asked == [int(failing)]
    assert (first.exception() is not None) == failing
    again = prepare([], Letters(), tmp_path, {"of": "tests"})
    assert len(second.result()) == 1 and np.array_equal(second.result().tokens, again.tokens)


def test_examples_whose_element_is_cut_off_are_left_out(tmp_path: Path) -> None:
    pairs = [pair("miniwob.a", 1), pair("miniwob.a", 100)]
    found = prepare(acting([one] for one in pairs), Letters(), tmp_path, {}, 200)
    assert len(found) == 1
    assert found.about.left_out == {"the answer's element is cut off": 1}
    hidden = Decision(actions.click(99))
    asked = acting([[pairs[0]], [(pairs[0][0], hidden)]])
    found = prepare(asked, Letters(), tmp_path, {"n": 2})
    assert found.about.left_out == {"the answer's element is not shown": 1}


def test_answers_end_before_what_names_a_lost_element(tmp_path: Path) -> None:
    source = "<task>Do it.<page><b⟨0⟩>x</b>" + "y" * 80 + "<b⟨1⟩>z</b>"
    questions = [
        Question("a", source, [f"{n}⟨{n}⟩" for n in order]) for order in ((0, 1, 0), (1, 0))
    ]
    found = prepare(questions, Letters(), tmp_path, {}, 60)
    assert found.about.left_out == {"the answer's element is cut off": 1}
    assert np.sum(found.example(0).target == END) == 1


def test_a_batch_depends_on_seed_and_step_alone(data: Prepared) -> None:
    one, other = Batches([data], 8, seed=1), Batches([data], 8, seed=1)
    late = other[70]
    for step in range(70):
        other[step]
    for first, second in zip(one[70], late, strict=True):
        assert np.array_equal(first.source, second.source)
    different = Batches([data], 8, seed=2)[70]
    assert any(
        not np.array_equal(a.source, b.source) for a, b in zip(different, late, strict=False)
    )


def test_batches_have_about_the_same_number_of_tokens(data: Prepared) -> None:
    batches = Batches([data], 16)
    sizes = [sum(len(one.source) for one in batches[step]) for step in range(32)]
    assert max(sizes) < 1.6 * min(sizes)
    spread = [
        max(len(e.source) for e in batches[s]) - min(len(e.source) for e in batches[s])
        for s in range(32)
    ]
    assert np.mean(spread) < 30


def test_tasks_are_drawn_by_weight(data: Prepared) -> None:
    rule = weights({"miniwob.a": 300, "miniwob.b": 100}, {"miniwob.a": 1.0, "miniwob.b": 0.0}, 3.0)
    only_b = Batches([data], 16, weights={"miniwob.a": 0.0})
    longest_of_a = int(data.lengths[:300].max())
    assert all(len(e.source) > longest_of_a for step in range(32) for e in only_b[step])
    assert rule["miniwob.b"] * 100 == pytest.approx(4 * rule["miniwob.a"] * 300)
    shared = weights({"miniwob.a": 300, "composed.2": 30, "composed.3": 70}, {}, 0.0, composed=0.8)
    assert shared["miniwob.a"] * 300 == pytest.approx(100 * shared["composed.2"] / 4)


def test_compositions_share_draws_and_those_of_failing_parts_are_drawn_more_often() -> None:
    kept, failing, text = (
        "compose.click-link+enter-text",
        "compose.enter-text+login-user",
        "composed.2",
    )
    counts = {"miniwob.click-link": 50, kept: 10, failing: 20, text: 40}
    success = {"miniwob.click-link": 1.0, "miniwob.enter-text": 1.0, "miniwob.login-user": 0.4}
    rule = weights(counts, success, 5.0, composed=0.6)
    assert sum(rule[task] * counts[task] for task in (kept, failing, text)) == pytest.approx(0.6)
    assert rule[failing] == pytest.approx(4 * rule[kept])
    assert rule[text] == pytest.approx(2 * rule[kept])
    measured = weights(counts, success | {failing: 1.0}, 5.0, composed=0.6)
    assert measured[failing] == pytest.approx(measured[kept])


def test_compositions_have_all_draws_where_there_is_nothing_else() -> None:
    counts = {"composed.2": 30, "composed.3": 70}
    assert weights(counts, {}, 0.0) == pytest.approx(dict.fromkeys(counts, 0.01))
    asked = {"miniwob.a": 10, **counts, "plan.composed.2": 5}
    rule = weights(asked, {}, 0.0, modular=0.5)
    assert rule["plan.composed.2"] * 5 == pytest.approx(0.25)
    assert rule["composed.2"] == 0 < rule["miniwob.a"]


def test_steps_that_go_wrong_are_drawn_more_often_within_their_task(tmp_path: Path) -> None:
    step = Step(Observation(""), Decision(actions.click(3)))
    demonstration = [
        (replace(context, history=(step,) * number), decision)
        for number, (context, decision) in enumerate([pair("miniwob.a", 9 * n) for n in range(10)])
    ]
    data = prepare(acting([demonstration, [pair("miniwob.b", 200)] * 10]), Letters(), tmp_path, {})
    assert data.steps.tolist() == [*range(10), *[0] * 10]
    faults = by_step({"miniwob.a": {9: 0.5}}, 18.0)
    assert faults["plan.miniwob.a"] == faults["miniwob.a"] == {9: 10.0}
    batches = Batches([data], 16, steps=faults, renumber=False)
    drawn = [len(one.source) for number in range(320) for one in batches[number]]
    of_a = [length for length in drawn if length < 1000]
    assert len(of_a) / len(drawn) == pytest.approx(0.5, abs=0.03)
    last = sum(length == max(of_a) for length in of_a)
    assert last / len(of_a) == pytest.approx(10 / 19, abs=0.04)


def test_plans_and_programs_have_their_share_of_draws() -> None:
    counts = {"miniwob.a": 30, "plan.miniwob.a": 20, "program.miniwob.a": 10, "plan.composed.2": 5}
    rule = weights(counts, {}, 1.0, composed=0.2, modular=0.4)
    drawn = {task: rule[task] * count for task, count in counts.items()}
    assert sum(drawn.values()) == pytest.approx(1.0)
    assert drawn["program.miniwob.a"] == pytest.approx(0.2)
    assert drawn["plan.composed.2"] == pytest.approx(0.2 * drawn["plan.miniwob.a"] / 0.8)


def test_several_data_sets_are_drawn_from_as_one(tmp_path: Path, data: Prepared) -> None:
    other = prepare(acting([[pair("compose.c", 200)]] * 40), Letters(), tmp_path / "other", {})
    lengths = [len(e.source) for s in range(32) for e in Batches([data, other], 16)[s]]
    assert max(lengths) > 800 > min(lengths)


def test_pages_get_longer_over_the_first_steps(tmp_path: Path) -> None:
    pairs = [[pair("miniwob.a", 5 * n)] for n in range(100)]
    prepared = prepare(acting(pairs), Letters(), tmp_path, {"of": "lengths"})
    batches = Batches([prepared], 8, seed=2, grow=320)
    longest = [
        max(len(one.source) for step in range(begin, begin + 64) for one in batches[step])
        for begin in (0, 128, 256, 384)
    ]
    assert longest == sorted(set(longest))
    assert longest[0] < 200 and longest[-1] > 2000


def test_what_is_never_drawn_does_not_say_how_long_the_first_pages_are(tmp_path: Path) -> None:
    pairs = [pair("composed.2", 1), *[pair("miniwob.b", 400)] * 5]
    data = prepare(acting([[one] for one in pairs]), Letters(), tmp_path, {})
    batches = Batches([data], 4, weights={"composed.2": 0.0}, grow=1000)
    assert {len(one.source) for one in batches[0]} == {int(data.lengths.max())}


def test_targets_go_on_behind_the_action_that_a_policy_stops_at(tmp_path: Path) -> None:
    html = '<a ref="1">one</a><a ref="2">two</a><a ref="3">three</a>'
    history: tuple[Step, ...] = ()
    steps: list[tuple[Context, Decision]] = []
    for ref in (2, 3, 8):
        context = Context("miniwob.a", "Do it.", Observation(html), history)
        steps.append((context, Decision(actions.click(ref))))
        history += (Step(context.observation, steps[-1][1]),)
    plain = prepare(acting([steps]), Letters(), tmp_path / "plain", {})
    more = prepare(acting([steps], 8, 2), Letters(), tmp_path / "more", {})
    assert (len(plain), len(more)) == (2, 2)  # the third acts on what is not shown
    short, long = plain.example(0), more.example(0)
    assert list(short.target) == list(long.target[: len(short.target)])
    ends = [place for place, token in enumerate(long.target) if token == END]
    assert len(ends) == 3 and ends[0] == len(short.target) - 1 and ends[2] == len(long.target) - 1
    behind = long.target[ends[1] :]
    assert ((behind >= NUMBERED.start) & (behind < NUMBERED.stop)).sum() == 2


def test_steps_where_a_corrected_player_failed_are_drawn_more_often(tmp_path: Path) -> None:
    questions = [
        replace(one, wrong=number >= 95)
        for number, one in enumerate(acting([pair("miniwob.a", n)] for n in range(100)))
    ]
    data = prepare(questions, Letters(), tmp_path, {})
    assert data.wrong.sum() == 5
    wrong_from = int(data.lengths[95:].min())
    for faults, share in ((0.0, 0.05), (19.0, 100 / 195)):
        batches = Batches([data], 16, faults=faults)
        drawn = [len(one.source) for step in range(320) for one in batches[step]]
        found = sum(length >= wrong_from for length in drawn) / len(drawn)
        assert found == pytest.approx(share, abs=0.03)


def test_steps_that_are_wrong_twice_over_leave_their_task_its_share(tmp_path: Path) -> None:
    step = Step(Observation(""), Decision(actions.click(3)))
    steps = [
        (replace(context, history=(step,) * number), decision)
        for number, (context, decision) in enumerate([pair("miniwob.a", 9 * n) for n in range(10)])
    ]
    questions = [
        *(replace(one, wrong=one.step == 9) for one in acting([steps] * 3)),
        *acting([[pair("miniwob.b", 200)]] * 40),
    ]
    data = prepare(questions, Letters(), tmp_path, {})
    counts = {"miniwob.a": 27 + 3 * 21, "miniwob.b": 40}
    rule = weights(counts, {"miniwob.a": 0.5, "miniwob.b": 0.5}, 60.0)
    faults = {"miniwob.a": {9: 31.0}}
    batches = Batches([data], 16, weights=rule, steps=faults, faults=20.0, renumber=False)
    drawn = [len(one.source) for number in range(320) for one in batches[number]]
    of_a = [length for length in drawn if length < 1000]
    assert len(of_a) / len(drawn) == pytest.approx(0.5, abs=0.03)
    assert sum(length == max(of_a) for length in of_a) / len(of_a) == pytest.approx(
        31 / 40, abs=0.04
    )


def test_a_batch_is_cut_where_it_would_cost_too_much() -> None:
    picture = np.zeros((60, 1, PIXELS, 3), np.uint8)
    frames = {2: (picture, None), 5: (None, None)}
    costs = {10: 10, 2: 62, 5: 5, 90: 90, 4: 4}
    batch = [
        Example(np.ones(length, np.uint16), np.ones(1, np.uint16), frames.get(length, ()))
        for length in costs
    ]
    assert [one.cost for one in batch] == list(costs.values())

    def lengths(limit: int | None) -> list[list[int]]:
        return [[len(one.source) for one in part] for part in portions(batch, limit)]

    assert lengths(None) == [[10, 2, 5, 90, 4]]
    assert lengths(72) == [[10, 2], [5], [90], [4]]
    assert lengths(1) == [[10], [2], [5], [90], [4]]
    assert portions([], 5) == []
