"""Where pages for pre-training come from, and what is cut out of them."""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from numpy.typing import NDArray

from webagent.errors import RunError
from webagent.training import corpus
from webagent.training.pages import opened, store, unique_subtrees
from webagent.training.subtrees import Sizes, subtrees

FORM = """<html lang="en"><head><title>T</title><style>p {}</style></head><body>
<!-- a remark --><script>alert(1)</script>
<div><div id="box" style="color: red; width: 3px"><p>Some   <b>bold</b> text &amp; &lt;more&gt; ⟨3⟩
</p>
<form><label for="who">Name</label><input id="who" name="n" type=checkbox checked onclick="x()">
<input type="hidden" name="token"><select name="s"><option selected>One<option>Two</select></form>
<a href="javascript:void(0)" class="a b c d e">Go</a><div><span></span></div></div></div>
<svg><path d="M0"/></svg></body></html>"""


def cut(html: str, least: int = 1, most: int = 3_000) -> list[str]:
    return list(subtrees(html, Sizes(least, most)))


def test_a_subtree_is_written_as_a_policy_sees_a_page() -> None:
    assert cut(FORM)[-1] == (
        '<body><div id="box" style="color: red"><p⟨0⟩>Some <b⟨1⟩>bold</b> text &amp; &lt;more&gt; '
        '(3) </p><form><label⟨2⟩ for="who">Name</label><input⟨3⟩ id="who" type="checkbox" name="n" '
        'checked><select⟨4⟩ name="s"><option selected>One</option><option>Two</option></select>'
        '</form><a⟨5⟩ class="a b c d">Go</a></div></body>'
    )


def test_subtrees_around_labels_come_first() -> None:
    html = f"<body><p>{'word ' * 500}</p>{FORM}</body>"
    first = cut(html, most=800)[0]
    assert "<label" in first
    assert 'id="who"' in first
    assert len(first) <= 800


def test_a_long_page_is_cut_and_keeps_all_its_words() -> None:
    words = [f"w{number}" for number in range(3_000)]
    html = "<body><ul>" + "".join(f"<li><p>{word}</p></li>" for word in words) + "</ul></body>"
    found = cut(html, most=1_000)
    assert all(len(one) <= 1_500 for one in found)  # numbers are not counted
    assert [word for one in found for word in re.findall(r">(w\d+)<", one)] == words
    assert all(one.startswith("<ul>") and one.endswith("</ul>") for one in found)


def test_every_subtree_is_numbered_from_zero_and_well_formed() -> None:
    for one in cut(FORM * 20, most=700):
        numbers = [int(number) for number in re.findall(r"⟨(\d+)⟩", one)]
        assert numbers == list(range(len(numbers)))
        plain = re.sub(r"⟨\d+⟩", "", one)
        assert len(BeautifulSoup(plain, "html.parser").find_all(True)) == len(
            re.findall("<[a-z]", plain)
        )


@pytest.mark.parametrize("html", ["", "   ", "<!-- -->", "<body></body>", "<p></p>"])
def test_nothing_comes_from_nothing(html: str) -> None:
    assert cut(html) == []


def test_a_page_in_its_own_encoding_is_read() -> None:
    html = '<meta charset="latin-1"><body><p>café</p></body>'.encode("latin-1")
    assert list(subtrees(html, Sizes(1))) == ["<body><p⟨0⟩>café</p></body>"]


