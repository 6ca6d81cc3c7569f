"""What of a page is handed to a programmer when words alone tell what matters."""

from __future__ import annotations

import pytest

from webagent.html import cut
from webagent.planner.retrieve import MOST, retrieve

PAGE = (
    '<nav><a ref="1" href="/">Home</a><a ref="2" class="icon" href="/search/"></a>'
    '<a ref="3"><img alt="Logo"></a></nav>'
    '<form><input ref="4" name="q"><button ref="5">Search</button></form>'
    '<ul><li><a ref="6">Red Mug</a><form><button ref="7">Buy</button></form></li>'
    '<li><a ref="8">Blue Mug</a><form><button ref="9">Buy</button></form></li></ul>'
    '<a ref="10">View cart</a>'
    '<form><label>Size</label><select ref="11" name="size"><option>Small</option></select>'
    '<button ref="12">Save</button></form>'
)


@pytest.mark.parametrize(
    ("instruction", "refs"),
    [
        ("Open the cart", (2, 10)),
        ("Open the Red Mug", (2, 6)),  # one word of two is shared with the blue one
        ("Go home", (1, 2)),
        ("Choose the size Small", (2, 11, 12)),  # a form comes as a whole
    ],
)
def test_elements_are_found_by_what_they_say_or_are_called(
    instruction: str, refs: tuple[int, ...]
) -> None:
    known = '<p ref="90">Open go choose</p>'  # no word is left to be typed
    assert tuple(one for one in retrieve(instruction, PAGE + known) if one < 90) == refs


def test_words_that_the_page_does_not_say_go_into_fields() -> None:
    assert retrieve("Search for a teapot", PAGE) == (2, 4, 5, 11, 12)
    assert retrieve("Search", PAGE) == (2, 4, 5)


def test_a_page_that_says_nothing_of_it_matters_as_a_whole() -> None:
    page = '<a ref="1" href="/">Home</a><a ref="2" class="icon"></a>'
    assert retrieve("Write to Jo", page) == ()
    assert cut(page, retrieve("Write to Jo", page)) == ""


def test_of_many_elements_that_say_the_same_a_few_are_enough() -> None:
    page = "".join(f'<p><a ref="{n}">Mug</a></p>' for n in range(50))
    assert len(retrieve("Open the mug", page)) == MOST
