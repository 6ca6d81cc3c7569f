"""Real HTML for pre-training: where pages come from, streamed and in a seed's order."""

from __future__ import annotations

import gzip
import importlib
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from webagent.errors import RunError

# Where packages put documentation on Debian and its like, and on macOS with Homebrew.
DOCUMENTATION = tuple(
    Path(one)
    for one in (
        "/usr/share/doc",
        "/usr/share/gtk-doc/html",
        "/usr/share/javascript",
        "/usr/share/cppreference/doc/html",
        "/usr/share/qt5/doc",
        "/usr/local/share/doc",
        "/opt/homebrew/share/doc",
    )
)
LARGEST = 2_000_000  # bytes of a page; larger ones are indexes
FOREIGN = 0.02  # of an English page's bytes
PACKAGE = 40_000_000  # bytes taken from one package, so that none outweighs the rest

_NOT_ASCII = bytes(range(128, 256))
_LANGUAGE = re.compile(rb"""\blang=["']([A-Za-z]{2})""")
_PAGE = re.compile(r"\.x?html?(\.en)?(\.gz)?$")


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as it was found: `name` is a path or an address, `html` its bytes."""

    name: str
    html: bytes


def folder(paths: Sequence[Path], seed: int = 0) -> Iterator[RawPage]:
    """The HTML files of folders, or single files, in an order that the seed gives.

    Only names are held in memory. Raises `RunError` if a path does not exist.
    """
    for path in paths:
        if not path.exists():
            raise RunError(f"There is no file or folder {path} to read HTML from.")
    files = sorted(set(chain.from_iterable(_files(path) for path in paths)))
    random.Random(seed).shuffle(files)
    return _read(files)


def installed(
    roots: Sequence[Path] = DOCUMENTATION, seed: int = 0, package: int = PACKAGE
) -> Iterator[RawPage]:
    """The HTML documentation that packages have put on this machine.

    At most `package` bytes are taken from each folder below a root, and all of them are
    mixed. A folder that several packages link to counts once.
    """
    groups: dict[Path, list[Path]] = defaultdict(list)
    for root in (one for one in roots if one.is_dir()):
        for group in sorted({one.resolve() for one in root.iterdir()}):
            groups[group] = sorted(set(_files(group)))
    order = random.Random(seed)
    seen: set[Path] = set()
    chosen: list[Path] = []
    for _, files in sorted(groups.items()):
        order.shuffle(files)
        left = package
        for file in files:
            left -= file.stat().st_size
            if left < 0:
                break
            if file not in seen:
                seen.add(file)
                chosen.append(file)
    order.shuffle(chosen)
    return _read(chosen)


def warc(paths: Iterable[Path]) -> Iterator[RawPage]:
    """The HTML responses of WARC files, such as CommonCrawl's, in their order.

    Raises `RunError` if `warcio` is not installed.
    """
    try:
        archives: Any = importlib.import_module("warcio.archiveiterator")
    except ImportError as error:
        raise RunError("WARC files are read with warcio: pip install warcio") from error
    for path in paths:
        with path.open("rb") as stream:
            for record in archives.ArchiveIterator(stream):
                if page := _response(record):
                    yield page


def in_language(pages: Iterable[RawPage], language: str = "en") -> Iterator[RawPage]:
    """Pages that don't name another language and, if English, are nearly all ASCII."""
    for page in pages:
        named = _LANGUAGE.search(page.html[:4096])
        if named and named[1].decode().lower() != language:
            continue
        foreign = len(page.html) - len(page.html.translate(None, _NOT_ASCII))
        if language != "en" or foreign <= FOREIGN * len(page.html):
            yield page


def _response(record: Any) -> RawPage | None:
    headers = record.http_headers
    if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
        return None
    if "html" not in (headers.get_header("Content-Type") or ""):
        return None
    html = record.content_stream().read(LARGEST + 1)
    if len(html) > LARGEST:
        return None
    return RawPage(record.rec_headers.get_header("WARC-Target-URI") or "", html)


def _files(path: Path) -> Iterator[Path]:
    """The HTML files below a path, with links resolved, none of them too large."""
    found = [path] if path.is_file() else path.rglob("*")
    for file in found:
        if _PAGE.search(file.name):
            file = file.resolve()
            if file.is_file() and file.stat().st_size <= LARGEST:
                yield file


def _read(files: Iterable[Path]) -> Iterator[RawPage]:
    for file in files:
        try:
            data = file.read_bytes()
            html = gzip.decompress(data) if file.suffix == ".gz" else data
        except (OSError, EOFError):
            continue  # removed meanwhile, or damaged
        if len(html) <= LARGEST:
            yield RawPage(str(file), html)
