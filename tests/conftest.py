"""Fixtures shared by all tests."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from webagent.browser.session import Session, open_browser

PAGES = Path(__file__).parent / "pages"

# A busy machine is slow; that says nothing about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def playwright() -> None:
    """Skips tests where Playwright is not installed or its driver does not run."""
    pytest.importorskip("playwright")
    driver = [sys.executable, "-m", "playwright", "--version"]
    run = subprocess.run(driver, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip(f"Playwright does not start here: {run.stderr.strip()[-200:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Session]:
    """Two slots of the fast backend, element mode."""
    with open_browser(slots=2) as session:
        yield session
