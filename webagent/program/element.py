"""Elements as Selenium's Python has them: found, read, clicked, typed into."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from webagent import actions
from webagent.program.replay import MOST_FOUND, Replay, matching, text_of, value_of

KEYS = {
    "ENTER": "Enter", "RETURN": "Enter", "TAB": "Tab", "ESCAPE": "Escape", "SPACE": "Space",
    "BACKSPACE": "Backspace", "BACK_SPACE": "Backspace", "DELETE": "Delete", "HOME": "Home",
    "END": "End", "PAGE_UP": "PageUp", "PAGE_DOWN": "PageDown", "UP": "ArrowUp",
    "DOWN": "ArrowDown", "LEFT": "ArrowLeft", "RIGHT": "ArrowRight", "ARROW_UP": "ArrowUp",
    "ARROW_DOWN": "ArrowDown", "ARROW_LEFT": "ArrowLeft", "ARROW_RIGHT": "ArrowRight",
    "CONTROL": "Control", "SHIFT": "Shift", "ALT": "Alt", "META": "Meta", "COMMAND": "Meta",
}  # fmt: skip
CODES = {name: chr(0xE000 + index) for index, name in enumerate(KEYS)}  # private characters
_KEY = {CODES[name]: key for name, key in KEYS.items()}


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
        send_keys(self._replay, keys, self)

    def fill(self, text: str) -> None:
        """Type a text without special keys."""
        if self._node.tag == "select":
            self._replay.act(actions.select(self.ref, text))
        else:
            self._replay.act(actions.type(self.ref, self._kept() + text))

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
        return [Element(self._replay, one) for one in search(self._node, by, value)]

    def find_element(self, by: str = "id", value: str = "") -> Element:
        return first(self.find_elements(by, value), by, value)


def send_keys(replay: Replay, keys: Sequence[object], field: Element | None) -> None:
    """Send keys to the `field` that has the focus, if one has it: special keys need none."""
    held: list[str] = []
    for piece in re.findall(r"[\ue000-\uf8ff]|[^\ue000-\uf8ff]+", "".join(map(str, keys))):
        key = _KEY.get(piece)
        if key in actions.MODIFIERS:
            held.append(key)
        elif key or held:
            for one in [key] if key else piece:
                replay.act(actions.press("+".join([*held, one])))
        elif field:
            field.fill(piece)
        else:
            raise RuntimeError("No field has the focus: click one first.")


def first(found: Sequence[Element], by: str, value: str) -> Element:
    if not found:
        raise LookupError(f"The page has no element for {by} {value!r}.")
    return found[0]


def search(root: Any, by: str, value: str) -> list[Any]:
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
