"""Fetching the published pages, from a server on this machine in place of the real one."""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest

from webagent.errors import TaskError
from webagent.tasks.fetch import Pin, fetch, read_pin
from webagent.tasks.official import HASHES, page_names, read_hashes

NAMES = ["one.html", "one-reverse.html", "two.html"]


class Recording(SimpleHTTPRequestHandler):
    """Serves a folder and notes what was asked for."""

    def __init__(self, *arguments, asked, **options):
        self.asked = asked
        super().__init__(*arguments, **options)

    def log_request(self, *_):
        self.asked.append(self.path)

    def log_message(self, *_):
        pass


def content(name):
    return f"<script src='../core/core.js'></script>{name}".encode()


@pytest.fixture
def source(tmp_path):
    """The folder that a server serves, a pin of it, and what the server was asked for."""
    folder = tmp_path / "source"
    (folder / "abc" / "pages").mkdir(parents=True)
    for name in NAMES:
        (folder / "abc" / "pages" / name).write_bytes(content(name))
    asked = []
    handler = partial(Recording, asked=asked, directory=folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}/{{commit}}/pages/"
    yield folder / "abc" / "pages", Pin("abc", base), asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_all_pages_are_fetched_and_their_hashes_recorded(source, tmp_path):
    _, pin, asked = source
    out = tmp_path / "out"
    assert list(fetch(out, pin, NAMES)) == [(name, True) for name in NAMES]
    assert sorted(path.name for path in out.iterdir()) == sorted([*NAMES, HASHES])
    assert [(out / name).read_bytes() for name in NAMES] == [content(name) for name in NAMES]
    assert read_hashes(out) == {name: hashlib.sha256(content(name)).hexdigest() for name in NAMES}
    assert orjson.loads((out / HASHES).read_bytes())["commit"] == "abc"
    assert asked == [f"/abc/pages/{name}" for name in NAMES]


def test_a_fetch_goes_on_where_it_stopped(source, tmp_path):
    _, pin, asked = source
    stream = fetch(tmp_path / "out", pin, NAMES)
    next(stream)
    stream.close()
    asked.clear()
    again = list(fetch(tmp_path / "out", pin, NAMES))
    assert again == [("one.html", False), ("one-reverse.html", True), ("two.html", True)]
    assert len(asked) == 2


def test_a_missing_page_is_named_and_the_others_are_kept(source, tmp_path):
    folder, pin, _ = source
    (folder / "two.html").unlink()
    with pytest.raises(TaskError, match=r"two\.html.*404.*goes on"):
        list(fetch(tmp_path / "out", pin, NAMES))
    assert set(read_hashes(tmp_path / "out")) == set(NAMES[:2])
    assert not [path for path in (tmp_path / "out").iterdir() if path.suffix == ".tmp"]


def test_a_page_that_is_not_the_pinned_one_is_refused(source, tmp_path):
    _, pin, _ = source
    with pytest.raises(TaskError, match="not the expected page"):
        list(fetch(tmp_path / "out", Pin(pin.commit, pin.base, {"one.html": "0" * 64}), NAMES))
    assert list((tmp_path / "out").iterdir()) == []


def test_the_source_may_not_change_after_the_first_fetch(source, tmp_path):
    folder, pin, _ = source
    list(fetch(tmp_path / "out", pin, NAMES))
    (tmp_path / "out" / "one.html").unlink()
    (folder / "one.html").write_bytes(content("one.html") + b"changed")
    with pytest.raises(TaskError, match="not the expected page"):
        list(fetch(tmp_path / "out", pin, NAMES))


def test_a_file_that_was_changed_here_is_found(source, tmp_path):
    _, pin, _ = source
    list(fetch(tmp_path / "out", pin, NAMES))
    (tmp_path / "out" / "two.html").write_text("changed")
    with pytest.raises(TaskError, match=r"two\.html is not the expected page"):
        list(fetch(tmp_path / "out", pin, NAMES))
    assert (tmp_path / "out" / "two.html").read_text() == "changed"


def test_a_file_of_the_user_is_adopted_if_right_and_kept_if_not(source, tmp_path):
    _, pin, _ = source
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "one.html").write_bytes(content("one.html"))
    assert next(fetch(tmp_path / "out", pin, NAMES))[0] == "one.html"
    (tmp_path / "out" / "two.html").write_text("mine")
    with pytest.raises(TaskError, match="not the published page"):
        list(fetch(tmp_path / "out", pin, NAMES))
    assert (tmp_path / "out" / "two.html").read_text() == "mine"


def test_a_folder_holds_one_commit(source, tmp_path):
    _, pin, _ = source
    list(fetch(tmp_path / "out", pin, NAMES))
    with pytest.raises(TaskError, match="pages of commit abc, not def"):
        list(fetch(tmp_path / "out", Pin("def", pin.base), NAMES))


def test_what_is_no_page_is_refused(source, tmp_path):
    folder, pin, _ = source
    (folder / "one.html").write_text("<p>Please log in to the network.</p>")
    with pytest.raises(TaskError, match="no page of CompWoB"):
        list(fetch(tmp_path / "out", pin, NAMES))


def test_the_shipped_pin_names_one_commit_for_all_pages():
    pin = read_pin()
    assert len(pin.commit) == 40
    urls = {pin.url(name) for name in page_names()}
    assert len(urls) == 100
    assert all(url.startswith("https://") and pin.commit in url for url in urls)


@pytest.mark.parametrize(
    "text",
    [
        "", "commit = 3", 'commit = "a"\nbase = "file:///etc/"', 'commit = "a"\nbase = "https://x"',
        'commit = "a"\nbase = "https://x/"\n[sha256]\n"a.html" = "12"',
    ],
)  # fmt: skip
def test_a_wrong_pin_is_an_error(tmp_path, text):
    (tmp_path / "pin.toml").write_text(text)
    with pytest.raises(TaskError, match=r"pin\.toml"):
        read_pin(tmp_path / "pin.toml")


def test_a_page_of_which_only_a_part_came_is_refused(tmp_path):
    class HangsUp(SimpleHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(content("a.html"))

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), HangsUp)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    pin = Pin("abc", f"http://127.0.0.1:{server.server_port}/{{commit}}/")
    try:
        with pytest.raises(TaskError, match=r"Only a part of .*a\.html came"):
            list(fetch(tmp_path / "out", pin, ["a.html"]))
        assert not (tmp_path / "out" / "a.html").exists()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
