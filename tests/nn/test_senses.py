"""What is taken from a context: the picture without its bar, elements without their words."""

from __future__ import annotations

import numpy as np

from webagent.nn.senses import Sight, fitted, screenshots, wordless
from webagent.policies.protocol import decide
from webagent.types import Box, Context, Observation, Step

SIGHT = Sight(height=160, width=160, tiles=4)


def page(height: int, width: int = 160, bar: int = 50) -> np.ndarray:
    """A blue page under a yellow bar with something written on it."""
    picture = np.full((height, width, 3), (0, 0, 200), np.uint8)
    picture[:bar] = (255, 255, 0)
    picture[10:20, 5:60] = 0
    return picture


def test_the_instruction_bar_is_cropped():
    shown = fitted(page(210), SIGHT)
    assert shown.shape == (1, 160, 160, 3)
    assert (shown == (0, 0, 200)).all()
    beside = page(210)
    beside[45:120, 100:] = 90  # a dialog that reaches over the bar
    assert np.array_equal(fitted(beside, SIGHT)[0, :, 0], shown[0, :, 0])


def test_a_bar_that_is_kept_is_in_the_picture():
    sight = Sight(height=224, width=160, bar="keep")
    picture = page(210)
    shown = fitted(picture, sight)
    assert shown.shape == (1, 224, 160, 3)
    assert np.array_equal(shown[0, :210], picture) and (shown[0, 210:] == 255).all()


def test_pages_without_bar_are_whole():
    assert (fitted(page(160, bar=0), SIGHT)[0, 30:] == (0, 0, 200)).all()
    yellow = np.full((40, 160, 3), (255, 255, 0), np.uint8)
    assert (fitted(yellow, SIGHT)[0, :40] == (255, 255, 0)).all()


def test_tall_pages_are_whole_and_small_ones_padded():
    tall = page(50 + 350)
    tall[-1] = (9, 9, 9)
    shown = fitted(tall, SIGHT)
    assert shown.shape == (3, 160, 160, 3)
    assert (shown[2, 29] == (9, 9, 9)).all() and (shown[2, 30:] == 255).all()
    assert fitted(page(2000), SIGHT).shape[0] == SIGHT.tiles
    small = fitted(page(100, 80), SIGHT)
    assert small.shape[0] == 1 and (small[0, :, 80:] == 255).all()


def test_wide_pages_are_scaled_down():
    shown = fitted(np.zeros((640, 1280, 3), np.uint8), SIGHT)
    assert shown.shape[0] == 1 and not shown[0, :80].any() and (shown[0, 80:] == 255).all()


def test_without_html_elements_are_numbers_and_places():
    html = '<p ref="1">secret</p><button ref="2">Go</button><i ref="3">none</i>'
    boxes = {1: Box(0, 0, 20, 10), 2: Box(10, 20, 30, 40)}
    before, now = Observation(html, boxes=boxes), Observation(html, boxes=boxes, error="Missed.")
    context = Context("t", "Do it.", now, (Step(before, decide("click(2)")),))
    blind = wordless(context)
    assert blind.observation.html == '<b ref="1">10,5<b ref="2">25,40'
    assert blind.observation.error == "Missed."
    assert "secret" not in str(blind)


def test_the_current_screenshot_comes_first():
    one, two = np.zeros((2, 2, 3), np.uint8), np.ones((2, 2, 3), np.uint8)
    past = Step(Observation("", screenshot=one), decide("click(2)"))
    context = Context("t", "Do it.", Observation("", screenshot=two), (past, past))
    current, before = screenshots(context)
    assert current is two and before is one
    assert screenshots(Context("t", "Do it.", Observation(""))) == (None,)
