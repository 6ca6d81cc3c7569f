"""Selenium's Python in programs: `driver` and what scripts import from the package.

A subset, run unmodified: find elements, clear, send keys, click, submit, read, scroll,
select, wait. What Selenium does in one call can be several of our actions, or none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from webagent import actions
from webagent.program.replay import MOST_FOUND, Replay, matching, parsed, text_of, value_of

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

PREAMBLE = "\n".join(f"{name} = {plain}" for name, plain in EXCEPTIONS.items())

KEYS = {
    "ENTER": "Enter", "RETURN": "Enter", "TAB": "Tab", "ESCAPE": "Escape", "SPACE": "Space",
    "BACKSPACE": "Backspace", "BACK_SPACE": "Backspace", "DELETE": "Delete", "HOME": "Home",
    "END": "End", "PAGE_UP": "PageUp", "PAGE_DOWN": "PageDown", "UP": "ArrowUp",
    "DOWN": "ArrowDown", "LEFT": "ArrowLeft", "RIGHT": "ArrowRight", "ARROW_UP": "ArrowUp",
    "ARROW_DOWN": "ArrowDown", "ARROW_LEFT": "ArrowLeft", "ARROW_RIGHT": "ArrowRight",
    "CONTROL": "Control", "SHIFT": "Shift", "ALT": "Alt", "META": "Meta", "COMMAND": "Meta",
}  # fmt: skip
_CODE = {name: chr(0xE000 + index) for index, name in enumerate(KEYS)}  # private characters
_KEY = {_CODE[name]: key for name, key in KEYS.items()}

LONGEST_SCRIPT = 500  # characters that are read: the search takes their square in time
_SCROLL = re.compile(r"scroll(?:By|To)?\([^,]+,\s*(-?\d+)")

BY = {
    "ID": "id", "NAME": "name", "CSS_SELECTOR": "css selector", "XPATH": "xpath",
    "TAG_NAME": "tag name", "CLASS_NAME": "class name", "LINK_TEXT": "link text",
    "PARTIAL_LINK_TEXT": "partial link text",
}  # fmt: skip


class Element:
    """A `WebElement`. With a ref it follows its element through later pages."""

    guest_methods: ClassVar[Sequence[str]] = (
        "click", "clear", "send_keys", "submit", "get_attribute", "get_property",
        "get_dom_attribute", "is_displayed", "is_enabled", "is_selected", "find_element",
        "find_elements",
    )  # fmt: skip
    guest_attributes: ClassVar[Sequence[str]] = ("text", "tag_name")

    def __init__(self, replay: Replay, node: Any) -> None:
        self._replay = replay
        self._found = node

    @property
    def _node(self) -> Any:
        ref = self._found.get("ref")
        return self._replay.element(int(ref)) if ref else self._found

    @property
    def ref(self) -> int:
        """Raises `RuntimeError` for an element that no action can reach."""
        ref = self._found.get("ref")
        if ref is None:
            raise RuntimeError(f"The <{self._found.tag}> can't be acted on: it has no ref.")
        return int(ref)

    @property
    def text(self) -> str:
        return text_of(self._node)

    @property
    def tag_name(self) -> str:
        return str(self._node.tag)

    def click(self) -> None:
        menu = self._found.xpath("self::option/ancestor::select[@ref]")
        option = menu and actions.select(int(menu[0].get("ref")), self.text)
        self._replay.act(option or actions.click(self.ref))

    def clear(self) -> None:
        if value_of(self._node):
            self._replay.act(actions.type(self.ref, ""))

    def send_keys(self, *keys: object) -> None:
        """Text goes behind what the field holds; each special key is an action."""
        held: list[str] = []
        for piece in re.findall(r"[\ue000-\uf8ff]|[^\ue000-\uf8ff]+", "".join(map(str, keys))):
            key = _KEY.get(piece)
            if key in actions.MODIFIERS:
                held.append(key)
            elif key or held:
                for one in [key] if key else piece:
                    self._replay.act(actions.press("+".join([*held, one])))
            elif self._node.tag == "select":
                self._replay.act(actions.select(self.ref, piece))
            else:
                self._replay.act(actions.type(self.ref, self._kept() + piece))

    def _kept(self) -> str:
        """What the field holds, and keeps when more is typed."""
        held = value_of(self._node)
        if held and self._node.get("type") == "password":
            raise RuntimeError("What a password field holds is hidden: clear() it first.")
        return held

    def submit(self) -> None:
        """Click the form's submit button, or press Enter in the field."""
        button = self._node.xpath(
            "ancestor-or-self::form[1]//*[@ref][self::button[not(@type) or @type='submit']"
            " or self::input[@type='submit']]"
        )
        enter = actions.press("Enter")
        self._replay.act(actions.click(int(button[0].get("ref"))) if button else enter)

    def get_attribute(self, name: str) -> str | None:
        node = self._node
        if name == "value":
            return value_of(node)
        if name in ("textContent", "innerText"):
            return text_of(node)
        found = node.get(name)
        return None if found is None else str(found)

    get_property = get_dom_attribute = get_attribute

    def is_displayed(self) -> bool:
        return True  # what can't be seen is not on the observed page

    def is_enabled(self) -> bool:
        return self._node.get("disabled") is None

    def is_selected(self) -> bool:
        return any(self._node.get(name) is not None for name in ("checked", "selected"))

    def find_elements(self, by: str = "id", value: str = "") -> list[Element]:
        return [Element(self._replay, one) for one in _search(self._node, by, value)]

    def find_element(self, by: str = "id", value: str = "") -> Element:
        return _first(self.find_elements(by, value), by, value)


