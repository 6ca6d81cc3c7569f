"""The proof of tasks: what is played, how it is judged, stored and shown."""

from dataclasses import replace

import pytest
from evaluation_fakes import RightButton, ToyBrowser, ToyTask
from typer.testing import CliRunner

from webagent.browser.session import open_browser
from webagent.cli.main import app
from webagent.errors import RunError
from webagent.evaluation.proof_store import open_proof, read_proof
from webagent.evaluation.proof_table import document
from webagent.evaluation.prove import (
    Outcome,
    Played,
    Proof,
    Staged,
    digest,
    missing_parts,
    prove_controls,
    prove_pages,
    tally,
)
from webagent.play import Job, play
from webagent.tasks.suites import load_expert, load_task

GOOD = Played(0, True, "success", "aa")
SETUP = {"seeds": [0], "page_seeds": [0], "versions": {"webagent": "1"}}
ABOUT = {"command": "webagent prove", "date": "2026-01-01", "python": "3", "platform": "any"}


def outcome(kind="wrong", result="failed", part="1 click", how="another element", **more):
    return Outcome(kind, part, how, more.pop("seed", 0), result, **more)


def proof(*outcomes, pages=(GOOD,)):
    return Proof({"cdp/element": pages}, {"cdp/element": outcomes})


def test_pages_are_played_fresh_and_used():
    browser = ToyBrowser(slots=1)
    played = prove_pages(ToyTask("toy"), [0, 1], RightButton(), browser)
    assert [(one.seed, one.fresh) for one in played] == [
        (0, True),
        (0, False),
        (1, True),
        (1, False),
    ]
    assert browser.resets == [("toy", seed) for seed in (0, 100, 200, 0, 1, 101, 201, 1)]
    assert {one.ending for one in played} == {"success"}
    assert played[0].digest == played[1].digest != played[2].digest


def test_what_was_typed_in_another_episode_is_gone():
    task = load_task("miniwob.focus-text-2")
    with open_browser(slots=1) as browser:
        [fresh, used] = prove_pages(task, [0], load_expert(task.id), browser)
    assert fresh.digest == used.digest


def test_the_digest_tells_pages_apart():
    [one] = play([Job(ToyTask("toy"), 0)], RightButton(), ToyBrowser())
    assert digest(one) == digest(replace(one, seconds=99.0))
    assert digest(one) != digest(replace(one, final=replace(one.final, html="<p>other</p>")))
    assert digest(one) != digest(replace(one, verdict=replace(one.verdict, raw_reward=0.5)))


def test_controls_are_played_on_what_the_expert_solves():
    played, outcomes = prove_controls(ToyTask("toy"), [0, 2], RightButton(), ToyBrowser())
    assert [one.seed for one in played] == [0, 2, 0, 2]
    assert {one.result for one in outcomes} == {"failed"}
    assert {(one.kind, one.seed) for one in outcomes} >= {("skip", 0), ("wrong", 2)}
    played, outcomes = prove_controls(ToyTask("toy"), [1], RightButton(wrong=True), ToyBrowser())
    assert (played[0].ending, outcomes) == ("failure", [])


def test_other_seeds_stand_in_for_pages_without_a_control(browser):
    task = load_task("miniwob.click-button")  # some of its pages have one button alone
    _, outcomes = prove_controls(task, [0, 1], load_expert(task.id), browser)
    wrong = [one for one in outcomes if one.kind == "wrong"]
    assert any(one.result == "impossible" for one in wrong)
    assert [one.result for one in wrong if one.result != "impossible"] == ["failed", "failed"]


class Forgiving(Staged):
    """A task that takes every end of its page for a success."""

    def judge(self, probe):
        verdict = self.task.judge(probe)
        return replace(verdict, success=verdict.done)


def test_a_page_that_forgives_is_found_out(browser):
    task = load_task("compwob.click-link_enter-text")
    _, strict = prove_controls(task, [0], load_expert(task.id), browser)
    forgiving = Forgiving(task, task.id)
    _, outcomes = prove_controls(forgiving, [0], load_expert(task.id), browser)
    passed = {(one.part, one.how) for one in outcomes if one.result == "passed"}
    assert ("2 enter-text", "another text") in passed
    assert ("1 click-link", "right, then another one") in passed
    assert {one.result for one in strict} == {"failed", "unordered"}


