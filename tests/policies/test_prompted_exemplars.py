"""`webagent exemplars`: from demonstrations and runs to what agents are shown."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

pytest.importorskip("pyarrow")

from webagent.actions import read
from webagent.cli.main import app
from webagent.errors import WebAgentError
from webagent.policies.prompted.exemplars import SHIPPED, read_exemplars

LINK, TEXT = "miniwob.click-link", "miniwob.enter-text"


def run(*words) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, WebAgentError):
        raise result.exception
    assert result.exception is None, result.exception
    return result.output


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "shown"
    run("collect", "--task", LINK, "--task", TEXT, "--per-task", 3, "--slots", 1, "--out", folder)
    return folder


def test_demonstrations_become_exemplars(demonstrations, tmp_path):
    file = tmp_path / "new" / "mine.jsonl"
    told = run("exemplars", demonstrations, "--per-task", 2, "--out", file)
    assert "4 exemplars of 2 tasks" in told
    found = read_exemplars(file)
    assert [one.task for one in found] == [LINK, LINK, TEXT, TEXT]
    assert [one.seed for one in found[:2]] == [1_000_000, 1_000_001]
    typed = found[2]
    assert [one.action.partition("(")[0] for one in typed.steps] == ["type", "click"]
    assert f'value="{typed.instruction.split(chr(34))[1]}"' in typed.steps[1].page


def test_shipped_exemplars_are_what_the_command_makes(demonstrations, tmp_path):
    run("exemplars", demonstrations, "--out", tmp_path / "a.jsonl")
    shipped = [one for one in read_exemplars(SHIPPED) if one.task in (LINK, TEXT)]
    assert read_exemplars(tmp_path / "a.jsonl") == shipped


def test_tasks_can_be_chosen_and_pages_cut(demonstrations, tmp_path):
    file = tmp_path / "a.jsonl"
    run("exemplars", demonstrations, "--task", LINK, "--page", 100, "--out", file)
    found = read_exemplars(file)
    assert {one.task for one in found} == {LINK}
    for one in found:
        [step] = one.steps
        assert step.page.startswith("<span ref=")
        assert f'ref="{read(step.action).ref}"' in step.page


def test_runs_give_the_programs_that_succeeded(tmp_path):
    pytest.importorskip("pydantic_monty")
    folder, file = tmp_path / "run", tmp_path / "skills.jsonl"
    options = ("--any-seeds", "--slots", 1, "--replays", 0)
    policy = ("--policy", "adaplanner?model=rules&shots=0")
    run("eval", "--task", TEXT, *policy, "--seeds", "1000000-1000001", *options, "--out", folder)
    run("exemplars", folder, "--out", file)
    found = read_exemplars(file)
    assert len(found) == 2
    assert all("click(saying(" in one.program and not one.steps for one in found)
    kept = tmp_path / "kept"
    words = ("eval", "--task", TEXT, "--policy", "expert", "--seeds", "1000000", "--keep-html")
    run(*words, *options, "--out", kept)
    run("exemplars", kept, folder, "--per-task", 3, "--out", file)
    with_programs = [bool(one.program) for one in read_exemplars(file)]
    assert with_programs == [True, True, False]


def test_only_training_seeds_may_be_shown(tmp_path):
    folder = tmp_path / "run"
    run("eval", "--task", LINK, "--seeds", "0", "--slots", 1, "--replays", 0, "--out", folder)
    with pytest.raises(WebAgentError, match=r"evaluation seeds.*training seeds"):
        run("exemplars", folder, "--out", tmp_path / "a.jsonl")


def test_corrections_of_another_policys_steps_are_refused(tmp_path):
    folder = tmp_path / "corrected"
    words = ("--policy", "expert", "--relabel", "expert", "--per-task", 1, "--slots", 1)
    run("collect", "--task", LINK, *words, "--out", folder)
    with pytest.raises(WebAgentError, match=r"what expert would have done.*without --relabel"):
        run("exemplars", folder, "--out", tmp_path / "a.jsonl")


def test_a_folder_without_solved_episodes_is_explained(demonstrations, tmp_path):
    with pytest.raises(WebAgentError, match="no solved episodes"):
        run("exemplars", demonstrations, "--task", "miniwob.other", "--out", tmp_path / "a.jsonl")
    with pytest.raises(WebAgentError, match="nothing"):
        run("exemplars", tmp_path / "nothing", "--out", tmp_path / "a.jsonl")
