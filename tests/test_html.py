"""Snippets of observed pages."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from webagent.html import cut, depth, refs

PAGE = (
    '<div id="area"><div id="form"><p><label ref="1">Name</label><input ref="2" id="name"></p>'
    '<p><label ref="3">Word</label><input ref="4" id="word"></p></div>'
    '<button ref="5">Login</button></div><ul ref="6"><li ref="7">Malta</li></ul>'
)


def test_a_snippet_keeps_the_label_of_a_field():
    assert cut(PAGE, [4]) == '<p><label ref="3">Word</label><input ref="4" id="word"></p>'


def test_a_field_in_a_table_keeps_the_rows_name():
    row = '<tr><th ref="1">Year</th><td><input ref="2" type="text"></td></tr>'
    other = row.replace("Year", "Genre").replace('"1"', '"3"').replace('"2"', '"4"')
    table = f"<table>{row}{other}</table>"
    assert cut(table, [2]) == row
    assert cut(table, [4, 2]) == row + other
    assert cut(table, [2], up=0) == '<input ref="2" type="text">'


def test_where_the_ancestor_is_too_long_a_field_keeps_what_stands_before_it():
    name, word = 'Your name: <input ref="1">', '<label ref="2">Word</label><input ref="3">'
    link = '<a>x</a><input ref="4"><p>rules</p>'
    form = f"<form>{name}{word}{link}{'<br>' * 200}</form>"
    assert cut(form, [1]) == name
    assert cut(form, [3]) == word
    assert cut(form, [4]) == '<input ref="4">'
    assert cut(form, [3, 1]) == name + word


def test_an_ancestor_that_is_too_long_is_left_out():
    assert cut(PAGE, [5], room=100) == '<button ref="5">Login</button>'
    assert cut(PAGE, [5], room=1000).startswith('<div id="area">')


def test_without_ancestors_only_the_element_is_cut():
    assert cut(PAGE, [5, 7], up=0) == '<button ref="5">Login</button><li ref="7">Malta</li>'


def test_overlapping_snippets_are_joined():
    assert cut(PAGE, [6, 7], up=1).count("Malta") == 1
    assert refs(cut(PAGE, [2, 1])) == [1, 2]


def test_unknown_refs_are_passed_over():
    assert cut(PAGE, [99]) == ""
    assert "Login" in cut(PAGE, [99, 5], up=0)


def test_depth_counts_elements_that_lie_in_each_other():
    assert depth(PAGE) == 4
    assert depth('<input ref="1"><img ref="2"><ul><li>1 &lt; 2</li><li><a>b</a></li></ul>') == 3
    assert depth("") == 0


def test_refs_come_in_page_order():
    assert refs(PAGE) == [1, 2, 3, 4, 5, 6, 7]


@given(st.sets(st.integers(1, 7)), st.integers(0, 4))
def test_a_snippet_holds_what_was_asked_for_in_page_order_and_once(wanted, up):
    found = [int(ref) for ref in re.findall(r' ref="(\d+)"', cut(PAGE, wanted, up))]
    assert wanted <= set(found)
    assert found == sorted(set(found))
