"""Games: guess a number, draw a number, tic-tac-toe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from miniwob_tasks.experts.form import button, fill, find, first, inputs, moments, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Page, read
from webagent.types import Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert

Board: TypeAlias = tuple[int, ...]
"""Nine fields, row by row: 1 is X (the player), -1 is O, 0 is free."""

RANDOM = 0.55  # how often the opponent of the page plays any free field
ROWS = ((0, 1, 2), (3, 4, 5), (6, 7, 8))
COLUMNS = ((0, 3, 6), (1, 4, 7), (2, 5, 8))
DIAGONALS = ((0, 4, 8), (2, 4, 6))


def guess_number(context: Context) -> Decision:
    """Halve what the hints so far have left."""
    page = read(context.observation.html)
    low, high = 0, 9
    for one in (*(moment.page for moment in moments(context)), page):
        low = max(low, _hint(one, "higher", -1) + 1)
        high = min(high, _hint(one, "lower", 10) - 1)
    field = next(iter(inputs(page, "number")), None)
    return first(fill(field, str((low + high) // 2)), press(button(page, "Submit")))


def generate_number(context: Context) -> Decision:
    """Generate numbers until one is right."""
    page = read(context.observation.html)
    shown = named(page, "display-number")
    text = shown.text if shown else ""
    right = text.isdecimal() and _fits(int(text), context.instruction)
    return first(press(named(page, "submit" if right else "generate")))


def tic_tac_toe(context: Context) -> Decision:
    """The field with the best chance to win against the opponent of the page."""
    page = read(context.observation.html)
    board = tuple(_mark(page, field) for field in range(9))
    free = [field for field in range(9) if not board[field]]
    best = max(free, key=lambda field: _chance_after(_put(board, field, 1)), default=None)
    return first(press(named(page, f"ttt-{best}")))


def _hint(page: Page, side: str, otherwise: int) -> int:
    """The number that a shown hint names."""
    shown = named(page, side)
    number = re.search(r"\d+", shown.text) if shown else None
    return int(number[0]) if number else otherwise


def _fits(number: int, instruction: str) -> bool:
    asked = find(r"(less|greater) than (\d+)|an (odd|even) number", instruction)
    if asked[3]:
        return number % 2 == (asked[3] == "odd")
    return number < int(asked[2]) if asked[1] == "less" else number > int(asked[2])


def _mark(page: Page, field: int) -> int:
    cell = named(page, f"ttt-{field}")
    classes = cell.classes if cell else frozenset[str]()
    return ("mark-x" in classes) - ("mark-o" in classes)


def _put(board: Board, field: int, mark: int) -> Board:
    return (*board[:field], mark, *board[field + 1 :])


def _won(board: Board, mark: int) -> bool:
    lines = (*ROWS, *COLUMNS, *DIAGONALS)
    return any(all(board[field] == mark for field in line) for line in lines)


@cache
def _chance_after(board: Board) -> float:
    """The chance to win after a move of X."""
    free = [field for field in range(9) if not board[field]]
    if _won(board, 1) or not free:
        return float(_won(board, 1))
    by_chance = sum(_chance(_put(board, field, -1)) for field in free) / len(free)
    takes = [field for mark in (-1, 1) if (field := _completing(board, mark)) is not None]
    smart = _chance(_put(board, takes[0], -1)) if takes else by_chance
    return RANDOM * by_chance + (1 - RANDOM) * smart


@cache
def _chance(board: Board) -> float:
    """The chance to win when X is to move."""
    free = [field for field in range(9) if not board[field]]
    if _won(board, -1) or not free:
        return 0.0
    return max(_chance_after(_put(board, field, 1)) for field in free)


def _completing(board: Board, mark: int) -> int | None:
    """The field that completes a line of `mark`, which the opponent takes in its smart moves.

    Of several it takes the last that its seven checks find; each check stops at its first.
    """
    checks = [
        *([(line[gap], line) for line in ROWS] for gap in range(3)),
        [(field, line) for line in DIAGONALS for field in line],
        *([(field, line) for field in line] for line in COLUMNS),
    ]
    found: int | None = None
    for check in checks:
        open_ = (gap for gap, line in check if _lacks_only(board, line, gap, mark))
        found = next(open_, found)
    return found


def _lacks_only(board: Board, line: tuple[int, ...], gap: int, mark: int) -> bool:
    return not board[gap] and all(board[field] == mark for field in line if field != gap)


PAGES: Mapping[str, Expert] = MappingProxyType(
    {
        "generate-number": generate_number,
        "guess-number": guess_number,
        "tic-tac-toe": tic_tac_toe,
    }
)
