"""A few of the attacks, and the table over all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.attacks.attack import Attack, Finding, Row, carry_out
from benchmarks.attacks.pages import PAGES, page_attacks
from benchmarks.attacks.programs import program_attacks
from benchmarks.attacks.sites import open_sites
from benchmarks.attacks.table import BEGIN, END, RESULTS, render, save, write_section
from webagent.actions import MAX_SOURCE
from webagent.browser.protocol import Mode
from webagent.browser.session import open_browser
from webagent.program import Limits
from webagent.program.replay import LONGEST_LOCATOR, MOST_FOUND, MOST_STEPS
from webagent.program.run import LONGEST, MOST_ACTIONS

CHOSEN = (
    "dialog-loop", "echo-address", "frame-blob", "link-blob", "popup-at-load", "private-network",
    "redirect-post", "request-websocket", "request-worker", "spoof-builtins",
)  # fmt: skip


@pytest.fixture(scope="module")
def attacks() -> Iterator[dict[str, Attack]]:
    with open_sites() as sites, open_browser(1, Mode.POINTER, timeout=8) as browser:
        yield {attack.name: attack for attack in page_attacks(sites, browser)}


@pytest.mark.parametrize("name", CHOSEN)
def test_an_attack_is_stopped(attacks: dict[str, Attack], name: str):
    row = carry_out(attacks[name])
    assert row.stopped, row.seen


def test_an_attack_that_comes_through_is_seen(tmp_path: Path):
    """The other site's hits count: here the agent may go there."""
    page = tmp_path / "open.html"
    head = 'tries = "x"\nsteps = ["click(#go)"]\nallow = ["evil.test"]\nhides = ""'
    page.write_text(f'<!--\n{head}\n-->\n<a id="go" href="@other@/">go</a>')
    with open_sites() as sites, open_browser(1, Mode.POINTER, timeout=8) as browser:
        [attack] = page_attacks(sites, browser, tmp_path)
        row = carry_out(attack)
    assert not row.stopped
    assert "the other site got a connection" in row.seen and "another site's page" in row.seen


def test_what_breaks_is_not_stopped():
    def broken() -> Finding:
        raise ValueError("oh")

    row = carry_out(Attack("program", "x", "y", broken))
    assert not row.stopped and "oh" in row.seen


def test_the_table_is_written_between_its_marks(tmp_path: Path):
    from datetime import UTC, datetime

    rows = [Row("page", "a", "t|ries", True, "<b>\n", 1.0), Row("page", "b", "x", False, "y", 1)]
    save(tmp_path / "r" / "cdp.json", rows, "python -m x", datetime.now(UTC), "cdp 1")
    document = tmp_path / "S.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_section(document, tmp_path / "r")
    text = document.read_text()
    assert "| page: a | t\\|ries | yes | &lt;b> |" in text and "| **no** |" in text
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text


def test_the_table_in_the_repository_is_of_all_pages_and_programs():
    import json

    known = {("page", page.stem) for page in PAGES.glob("*.html")}
    programs = {("program", attack.name) for attack in program_attacks()}
    for path in RESULTS.glob("*.json"):
        rows = json.loads(path.read_text())["rows"]
        # What programs do has nothing to do with the backend: one run has them.
        expected = known | programs if path.stem == "cdp" else known
        assert {(row["kind"], row["name"]) for row in rows} == expected, path
        assert all(row["stopped"] for row in rows), path
    runs = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    assert render(runs) in (PAGES.parents[2] / "SECURITY.md").read_text("utf-8")


def test_the_limits_of_programs_are_those_that_are_told():
    told = (PAGES.parents[2] / "SECURITY.md").read_text("utf-8").partition("\n## Programs\n")[2]
    limits = Limits()
    for row in (
        f"| its own time | {limits.seconds:g} second;",
        f"| time of what it asks of us | {limits.host_seconds:g} seconds,",
        f"| memory | {limits.memory // 2**20} MiB |",
        f"| depth of calls | {limits.depth} |",
        f"| calls to us | {limits.calls:,} |",
        f"| printed characters | {limits.printed:,} |",
        f"| its source, and each of its actions | {LONGEST:,} characters |",
        f"| its actions | {MOST_ACTIONS} |",
        f"| a locator | {LONGEST_LOCATOR} characters, {MOST_STEPS} searches of all below or "
        f"beside, {MOST_FOUND} elements found |",
    ):
        assert row in told
    assert LONGEST == MAX_SOURCE
