"""The report is self-contained, complete, and inert whatever a page put into it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from evaluation_fakes import SETUP, RightButton, ToyBrowser, ToyTask, record
from rich.console import Console

from webagent.evaluation.config import effective
from webagent.evaluation.metrics import summarize
from webagent.evaluation.replay import Picture, Replay, ReplayStep
from webagent.evaluation.report import render, terminal_table, write_report
from webagent.evaluation.run import evaluate
from webagent.evaluation.store import Run
from webagent.types import Box, Ending, Try

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>$x^{$"
BASE = {"miniwob.a": {"group": "base", "parts": 1}, "miniwob.b": {"group": "base", "parts": 1}}
COMPOSED = {
    f"compwob{suffix}.{name}": {
        "group": "way", "parts": name.split("_"), "order": order, "base": name.split("_"),
    }
    for suffix, order in (("", "forward"), ("-reverse", "reverse"))
    for name in ("a_b", "a_b_a")
}  # fmt: skip


def made(folder, tasks, policy="tiny", seeds=range(4), setup=SETUP):
    config = effective(replace(setup, policy=policy), tasks, seeds, "element", "toy 1.0")
    records = [record(task, seed, (seed + n) % 3 > 0) for n, task in enumerate(tasks)
               for seed in seeds]  # fmt: skip
    return Run(folder, config, tuple(records))


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


@pytest.mark.parametrize("tasks", [BASE, COMPOSED, BASE | COMPOSED], ids=["base", "comp", "both"])
def test_every_task_and_score_is_in_the_report(tmp_path, tasks):
    run = made(tmp_path, tasks)
    page = soup(render([run], [[]]))
    text = page.get_text(" ")
    assert all(task in text for task in tasks)
    score = summarize(run.records, tasks).success.value
    assert page.select_one(".big").get_text() == f"{100 * score:.1f}"
    assert ("HTML-T5++" in text) == any(task.startswith("compwob") for task in tasks)
    assert bool(page.select("figure svg")) == any("_" in task for task in tasks)


def test_hostile_text_stays_text(tmp_path):
    tasks = {
        f"compwob.{EVIL}": {"group": EVIL, "parts": [EVIL, "b"], "order": "forward"}
    } | COMPOSED
    setup = replace(SETUP, suite=EVIL, track=EVIL, card={EVIL: EVIL}, command=(EVIL,))
    run = made(tmp_path, tasks, EVIL, setup=setup)
    picture = Picture(EVIL, 60, 40)
    step = ReplayStep(EVIL, EVIL, EVIL, picture, Box(1, 1, 5, 5), EVIL, (Try(EVIL, EVIL, EVIL),))
    shown = Replay(EVIL, 1, EVIL, Ending.FAILURE, False, (step,), picture, EVIL, EVIL)
    html = render([run, made(tmp_path, tasks, "other")], [[shown], []])
    page = soup(html)
    assert not page.find_all(["script", "iframe", "object", "link", "base", "form"])
    assert not [
        name for element in page.find_all(True) for name in element.attrs if name.startswith("on")
    ]
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.find_all("img"))
    assert EVIL in page.get_text()


def test_the_report_needs_and_may_load_nothing(tmp_path):
    page = soup(render([made(tmp_path, BASE | COMPOSED)], [[]]))
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    addresses = re.findall(r"url\(([^)#]+)\)|(?:src|href)=\"(?!data:|#)([^\"]+)", str(page))
    assert addresses == []
    ids = [element["id"] for element in page.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_plots_take_their_colours_from_the_style_sheet(tmp_path):
    page = soup(render([made(tmp_path, BASE | COMPOSED)], [[]]))
    drawing = "".join(str(svg) for svg in page.find_all("svg"))
    assert "var(--s1)" in drawing
    assert not re.search(r"#[0-9a-f]{6}\b", drawing)


def test_an_unfinished_run_and_a_mismatch_are_announced(tmp_path):
    run = made(tmp_path, BASE)
    shown = Replay("miniwob.a", 0, "Do", Ending.FAILURE, False, (), None, "steps: 1 -> 2")
    html = render([replace(run, records=run.records[:5])], [[shown]])
    text = " ".join(soup(html).get_text(" ").split())
    assert "is unfinished: 5 of 8 episodes" in text
    assert "1 of 1 replayed episodes of tiny differ from their record" in text
    assert "steps: 1 -> 2" in text


def test_an_empty_run_renders(tmp_path):
    run = replace(made(tmp_path, BASE), records=())
    assert "No episode is finished yet" in render([run], [[]])


def test_infrastructure_errors_show_both_denominators(tmp_path):
    run = made(tmp_path, {"miniwob.a": {}}, seeds=[1, 2])
    broken = replace(run.records[1], success=False, ending=Ending.BROWSER_ERROR)
    text = soup(render([replace(run, records=(run.records[0], broken))], [[]])).get_text(" ")
    assert "Success without those" in text


def test_policies_stand_side_by_side(tmp_path):
    runs = [made(tmp_path, BASE, name) for name in ("expert", "random")]
    page = soup(render(runs, [[], []]))
    assert [card.h2.get_text() for card in page.select(".card")] == ["expert", "random"]
    assert len(page.select(".tasks tbody tr")) == 2
    assert "random minus expert" in page.get_text()


def test_runs_of_one_policy_on_several_suites_become_one_column(tmp_path):
    runs = [
        made(tmp_path / name, tasks, name, seeds)
        for name in ("expert", "random")
        for tasks, seeds in ((BASE, range(5)), (COMPOSED, range(2)))
    ]
    page = soup(render(runs, [[]] * 4))
    assert [card.h2.get_text() for card in page.select(".card")] == ["expert", "random"]
    assert "unfinished" not in page.get_text()
    assert "the mean product of their base tasks" in " ".join(page.get_text().split())


def test_runs_of_the_same_policy_on_the_same_tasks_are_told_apart(tmp_path):
    runs = [made(tmp_path / name, BASE) for name in ("monday", "tuesday")]
    titles = [card.h2.get_text() for card in soup(render(runs, [[], []])).select(".card")]
    assert titles == ["tiny (monday)", "tiny (tuesday)"]


def test_long_episodes_are_cut_and_the_cut_is_told(tmp_path):
    step = ReplayStep("click(1)", "", None, None, None)
    shown = Replay("miniwob.a", 0, "Do", Ending.STEP_LIMIT, False, (step,) * 40, None)
    page = soup(render([made(tmp_path, BASE)], [[shown]]))
    assert len(page.select(".film li")) == 31
    assert "10 more steps" in page.get_text()


def test_the_target_is_marked_on_the_picture(tmp_path):
    picture = Picture("AAAA", 100, 50)
    boxes = [Box(10, 10, 20, 10), Box(90, 0, 50, 10), Box(0, 80, 10, 10)]
    steps = tuple(ReplayStep("click(1)", "", None, picture, box) for box in boxes)
    shown = Replay("miniwob.a", 0, "Do", Ending.FAILURE, False, steps, None)
    marks = soup(render([made(tmp_path, BASE)], [[shown]])).select(".target")
    assert [mark["style"] for mark in marks] == [
        "left:10.00%;top:20.00%;width:20.00%;height:20.00%",
        "left:90.00%;top:0.00%;width:10.00%;height:20.00%",
    ]


def test_a_report_is_written_again_from_its_folder(tmp_path):
    tasks = [ToyTask("toy.a", {"group": "g"})]
    evaluate(tasks, range(3), RightButton(), ToyBrowser(), tmp_path / "run", SETUP)
    again = write_report([tmp_path / "run"], tmp_path / "again.html")
    assert again.read_bytes() == (tmp_path / "run" / "report.html").read_bytes()
    assert "data:image/png" in again.read_text()


def test_the_terminal_table_has_a_column_a_run():
    scores = [(name, summarize([record("t", 0), record("t", 1, ok)], {}))
              for name, ok in (("expert", True), ("[bold]x", False))]  # fmt: skip
    console = Console(width=100, record=True, file=None)
    console.begin_capture()
    console.print(terminal_table(scores, title="suite"))
    text = console.end_capture()
    assert "expert" in text
    assert "[bold]x" in text
    assert "track" not in text
    assert "100 (" in text
    assert "50.0" in text


def test_the_terminal_table_tells_the_track_of_what_was_trained():
    scores = [(name, summarize([record("t", 0)], {}, track))
              for name, track in (("expert", None), ("mine", "base+aug"))]  # fmt: skip
    console = Console(width=100)
    with console.capture() as captured:
        console.print(terminal_table(scores))
    [row] = [line for line in captured.get().splitlines() if line.startswith("track")]
    assert row.split() == ["track", "base+aug"]
