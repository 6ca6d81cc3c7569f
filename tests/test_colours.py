"""Colours are said by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webagent.colours import colour_name, with_names

NAMED = {
    "red": "#ff0000", "orange": "#ffa500", "yellow": "#ffff00", "green": "#008000",
    "cyan": "#00ffff", "blue": "#0000ff", "purple": "#8a2be2", "magenta": "#ff00ff",
    "pink": "#ff69b4", "brown": "#8b4513", "black": "#000000", "gray": "#808080",
    "white": "#ffffff",
}  # fmt: skip


@pytest.mark.parametrize(("name", "number"), NAMED.items())
def test_the_colours_of_style_sheets_keep_their_names(name: str, number: str) -> None:
    assert with_names(f'<i style="color: {number}">') == f'<i style="color: {name}">'


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ('<p style="color: rgb(180, 228, 180); top: 1px">', '<p style="color: green; top: 1px">'),
        ('<p style="color: rgba(0, 0, 0, 0.5)">', '<p style="color: black">'),
        ('<path fill="#e34c26" stroke="#f00"></path>', '<path fill="red" stroke="red"></path>'),
        ('<p title="#e34c26">#f00 rgb(1, 2, 3)</p>', None),
        ('<i style="background: url(#abcdef0)">', None),
        ('<i fill="url(#gradient)">', None),
    ],
)
def test_only_numbers_of_styles_become_names(page: str, wanted: str | None) -> None:
    assert with_names(page) == (wanted or page)


@given(*[st.integers(0, 255)] * 3)
def test_what_has_one_strong_channel_is_never_called_by_another(
    red: int, green: int, blue: int
) -> None:
    name = colour_name(red, green, blue)
    assert name in NAMED
    if red > 60 + max(green, blue) * 1.5:
        assert name not in ("green", "cyan", "blue", "gray", "black", "white")