class Driver:
    """A `WebDriver` of the page that is open."""

    guest_methods: ClassVar[Sequence[str]] = (
        "find_element", "find_elements", "get", "back", "execute_script", "implicitly_wait",
        "quit", "close", "maximize_window", "set_window_size",
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
        return [Element(self._replay, one) for one in _search(page, by, value)]

    def find_element(self, by: str = "id", value: str = "") -> Element:
        return _first(self.find_elements(by, value), by, value)

    def get(self, url: str) -> None:
        self._replay.act(actions.goto(url))

    def back(self) -> None:
        self._replay.act(actions.back())

    def execute_script(self, script: str, *args: object) -> None:
        """Scrolling alone: there is no JavaScript of a program's own."""
        ref = next((one.ref for one in args if isinstance(one, Element)), None)
        if "click" in script and ref is not None:
            self._replay.act(actions.click(ref))
        elif "scrollIntoView" in script and ref is not None:
            return  # actions scroll to their element by themselves
        elif found := _SCROLL.search(script[:LONGEST_SCRIPT]):
            refs = parsed(self._replay.now.html).xpath("//*[@ref]/@ref")
            self._replay.act(actions.scroll(int(refs[0]) if refs else 0, int(found[1])))
        else:
            raise RuntimeError("execute_script can scroll or click an element, nothing else.")

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
        "common": {"by": {"By": BY}, "keys": {"Keys": _CODE}},
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


def _first(found: Sequence[Element], by: str, value: str) -> Element:
    if not found:
        raise LookupError(f"The page has no element for {by} {value!r}.")
    return found[0]


def _search(root: Any, by: str, value: str) -> list[Any]:
    """Raises `ValueError` for a locator that can't be read."""
    plain: dict[str, Callable[[], Any]] = {
        "id": lambda: root.xpath(".//*[@id=$v]", v=value),
        "name": lambda: root.xpath(".//*[@name=$v]", v=value),
        "tag name": lambda: list(root.iter(value)),
        "class name": lambda: matching(root, f".{value}"),
        "css selector": lambda: matching(root, value),
        "xpath": lambda: matching(root, value, xpath=True),
        "link text": lambda: [one for one in root.iter("a") if text_of(one) == value],
        "partial link text": lambda: [one for one in root.iter("a") if value in text_of(one)],
    }
    if by not in plain:
        raise ValueError(f"There is no way {by!r} to find elements; there are {', '.join(plain)}.")
    return plain[by]()[:MOST_FOUND]
