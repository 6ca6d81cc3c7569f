"""Selenium's Python in programs: `driver` and what scripts import from the package.

A subset, run unmodified: find elements, clear, send keys, click, submit, read, scroll,
select, wait, chain actions. What Selenium does in one call can be several of our actions, or none.
There is one page: frames are not observed, dialogs are answered, and popups closed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from webagent import actions
from webagent.program.chains import ActionChains
from webagent.program.element import CODES, Element, first, search
from webagent.program.javascript import run_script
from webagent.program.replay import Replay, parsed

EXCEPTIONS = {
    "WebDriverException": "Exception",
    "NoSuchElementException": "LookupError",
    "StaleElementReferenceException": "LookupError",
    "TimeoutException": "TimeoutError",
    "ElementNotInteractableException": "RuntimeError",
    "ElementClickInterceptedException": "RuntimeError",
    "InvalidSelectorException": "ValueError",
    "ActionError": "RuntimeError",
}
"""The sandbox has Python's own exceptions alone; these names stand for them."""

PREAMBLE = "\n".join(
    (
        *(f"{name} = {plain}" for name, plain in EXCEPTIONS.items()),
        "from selenium.webdriver import Keys",
        "from selenium.webdriver.common.by import By",
    )
)

BY = {
    "ID": "id", "NAME": "name", "CSS_SELECTOR": "css selector", "XPATH": "xpath",
    "TAG_NAME": "tag name", "CLASS_NAME": "class name", "LINK_TEXT": "link text",
    "PARTIAL_LINK_TEXT": "partial link text",
}  # fmt: skip


class Driver:
    """A `WebDriver` of the page that is open."""

    guest_methods: ClassVar[Sequence[str]] = (
        "find_element", "find_elements", "get", "back", "refresh", "execute_script",
        "implicitly_wait", "quit", "close", "maximize_window", "set_window_size",
    )  # fmt: skip
    guest_attributes: ClassVar[Sequence[str]] = ("current_url", "page_source", "title")

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    @property
    def current_url(self) -> str:
        return self._replay.now.url

    @property
    def page_source(self) -> str:
        return self._replay.now.html

    @property
    def title(self) -> str:
        return ""  # observations hold no title

    def find_elements(self, by: str = "id", value: str = "") -> list[Element]:
        page = parsed(self._replay.now.html)
        return [Element(self._replay, one) for one in search(page, by, value)]

    def find_element(self, by: str = "id", value: str = "") -> Element:
        return first(self.find_elements(by, value), by, value)

    def get(self, url: str) -> None:
        self._replay.act(actions.goto(url))

    def back(self) -> None:
        self._replay.act(actions.back())

    def refresh(self) -> None:
        """Open the page's address again, as `get` does: what a form sent is not sent again."""
        self._replay.act(actions.goto(self.current_url))

    def execute_script(self, script: str, *args: object) -> object:
        """Scroll or click: there is no JavaScript of a program's own."""
        return run_script(self._replay, script, args)

    def implicitly_wait(self, *_: object) -> None:
        return  # pages are observed when they have come to rest

    quit = close = maximize_window = set_window_size = implicitly_wait


class Select:
    """`Select` of a drop-down."""

    guest_methods: ClassVar[Sequence[str]] = (
        "select_by_visible_text", "select_by_value", "select_by_index",
    )  # fmt: skip
    guest_attributes: ClassVar[Sequence[str]] = ("options",)

    def __init__(self, replay: Replay, element: Element) -> None:
        self._replay = replay
        self._element = element

    @property
    def options(self) -> list[Element]:
        return self._element.find_elements("tag name", "option")

    def select_by_visible_text(self, text: str) -> None:
        self._replay.act(actions.select(self._element.ref, text))

    def select_by_value(self, value: str) -> None:
        named = [one for one in self.options if one.get_attribute("value") == value]
        self.select_by_visible_text(named[0].text if named else value)

    def select_by_index(self, index: int) -> None:
        self.select_by_visible_text(self.options[index].text)


class Wait:
    """`WebDriverWait`: pages have come to rest, so what is not there will not come."""

    guest_methods: ClassVar[Sequence[str]] = ("until",)
    guest_attributes: ClassVar[Sequence[str]] = ()

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def until(self, locator: Sequence[str], *_: object) -> Element:
        found = self._driver.find_elements(*locator)
        if not found:
            raise TimeoutError(f"No element for {' '.join(locator)!r} came.")
        return found[0]


def selenium_values(replay: Replay) -> Mapping[str, object]:
    """What a program finds ready, since the browser is open already."""
    return {"driver": Driver(replay)}


def selenium_modules(replay: Replay) -> Mapping[str, Mapping[str, object]]:
    """The parts of the package that scripts import."""

    def driver(*_: object, **__: object) -> Driver:
        return Driver(replay)

    def wait(driver: Driver, *_: object, **__: object) -> Wait:
        return Wait(driver)

    def chosen(element: Element) -> Select:
        return Select(replay, element)

    def chains(*_: object, **__: object) -> ActionChains:
        return ActionChains(replay)

    def located(locator: Sequence[str]) -> Sequence[str]:
        return locator

    conditions: dict[str, object] = {
        f"{what}_of_element_located": located for what in ("presence", "visibility")
    }
    conditions["element_to_be_clickable"] = located
    ui: dict[str, object] = {"WebDriverWait": wait, "Select": chosen}
    webdriver: dict[str, object] = {
        "Chrome": driver,
        "Firefox": driver,
        "ActionChains": chains,
        "Keys": CODES,
        "common": {
            "by": {"By": BY},
            "keys": {"Keys": CODES},
            "action_chains": {"ActionChains": chains},
        },
        "support": {
            "ui": ui,
            "wait": ui,
            "select": ui,
            "expected_conditions": conditions,
        },
    }
    return {"selenium": {"webdriver": webdriver}}


def aliased(source: str) -> str:
    """The source with its imports of exceptions as plain names, on the same lines.

    A sandbox's modules can't hold exception classes; the preamble has them.
    """
    lines = re.split(r"\r\n|\r|\n", source)  # as Python counts lines
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "selenium.common.exceptions":
            names = [f"{one.asname or one.name} = {one.name}" for one in node.names]
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            lines[first] = lines[first][: node.col_offset] + "; ".join(names)
            lines[first + 1 : last] = [""] * (last - first - 1)
    return "\n".join(lines)
