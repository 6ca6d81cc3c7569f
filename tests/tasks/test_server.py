"""The loopback page server."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from webagent.errors import TaskError
from webagent.tasks.server import PageServer


@pytest.fixture
def server():
    server = PageServer()
    yield server
    server.close()


def test_mounts_are_served_longest_prefix_first(server, tmp_path):
    for name in ("base", "special"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.html").write_text(name)
    server.mount({"/": tmp_path / "base", "/special/": tmp_path / "special"})
    with urlopen(server.url("/page.html?seed=1")) as reply:
        assert reply.read() == b"base"
        assert reply.headers["Content-Type"] == "text/html"
    with urlopen(server.url("/special/page.html")) as reply:
        assert reply.read() == b"special"


@pytest.mark.parametrize("path", ["/missing.html", "/../secret", "/%2e%2e/secret", "/sub", "/link"])
def test_nothing_else_is_served(server, tmp_path, path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "pages" / "sub").mkdir(parents=True)
    (tmp_path / "pages" / "link").symlink_to(tmp_path / "secret")
    server.mount({"/": tmp_path / "pages"})
    with pytest.raises(HTTPError, match="404"):
        urlopen(server.url(path))


def test_a_prefix_belongs_to_one_folder(server, tmp_path):
    server.mount({"/": tmp_path})
    server.mount({"/": tmp_path})
    with pytest.raises(TaskError, match="come from"):
        server.mount({"/": tmp_path / "other"})
