"""The error analysis says where episodes fail, from what run folders hold."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from evaluation_fakes import SETUP, record
from typer.testing import CliRunner

from webagent.actions import parse
from webagent.cli.main import app
from webagent.errors import RunError
from webagent.evaluation.analysis import analyse, write_analysis
from webagent.evaluation.config import effective
from webagent.evaluation.record import RecordedStep, from_line, record_of, to_line
from webagent.evaluation.retrace import Parting, write_retrace
from webagent.evaluation.snippets import Shown
from webagent.evaluation.store import CONFIG, EPISODES, REPORT, Run, read_run, write_json
from webagent.types import Decision, Ending, Episode, Observation, Step, Verdict

TASKS = {
    "miniwob.c": {"parts": 1},
    "compwob.a_b": {"parts": ["a", "b"], "order": "forward"},
    "compwob-reverse.a_b": {"parts": ["a", "b"], "order": "reverse"},
}


def made(*records, folder="run", tasks=TASKS):
    seeds = sorted({one.seed for one in records})
    return Run(Path(folder), effective(SETUP, tasks, seeds, "element", "toy 1.0"), records)


def composed(seed, right, task="compwob.a_b", **changes):
    """An episode of a composition of which these parts were right, as "a+ b-"."""
    parts = [{"kind": one[0], "right": one[1] == "+"} for one in right.split()]
    return record(task, seed, "-" not in right, facts={"parts": parts}, **changes)


def acted(*actions, error=None):
    return tuple(RecordedStep(action, error=error) for action in actions)


def counts(groups):
    return {one.name: (one.failures, one.rate.n) for one in groups}


def stored(run, folder):
    folder.mkdir()
    write_json(folder / CONFIG, asdict(run.config))
    (folder / EPISODES).write_bytes(b"".join(to_line(one) for one in run.records))
    return folder


MIXED = made(
    composed(0, "a+ b+"),
    composed(1, "a- b+", depth=4),
    composed(2, "a- b-", depth=6),
    composed(3, "a+ b-", "compwob-reverse.a_b"),
    record("miniwob.c", 0, False, ending=Ending.STEP_LIMIT),
    record("miniwob.c", 1),
    record("miniwob.c", 2, False, ending=Ending.BROWSER_ERROR),
)


def test_a_part_counts_where_all_before_it_were_right():
    first, second = analyse([MIXED]).by["first wrong part"]
    assert (first.name, first.failures, first.rate.n) == ("a", 2, 4)
    assert (second.name, second.failures, second.rate.n) == ("b", 1, 2)
    assert counts(second.positions) == {"2": (1, 2)}
    assert first.share == pytest.approx(2 / 4)


def test_a_kind_that_stands_at_several_places_tells_them_apart():
    run = made(composed(0, "a+ a-"), composed(1, "a- a-"), composed(2, "a+ a+"))
    [group] = analyse([run]).by["first wrong part"]
    assert counts([group]) == {"a": (2, 5)}
    assert counts(group.positions) == {"1": (1, 3), "2": (1, 2)}


def test_groups_follow_labels_and_records():
    result = analyse([MIXED])
    assert counts(result.by["order"]) == {"forward": (2, 3), "reverse": (1, 1)}
    assert counts(result.by["number of parts"]) == {"1": (1, 2), "2": (3, 4)}
    assert counts(result.by["number of clauses"]) == {"1": (4, 6)}
    assert counts(result.by["page depth"]) == {"4": (1, 1), "6": (1, 1)}
    assert list(counts(result.by["task"])) == [
        "compwob.a_b", "compwob-reverse.a_b", "miniwob.c"
    ]  # fmt: skip
    assert result.depthless == 4
    forward = result.by["order"][0]
    assert forward.rate.value == pytest.approx(1 / 3)
    assert forward.rate.low < forward.rate.value < forward.rate.high


def test_infrastructure_errors_are_left_out():
    result = analyse([MIXED])
    assert (result.all.failures, result.all.rate.n, result.infrastructure) == (4, 6, 1)
    assert {one.name: one.count for one in result.habits["ending"]} == {
        "failure": 3, "step limit": 1
    }  # fmt: skip


def test_ten_parts_come_after_nine():
    names = [f"compose.{n}" for n in (10, 9)]
    tasks = {name: {"parts": int(name[8:])} for name in names}
    result = analyse([made(*(record(name, 0, False) for name in names), tasks=tasks)])
    assert [one.name for one in result.by["number of parts"]] == ["9", "10"]


def test_base_tasks_are_told_apart_by_the_clauses_of_their_instructions():
    asked = ["Click it.", "Find it and click it.", "Find it, then click it, and go on."]
    run = made(*(record("miniwob.c", n, n != 1, instruction=one) for n, one in enumerate(asked)))
    groups = analyse([run]).by["number of clauses"]
    assert counts(groups) == {"1": (0, 1), "2": (1, 1), "3": (0, 1)}


@pytest.mark.parametrize(
    ("actions", "loop"),
    [
        (["click(1)"] * 3, "click"),
        (["click(1)"] * 2, None),
        (["click(1)", "click(2)", "click(3)"], None),
        (["click(9)", *['type(1, "a")', "click(2)"] * 3], "type, click"),
        ([*["click(1)"] * 3, "click(2)"], None),
        ([], None),
    ],
)
def test_a_loop_is_a_round_of_equal_actions_at_the_end(actions, loop):
    result = analyse([made(record("miniwob.c", 0, False, steps=acted(*actions)))])
    assert [one.name for one in result.habits["loop"]] == ([loop] if loop else [])


def test_last_actions_and_errors_are_told_without_what_differs():
    errors = ["Element 3 is gone.", "Element 14 is gone.", "No option is called 'it's'; doesn't."]
    acts = [*(acted("click(1)", error=error) for error in errors), ()]
    run = made(*(record("miniwob.c", n, False, steps=steps) for n, steps in enumerate(acts)))
    habits = analyse([run]).habits
    assert [(one.name, one.count) for one in habits["last action"]] == [
        ("click, refused", 3), ("none", 1)
    ]  # fmt: skip
    assert (habits["refused"][0].name, habits["refused"][0].share) == ("Element … is gone.", 0.5)


def test_what_to_collect_are_base_tasks_by_failures():
    untold = record("compwob.a_b", 8, False)
    result = analyse([replace(MIXED, records=(*MIXED.records, untold))])
    assert [(one.name, one.count) for one in result.collect] == [
        ("miniwob.a", 2), ("miniwob.b", 1), ("miniwob.c", 1)
    ]  # fmt: skip


def test_examples_go_round_the_largest_groups_and_do_not_depend_on_order():
    many = [composed(seed, "a- b-", steps=acted(*["click(1)"] * seed)) for seed in range(1, 8)]
    few = [composed(9, "a+ b-"), record("miniwob.c", 3, False)]
    examples = analyse([made(*many, *few)]).examples
    assert [one.of for one in examples[:4]] == ["a", "b", "miniwob.c", "a"]
    assert examples[0].seed == 4  # of middle length
    assert len(examples) == 8
    assert analyse([made(*reversed([*many, *few]))]).examples == examples


def test_an_example_shows_the_last_page_cut():
    steps = (RecordedStep("click(1)", html="<p>"), RecordedStep("click(2)", html="<b>" * 1000))
    [example] = analyse([made(record("miniwob.c", 0, False, steps=steps))]).examples
    assert example.page.startswith("<b><b>")
    assert example.page.endswith("… [1,500 more characters]")
    assert [step.html for step in example.steps] == [None, None]


def test_runs_of_different_episodes_are_one():
    other = made(record("miniwob.d", 0, False), folder="other", tasks={"miniwob.d": {"parts": 1}})
    result = analyse([MIXED, other])
    assert [one.folder for one in result.runs] == ["run", "other"]
    assert counts(result.by["number of parts"])["1"] == (2, 3)


def test_runs_that_share_an_episode_are_refused():
    with pytest.raises(RunError, match=r"compwob\.a_b, seed 0, .* --against"):
        analyse([MIXED, MIXED])


def test_a_run_that_tells_nothing_is_refused():
    with pytest.raises(RunError, match="No finished episode in run;"):
        analyse([made(record("miniwob.c", 2, False, ending=Ending.BROWSER_ERROR))])


def test_changes_are_told_only_beyond_noise():
    def played(a, c):
        return made(*(composed(seed, "a+ b+" if seed < a else "a+ b-") for seed in range(20)),
                    *(record("miniwob.c", seed, seed < c) for seed in range(20)))  # fmt: skip

    changes = analyse([played(a=18, c=10)], [played(a=4, c=12)]).changes
    assert [(one.name, one.only_b) for one in changes.gained] == [("compwob.a_b", 14)]
    assert (changes.lost, changes.unsettled) == ((), 1)
    back = analyse([played(a=4, c=12)], [played(a=18, c=10)]).changes
    assert [one.name for one in back.lost] == ["compwob.a_b"]
    assert analyse([MIXED]).changes is None


def test_tasks_that_were_posed_differently_are_told():
    other = replace(MIXED, config=replace(MIXED.config, text="official"))
    assert analyse([MIXED], [other]).changes.obstacles == ("text: official, clean",)


def test_the_page_links_the_report_and_ends_with_options(tmp_path):
    run = replace(MIXED, folder=tmp_path / "my run")
    run.folder.mkdir()
    assert "[report]" not in write_analysis(analyse([run]), tmp_path).read_text()
    (run.folder / REPORT).touch()
    page = write_analysis(analyse([run], [run]), tmp_path / "out").read_text()
    assert "[report](../my%20run/report.html)" in page
    assert "| `a` | 2 | 4 | 50.0 |" in page
    assert "six seeds of a task): 0, lost: 0" in page
    assert "or saw no page: 4." in page
    blocks = re.findall(r"^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [block.split("\n")[0] for block in blocks] == [
        "--task miniwob.a", "--task compwob.a_b"
    ]  # fmt: skip
    data = json.loads((tmp_path / "out" / "analysis.json").read_text())
    assert data["by"]["task"][0]["failures"] == 2


def test_what_is_foreign_stays_in_code(tmp_path):
    evil = "`<script>alert(1)</script>`\n# | heading\n```"
    steps = (RecordedStep(evil, error=evil, html=evil),)
    name = "miniwob.c"
    run = made(record(name, 0, False, instruction=evil, detail=evil, steps=steps))
    page = write_analysis(analyse([run]), tmp_path).read_text()
    outside = re.sub(r"^```.*?^```$|`[^`\n]*`", "", page, flags=re.MULTILINE | re.DOTALL)
    assert "script" in page
    assert "script" not in outside
    assert "heading" not in outside


def test_retraced_runs_tell_where_the_element_to_act_on_was(tmp_path):
    run = read_run(stored(MIXED, tmp_path / "run"))
    assert analyse([run]).snippets == ()
    where = [("compwob.a_b", 1, Shown.OUTSIDE), ("compwob.a_b", 2, Shown.INSIDE),
             ("compwob-reverse.a_b", 3, Shown.OUTSIDE), ("miniwob.c", 0, None),
             ("miniwob.c", 1, Shown.LATER)]  # fmt: skip
    partings = [Parting(task, seed, "Go.", 0, "", "x", shown=one) for task, seed, one in where]
    write_retrace(run, "expert", partings)
    result = analyse([run])  # in which miniwob.c 1 succeeded
    assert [(one.name, one.count) for one in result.snippets] == [
        ("outside of the snippet", 2), ("in the snippet", 1),
    ]  # fmt: skip
    page = write_analysis(result, tmp_path / "out").read_text()
    assert "| outside of the snippet | 2 | 66.7 |" in page
    told = CliRunner().invoke(app, ["analyse", str(run.folder)]).output
    assert "element to act on: outside of the snippet 66.7 %; in the snippet 33.3 %" in told


def test_a_run_without_failures_has_a_page(tmp_path):
    page = write_analysis(analyse([made(record("miniwob.c", 0))]), tmp_path).read_text()
    assert "0 of 1 episodes failed; 100 % succeeded" in page
    assert "--task" not in page


def test_a_record_keeps_the_depth_of_its_first_page():
    step = Step(Observation('<p><a ref="1">x</a></p>'), Decision(parse("click(1)")))
    later = replace(step, observation=Observation("<p></p>"))
    episode = Episode("t", 0, Ending.FAILURE, Verdict(""), (step, later), None, 0.1)
    assert record_of(episode).depth == 2
    assert record_of(replace(episode, steps=())).depth is None
    line = json.loads(to_line(record_of(episode)))
    del line["depth"]
    assert from_line(json.dumps(line).encode()).depth is None


def test_the_command_writes_into_the_run_and_prints_the_short_form(tmp_path):
    now, before = stored(MIXED, tmp_path / "now"), stored(MIXED, tmp_path / "before")
    assert read_run(now).records == tuple(sorted(MIXED.records, key=lambda one: one.key))
    result = CliRunner().invoke(app, ["analyse", str(now), "--against", str(before)])
    assert result.exit_code == 0, result.output
    assert "4 of 6 episodes failed; 33.3 % succeeded." in result.output
    assert "by first wrong part" in result.output
    assert "Tasks gained beyond noise: 0, lost: 0" in result.output
    assert "\n--task miniwob.a\n--task miniwob.b\n--task miniwob.c\n" in result.output
    assert (now / "analysis.md").exists()
    assert (now / "analysis.json").exists()
    other = tmp_path / "elsewhere" / "deep"
    assert CliRunner().invoke(app, ["analyse", str(now), "--out", str(other)]).exit_code == 0
    assert (other / "analysis.md").exists()