@pytest.mark.parametrize(
    ("kind", "result", "exceptions"),
    [
        ("wrong", "failed", 0),
        ("order", "unordered", 0),
        ("skip", "passed", 1),
        ("skip", "broken", 1),
    ],
)
def test_a_control_that_succeeds_or_breaks_is_an_exception(kind, result, exceptions):
    judged = tally("toy", proof(outcome(kind, result)))
    assert len(judged.exceptions) == exceptions
    assert judged.counts[kind].played == 1


def test_what_is_impossible_is_not_played():
    one = proof(outcome("order", "impossible", reason="shown later"))
    assert (tally("t", one).counts["order"].played, tally("t", one).exceptions) == (0, [])
    assert missing_parts(one) == [("order 1 click", "shown later")]
    both = proof(outcome("order", "impossible"), outcome("order", seed=5))
    assert missing_parts(both) == []


def test_other_pages_are_an_exception_within_a_mode_alone():
    used = Played(0, False, "success", "bb")
    other_backend = Proof({"cdp/element": [GOOD], "selenium/element": [used]})
    other_mode = Proof({"cdp/element": [GOOD], "cdp/pointer": [used]})
    assert len(tally("t", other_backend).exceptions) == 1
    assert tally("t", other_mode).exceptions == []


def test_a_failure_of_the_expert_is_an_exception():
    judged = tally("t", proof(pages=[GOOD, replace(GOOD, ending="failure")]))
    assert (judged.solved, judged.expert, len(judged.exceptions)) == (1, 2, 1)


def test_the_file_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "proof.json"
    file = open_proof(path, SETUP, ABOUT)
    outcomes = [outcome(seed=0), outcome(seed=1), outcome("order", "impossible", reason="later")]
    file.add("toy", "cdp/element", [GOOD], outcomes)
    file.add("toy", "cdp/pointer", [GOOD], [])
    again = open_proof(path, SETUP, ABOUT)
    assert again.proofs == file.proofs
    assert again.has("toy", "cdp/pointer")
    assert not again.has("toy", "selenium/pointer")
    again.add("toy", "cdp/pointer", [replace(GOOD, ending="browser error")], [])
    assert not again.has("toy", "cdp/pointer")  # it is played again
    with pytest.raises(RunError, match="other seeds"):
        open_proof(path, {**SETUP, "seeds": [1]}, ABOUT)
    path.write_text("{}")
    with pytest.raises(RunError, match="not the file of a proof"):
        read_proof(path)


def test_the_document_shows_sums_and_exceptions():
    proofs = {
        "s.a_b": proof(outcome(), outcome("order", "unordered"), outcome("order", seed=1)),
        "s.c": proof(outcome("skip", "passed", ending="success")),
    }
    text = document({"suite": list(proofs)}, proofs, {"date": "today"})
    assert "| a b | 1/1 | – | 1/1 | 1+1/2 | 1/1 |" in text
    assert "- s.c: cdp/element, seed 0: 1 click, another element: passed (success)" in text
    assert "| date | today |" in text


def run(*words):
    return CliRunner().invoke(app, ["prove", *map(str, words)])


def test_the_command_proves_a_task_and_goes_on(tmp_path):
    words = ("-t", "compwob.click-link_click-dialog", "--seeds", 0, "--modes", "element")
    words += ("--out", tmp_path / "proof.json", "--table", tmp_path / "PROOF.md")
    first = run(*words)
    assert first.exit_code == 0, first.output
    saved = (tmp_path / "proof.json").stat().st_mtime_ns
    assert "0 exceptions" in run(*words).output
    assert (tmp_path / "proof.json").stat().st_mtime_ns == saved
    assert "| click-link click-dialog |" in (tmp_path / "PROOF.md").read_text()


def test_the_command_says_what_is_missing():
    assert "Say what to prove" in str(run().exception)
    assert "element and pointer" in str(run("-t", "miniwob.click-test", "--modes", "x").exception)


@pytest.mark.slow
def test_backends_give_the_same_pages(tmp_path, playwright):
    pytest.importorskip("selenium")
    names = (
        "compwob.click-dialog-2_login-user-popup",
        "compwob-reverse.click-button_click-tab-2-hard",
    )
    tasks = [word for name in (*names, "miniwob.book-flight") for word in ("-t", name)]
    result = run(
        *tasks, "--backends", "cdp,playwright,selenium", "--seeds", 0, "--out", tmp_path / "p.json"
    )
    assert result.exit_code == 0, result.output
    assert "0 exceptions" in result.output
