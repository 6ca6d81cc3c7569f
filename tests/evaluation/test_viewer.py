"""The viewer shows every run and episode, nothing else, and reads no more than it must."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from http.client import HTTPConnection
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup
from evaluation_fakes import SETUP, RightButton, ToyBrowser, ToyTask

from webagent.evaluation.run import evaluate
from webagent.evaluation.store import CONFIG, EPISODES, REPORT
from webagent.evaluation.viewer import Viewer, mark
from webagent.evaluation.viewer_server import ViewerServer
from webagent.types import Box, Try

EVIL = "\"'><script>alert(1)</script>&"


class Tries(RightButton):
    """Had a program that failed first."""

    def act(self, contexts):
        tries = (Try(f"text({EVIL})", f"no {EVIL}", "look first"),)
        return [replace(one, tries=tries) for one in super().act(contexts)]


def play(folder, policy=None, seeds=range(3), name="right", tasks=("toy.a", "toy.b"), **options):
    evaluate(
        [ToyTask(task) for task in tasks], seeds, policy or RightButton(), ToyBrowser(), folder,
        replace(SETUP, policy=name), any_seeds=True, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    play(folder / "good", replays=2)
    play(folder / "group" / "bad one", RightButton(wrong=True), name="wrong", replays=0)
    play(folder / "html", name=EVIL, tasks=(f"toy.{EVIL}",), keep_html=True, replays=1)
    return folder


@pytest.fixture
def viewer(runs):
    return Viewer(runs)


def page(viewer, address):
    reply = viewer.answer(address)
    assert reply.status == 200, reply.body.decode()
    return BeautifulSoup(reply.body, "lxml")


def follow(base, link):
    parts = urlsplit(urljoin(f"http://viewer{base}", link["href"]))
    return parts.path + (f"?{parts.query}" if parts.query else "")


def words(element):
    return " ".join(element.get_text(" ").split())


def test_the_index_lists_every_run_with_its_score(viewer):
    rows = page(viewer, "/").select("tbody tr")
    shown = {row.a.get_text(): words(row) for row in rows}
    assert set(shown) == {"good", "group/bad one", "html"}
    assert "right toy 100" in shown["good"]


def test_every_page_is_reached_by_links_from_the_index(viewer):
    seen, waiting = set(), ["/"]
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            waiting += [follow(address, link) for link in page(viewer, address).select("a[href]")]
    episodes = [one for one in seen if "episode?" in one]
    assert len(episodes) == 6 + 6 + 3
    assert len([one for one in seen if one.endswith("/report")]) == 3


def test_episodes_are_filtered_by_task_and_ending(viewer):
    listed = page(viewer, "/run/good/?task=toy.b").select(".episodes tbody tr")
    assert [words(row.th) for row in listed] == ["toy.b"] * 3
    chips = {words(chip) for chip in page(viewer, "/run/group%2Fbad%20one/").select(".filters a")}
    assert chips == {"all endings 6", "failure 4", "success 2"}
    failed = page(viewer, "/run/group%2Fbad%20one/?ending=failure&task=toy.a")
    assert len(failed.select(".episodes tbody tr")) == 2
    assert "No episode is like this" in page(viewer, "/run/good/?ending=failure").get_text()


def test_long_lists_have_pages(tmp_path):
    play(tmp_path / "long", seeds=range(120), tasks=("toy.a",), replays=0)
    viewer = Viewer(tmp_path)
    first = page(viewer, "/run/long/?task=toy.a")
    second = follow("/run/long/?task=toy.a", first.select_one("a[rel=next]"))
    assert second == "/run/long/?task=toy.a&page=2"
    seeds = [row.select_one("td.num").get_text() for one in (first, page(viewer, second))
             for row in one.select(".episodes tbody tr")]  # fmt: skip
    assert seeds == [str(seed) for seed in range(120)]
    for odd in ("0", "-1", "x", "9" * 30, "1e3"):
        page(viewer, f"/run/long/?page={odd}")


def test_an_episode_shows_its_steps_and_pictures_where_it_was_replayed(viewer):
    pictured = [row for row in page(viewer, "/run/good/").select(".episodes tbody tr")
                if "pictures" in words(row)]  # fmt: skip
    assert len(pictured) == 2
    episode = page(viewer, follow("/run/good/", pictured[0].a))
    images = episode.select(".steps img")
    assert len(images) == 2
    assert all(image["src"].startswith("data:image/png;base64,") for image in images)
    assert episode.select_one(".steps code").get_text().startswith("click(")
    assert "the named one" in words(episode)
    plain = page(viewer, "/run/group%2Fbad%20one/episode?task=toy.a&seed=1")
    assert not plain.select("img")
    assert plain.select_one(".steps code").get_text() == "click(0)"
    assert "failure" in words(plain)


def test_what_comes_from_runs_stays_text(viewer):
    for address in ("/", "/run/html/", "/run/html/report"):
        shown = page(viewer, address)
        assert not shown.find_all(["script", "iframe", "form", "object"])
        assert EVIL in shown.get_text()
    link = page(viewer, "/run/html/").select_one(".episodes th a")
    episode = page(viewer, follow("/run/html/", link))
    assert episode.pre.get_text() == '<button ref="0">a</button>'
    assert not episode.find_all("script")


def test_programs_that_failed_without_an_action_are_shown(tmp_path):
    play(tmp_path / "run", Tries(), range(1), tasks=("toy.a",), replays=1)
    for address in ("/run/run/episode?task=toy.a&seed=0", "/run/run/report"):
        shown = page(Viewer(tmp_path), address)
        assert f"no {EVIL}" in shown.select_one(".tried summary").get_text()
        assert shown.select_one(".tried .program").get_text() == f"text({EVIL})"
        assert shown.select_one(".tried .note").get_text() == "look first"


def test_a_missing_or_stale_report_is_rendered(tmp_path):
    play(tmp_path / "run", replays=0)
    report = tmp_path / "run" / REPORT
    kept = report.read_bytes()
    viewer = Viewer(tmp_path)
    report.unlink()
    page(viewer, "/run/run/report")
    assert report.read_bytes() == kept
    report.write_text("old")
    page(viewer, "/run/run/report")
    assert report.read_text() == "old"
    os.utime(report, (1, 1))
    assert viewer.answer("/run/run/report").body == kept


def test_episodes_are_read_only_when_asked_for(tmp_path):
    play(tmp_path / "run", replays=0)
    (tmp_path / "run" / EPISODES).write_text("broken\n")
    viewer = Viewer(tmp_path)
    assert "100" in words(page(viewer, "/").select_one("tbody tr"))
    reply = viewer.answer("/run/run/")
    assert reply.status == 500
    assert b"line 1 is damaged" in reply.body


def test_a_run_that_grows_is_read_again(tmp_path):
    play(tmp_path / "run", seeds=range(2), tasks=("toy.a",), replays=0)
    viewer = Viewer(tmp_path)
    assert len(page(viewer, "/run/run/").select(".episodes tbody tr")) == 2
    lines = (tmp_path / "run" / EPISODES).read_text().replace('"seed":1', '"seed":2').splitlines()
    with (tmp_path / "run" / EPISODES).open("a") as file:
        file.write(lines[1] + "\n")
    assert len(page(viewer, "/run/run/").select(".episodes tbody tr")) == 3


def test_a_folder_that_is_no_run_is_named(tmp_path):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / CONFIG).write_text("{}")
    assert "cannot be read" in words(page(Viewer(tmp_path), "/"))
    assert Viewer(tmp_path).answer("/run/odd/").status == 500


def test_one_run_folder_can_be_viewed_alone(runs):
    link = page(Viewer(runs / "good"), "/").select_one("tbody a")
    assert len(page(Viewer(runs / "good"), follow("/", link)).select(".episodes tbody tr")) == 6


def test_an_empty_folder_says_how_to_fill_it(tmp_path):
    assert "webagent eval" in page(Viewer(tmp_path), "/").get_text()


@pytest.mark.parametrize(
    "address",
    [
        "/run/../secret/report", "/run/%2e%2e/report", "/run/..%2Fsecret/", "/run/good/../../x",
        "/run/good/config.json", "/run/good/replays/", "/run//report", "//run/good/", "/etc/passwd",
        "/run/link/", "/run/good%00/", "/run/good/report/x", "/run/group/", "/run/.hidden/",
        "/run/good/episode?task=toy.a&seed=99", "/run/good/episode?task=../x&seed=0",
        "/run/good/episode", "/run/good/episode?task=toy.a&seed=%C2%B2", "/?x=1/../..//",
    ],
)  # fmt: skip
def test_no_address_leaves_the_runs(runs, tmp_path, address):
    shutil.copytree(runs, tmp_path / "runs")
    shutil.copytree(runs / "good", tmp_path / "secret")
    shutil.copytree(runs / "good", tmp_path / "runs" / ".hidden")
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "secret")
    reply = Viewer(tmp_path / "runs").answer(address)
    if address.startswith("/?"):
        assert "secret" not in reply.body.decode()
    else:
        assert reply.status == 404


def test_marks_are_cut_to_the_picture():
    assert mark(Box(10, 10, 20, 10), 100, 50) == (
        "left:10.00%;top:20.00%;width:20.00%;height:20.00%"
    )
    assert mark(Box(0, 80, 10, 10), 100, 50) == ""


@pytest.fixture
def server(viewer):
    with ViewerServer(viewer) as server:
        thread = threading.Thread(target=server.serve)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_every_reply_has_a_strict_policy(server):
    with urlopen(server.url) as reply:
        policy = reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert "script" not in policy


def test_only_requests_to_this_machine_by_its_name_are_answered(server):
    assert server.url.startswith("http://127.0.0.1:")
    port = urlsplit(server.url).port
    for host, status in (("localhost", 200), ("evil.example", 403), ("", 403)):
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/", headers={"Host": f"{host}:{port}" if host else ""})
        assert connection.getresponse().status == status
        connection.close()


def test_other_methods_are_refused(server):
    connection = HTTPConnection("127.0.0.1", urlsplit(server.url).port)
    connection.request("POST", "/", body="x")
    assert connection.getresponse().status == 501
    connection.close()
