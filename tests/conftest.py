"""Fixtures shared by all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from webagent.browser.session import Session, open_browser

PAGES = Path(__file__).parent / "pages"


@pytest.fixture(scope="session")
def browser() -> Iterator[Session]:
    """Two slots of the fast backend, element mode."""
    with open_browser(slots=2) as session:
        yield session