def test_a_folder_is_read_in_the_order_of_the_seed(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.html").write_text(f"<p>{number}</p>")
    (tmp_path / "zip.html.gz").write_bytes(gzip.compress(b"<p>zip</p>"))
    (tmp_path / "other.txt").write_text("no page")
    (tmp_path / "gone.html").symlink_to(tmp_path / "nowhere.html")
    first = [page.html for page in corpus.folder([tmp_path], seed=1)]
    assert first == [page.html for page in corpus.folder([tmp_path], seed=1)]
    assert first != [page.html for page in corpus.folder([tmp_path], seed=2)]
    assert sorted(first) == sorted([b"<p>zip</p>", *(b"<p>%d</p>" % n for n in range(20))])


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nowhere"):
        next(corpus.folder([tmp_path / "nowhere"]))


def test_installed_documentation_is_mixed_and_no_package_outweighs(tmp_path: Path) -> None:
    for package, pages in (("large", 50), ("small", 2)):
        (tmp_path / package).mkdir()
        for number in range(pages):
            (tmp_path / package / f"{number}.html").write_text("x" * 100)
    (tmp_path / "link").symlink_to(tmp_path / "small")
    names = [page.name for page in corpus.installed([tmp_path, tmp_path / "none"], package=1_000)]
    assert sum("large" in name for name in names) == 10
    assert sum("small" in name for name in names) == 2


def test_pages_in_other_languages_are_left_out() -> None:
    pages = [
        corpus.RawPage("de", b'<html lang="de"><p>Tag</p>'),
        corpus.RawPage("ru", "<p>Слово слово слово</p>".encode()),
        corpus.RawPage("en", b'<html lang="en-GB"><p>Word</p>'),
    ]
    assert [page.name for page in corpus.in_language(pages)] == ["en"]


def record(kind: str, status: str, media: str) -> bytes:
    answer = f"HTTP/1.0 {status}\r\nContent-Type: {media}\r\n\r\n<p>Hello</p>".encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://example.com/{media}\r\n"
        "WARC-Date: 2019-04-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(answer)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + answer + b"\r\n\r\n")


def test_warc_files_give_their_html_responses(tmp_path: Path) -> None:
    pytest.importorskip("warcio")
    path = tmp_path / "a.warc.gz"
    path.write_bytes(
        record("response", "200 OK", "text/html")
        + record("response", "200 OK", "image/png")
        + record("response", "404 Not Found", "text/html")
        + record("resource", "200 OK", "text/html")
    )
    found = list(corpus.warc([path]))
    assert found == [corpus.RawPage("http://example.com/text/html", b"<p>Hello</p>")]


def test_without_warcio_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "warcio.archiveiterator", None)
    with pytest.raises(RunError, match="pip install warcio"):
        next(corpus.warc([]))


class Bytes:
    """An encoder of one id a character."""

    def encode_many(self, texts: list[str]) -> list[NDArray[np.uint16]]:
        return [np.array([2_000 + ord(one) % 128 for one in text], np.uint16) for text in texts]


def test_subtrees_are_stored_once_until_there_are_enough(tmp_path: Path) -> None:
    page = corpus.RawPage("a", FORM.encode())
    texts = list(unique_subtrees([page, page], Sizes(least=1)))
    assert len(texts) == len(set(texts)) == 1
    found = store([text * 2 for text in texts * 9], Bytes(), tmp_path, {}, tokens=2_000)
    again = opened(tmp_path)
    assert len(found) == len(again) == 4
    assert again.example(1).source.tolist() == Bytes().encode_many([texts[0] * 2])[0].tolist()
    assert again.lengths.tolist() == [2 * len(texts[0])] * 4
    np.save(tmp_path / "index.npy", again.index[:, :5])
    with pytest.raises(RunError, match="earlier version"):
        opened(tmp_path)


def test_pages_whose_writing_was_killed_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store(["a" * 50] * 9, Bytes(), tmp_path, {}, tokens=400)
    with pytest.raises(RunError, match="useful size"):
        store([], Bytes(), tmp_path, {}, tokens=10)
    assert opened(tmp_path).about == before.about
    replace, files = Path.replace, list[str]()

    def killed(one: Path, other: Path) -> None:
        replace(one, other)
        files.append(other.name)
        if len(files) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        store(["b" * 60] * 9, Bytes(), tmp_path, {}, tokens=400)
    with pytest.raises(RunError, match="no prepared pages"):
        opened(tmp_path)
    assert len(store(["b" * 60] * 9, Bytes(), tmp_path, {}, tokens=400)) == 7


def test_pages_tell_what_they_hold(tmp_path: Path) -> None:
    made = [
        store([text] * 9, Bytes(), tmp_path, {"seed": 1}, tokens=tokens).about.made_of
        for text, tokens in (("a" * 50, 400), ("a" * 50, 100), ("b" * 50, 400), ("a" * 50, 400))
    ]
    assert (made[0]["seed"], made[0]["texts"], made[0]["tokens"]) == (1, 8, 400)
    assert made[0] not in made[1:3] and made[0] == made[3]


def test_an_empty_corpus_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="useful size"):
        store([], Bytes(), tmp_path, {}, tokens=10)
    with pytest.raises(RunError, match="tokenizer pages"):
        opened(tmp_path / "none")
