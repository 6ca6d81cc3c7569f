"""Key presses as DevTools protocol events."""

from __future__ import annotations

from typing import Any

from webagent.browser.protocol import Keys

# Named key -> (DOM code, Windows virtual key code, text it types)
NAMED: dict[str, tuple[str, int, str]] = {
    "Enter": ("Enter", 13, "\r"),
    "Tab": ("Tab", 9, ""),
    "Escape": ("Escape", 27, ""),
    "Backspace": ("Backspace", 8, ""),
    "Delete": ("Delete", 46, ""),
    "Space": ("Space", 32, " "),
    "ArrowUp": ("ArrowUp", 38, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    "Home": ("Home", 36, ""),
    "End": ("End", 35, ""),
    "PageUp": ("PageUp", 33, ""),
    "PageDown": ("PageDown", 34, ""),
    "Control": ("ControlLeft", 17, ""),
    "Shift": ("ShiftLeft", 16, ""),
    "Alt": ("AltLeft", 18, ""),
    "Meta": ("MetaLeft", 91, ""),
}
MODIFIER_BITS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}
TYPED_AS = {"\n": "Enter", "\r": "Enter", "\t": "Tab", " ": "Space"}


def key_events(keys: Keys) -> list[dict[str, Any]]:
    """`Input.dispatchKeyEvent` parameters, in order, for typed text or one pressed key."""
    if keys.text:
        return [event for c in keys.text for event in _stroke(TYPED_AS.get(c, c), 0)]
    bits = sum(MODIFIER_BITS[name] for name in keys.modifiers)
    held = [{"type": "rawKeyDown", **_key(name), "modifiers": bits} for name in keys.modifiers]
    released = [{"type": "keyUp", **_key(name)} for name in reversed(keys.modifiers)]
    return [*held, *_stroke(keys.key, bits), *released]


def _stroke(key: str, bits: int) -> list[dict[str, Any]]:
    text = NAMED[key][2] if key in NAMED else key
    typed = text and not bits & ~MODIFIER_BITS["Shift"]
    down = {"type": "keyDown", "text": text} if typed else {"type": "rawKeyDown"}
    shared = {**_key(key), "modifiers": bits}
    return [{**down, **shared}, {"type": "keyUp", **shared}]


def _key(key: str) -> dict[str, Any]:
    if key in NAMED:
        code, number, text = NAMED[key]
        return {
            "key": " " if text == " " else key,
            "code": code,
            "windowsVirtualKeyCode": number,
        }
    if key.isascii() and key.isalpha():
        return {"key": key, "code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
    if key.isascii() and key.isdigit():
        return {"key": key, "code": f"Digit{key}", "windowsVirtualKeyCode": ord(key)}
    return {"key": key}
