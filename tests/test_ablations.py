"""The ablation bench trains, plays and reports by the commands that users run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.ablations.plan import Plan, plans
from webagent.tasks.suites import suite_names
from webagent.training.recipe import changed, load_recipe

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", plans())
def test_plans_name_recipes_and_settings_that_there_are(name: str) -> None:
    for one in plans()[name].models:
        changed(load_recipe(one.recipe), list(one.set))


@pytest.mark.parametrize("name", plans())
def test_plans_play_suites_that_there_are(name: str) -> None:
    assert plans()[name].suites and {*plans()[name].suites} <= {*suite_names()}


def test_a_plan_that_plays_what_it_does_not_train_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no model b"):
        Plan.model_validate(
            {
                "about": "",
                "models": [{"name": "a", "recipe": "tiny"}],
                "plays": [{"label": "x", "of": "b"}],
            }
        )
    with pytest.raises(ValueError, match="which is not made before"):
        Plan.model_validate(
            {"about": "", "models": [{"name": "a", "recipe": "tiny", "start": "b"}], "plays": []}
        )


def test_some_plans_need_a_model_to_go_on_from() -> None:
    assert {name for name, plan in plans().items() if plan.starts} == {"self-play", "modules"}


@pytest.mark.slow
def test_a_plan_becomes_a_table(tmp_path: Path) -> None:
    file = tmp_path / "plans.toml"
    file.write_text(
        "[own]\n"
        'about = "Beside own successes and corrected ones."\n'
        'models = [{ name = "a", recipe = "tiny", plays = "own" }, '
        '{ name = "b", recipe = "tiny", plays = "corrected" }]\n'
        'plays = [{ label = "before" }, { label = "own", of = "a" }]\n'
        "[tiny]\n"
        'about = "With and without primed heads."\n'
        'models = [{ name = "a", recipe = "tiny" }, '
        '{ name = "b", recipe = "tiny", set = ["model.primed=false"], start = "a" }]\n'
        'plays = [{ label = "one", of = "a" }, '
        '{ label = "on other pages", of = "b", policy = "perturbed?how=top&policy={model}" }]\n'
    )
    data, words = tmp_path / "data", tmp_path / "words"
    task = ["--task", "miniwob.click-test", "--task", "miniwob.click-button"]
    run("webagent", "collect", *task, "--per-task", "4", "--out", data)
    run("webagent", "tokenizer", "train", "--data", data, "--size", "2300", "--out", words)
    where = ["--work", tmp_path / "work", "--plans", file, "--out", tmp_path / "out"]
    rest = ["--data", data, "--steps", "4", "--seeds", "500000", *where]
    run("benchmarks.ablations", "tiny", "--tokenizer", words, *rest)
    found = json.loads((tmp_path / "out" / "tiny.json").read_text("utf-8"))
    assert [row["success"]["miniwob-56"]["episodes"] for row in found["rows"]] == [56, 56]
    assert "| on other pages | " in (tmp_path / "out" / "tiny.md").read_text("utf-8")
    start = tmp_path / "work" / "tiny" / "a"
    run("benchmarks.ablations", "own", "--from", start, "--per-task", "1", *rest)
    assert "| before | " in (tmp_path / "out" / "own.md").read_text("utf-8")


def run(*words: object) -> None:
    command = [sys.executable, "-m", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
