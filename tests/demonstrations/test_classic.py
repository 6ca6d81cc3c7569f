"""Classic demonstrations: page trees as HTML, events as actions, every file accounted for."""

from __future__ import annotations

import gzip
import json

import pytest

from webagent.demonstrations.classic import (
    SKIPPED,
    classic_manifest,
    import_classic,
    rows_of_file,
)
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import RunError
from webagent.types import Box

SIDES = {"left": 10, "top": 60, "width": 100, "height": 20}


def node(tag, ref=0, *children, **more):
    plain = {"tag": tag, "ref": ref, "id": "", "classes": "", "bgColor": "rgba(0, 0, 0, 0)"}
    return plain | SIDES | {"children": list(children)} | more


def text(words):
    return {"tag": "t", "ref": -1, "text": words, "children": [], **SIDES}


def page(*children):
    area = node("DIV", 3, *children, id="area", width=160, height=160)
    return node("BODY", 1, node("DIV", 2, area, id="wrap", width=160, height=210))


def mark(dom, ref, key):
    """The tree with `key` set on the element `ref`."""
    marked = {**dom, "children": [mark(child, ref, key) for child in dom["children"]]}
    return marked | ({key: True} if dom["ref"] == ref else {})


def both(dom, after=None, ref=None, **event):
    """An event as it is recorded: before and after the page has had it."""
    return [
        {"time": 1, "dom": mark(now, ref, "recordingTarget"), "action": {**event, "timing": timing}}
        for now, timing in ((dom, 1), (after or dom, 3))
    ]


def click(dom, ref, after=None, x=20, y=70, kinds=("mousedown", "mouseup", "click")):
    last = after or dom
    pages = {"mousedown": (dom, dom), "mouseup": (dom, dom), "click": (dom, last)}
    return [one for kind in kinds for one in both(*pages[kind], ref, type=kind, x=x, y=y)]


def key(dom, code, after=None, char=0):
    press = both(dom, after, 5, type="keypress", keyCode=char, charCode=char) if char else []
    return [
        *both(dom, None, 5, type="keydown", keyCode=code, charCode=0),
        *press,
        *both(after or dom, None, 5, type="keyup", keyCode=code, charCode=0),
    ]


def recording(states, **more):
    first = {"time": 0, "dom": states[0]["dom"] if states else page(), "action": None}
    told = {"taskName": "enter-text", "utterance": 'Enter "ab" and submit.', "rawReward": 1}
    return told | {"reward": 0.9, "states": [first, *states]} | more


def form(value="", focused=False):
    field = node("INPUT_text", 5, value=value, id="tt", **({"focused": True} if focused else {}))
    return page(field, node("BUTTON", 6, id="subbtn", text="Submit", classes="ui-corner-all go"))


def typed():
    empty, a, ab = form("", True), form("a", True), form("ab", True)
    return [
        *click(form(), 5, empty),
        *key(empty, 65, a, char=97),
        *key(a, 66, ab, char=98),
        *click(ab, 6),
    ]


def save(folder, name, content):
    folder.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text(json.dumps(content))
    return folder / name


def rows(tmp_path, states, **more):
    return rows_of_file(save(tmp_path, "one.json", recording(states, **more)), "one")


def acts(tmp_path, states, **more):
    return [row.action for row in rows(tmp_path, states, **more)]


def test_a_form_becomes_rows_like_any_others(tmp_path):
    first, second = rows(tmp_path, typed())
    assert first.html == (
        '<div id="wrap"><div id="area"><input ref="5" id="tt" type="text">'
        '<button ref="6" id="subbtn" class="go">Submit</button></div></div>'
    )
    assert first.action == 'type(5, "ab")'
    assert second.action == "click(6)"
    assert 'value="ab" focused' in second.html
    assert second.history[0].action == 'type(5, "ab")'
    assert second.target == Box(10, 60, 100, 20)
    assert (second.task, second.seed, second.source) == ("miniwob.enter-text", None, "people")
    assert (second.success, second.raw_reward, second.steps) == (True, 1.0, 2)


def test_corrections_are_merged_into_what_the_field_holds(tmp_path):
    empty, a = form("", True), form("a", True)
    states = [
        *click(form(), 5, empty),
        *key(empty, 65, a, char=97),
        *key(a, 8, empty),
        *key(empty, 65, a, char=97),
        *key(a, 13),
    ]
    assert acts(tmp_path, states) == ['type(5, "a")', 'press("Enter")']


def test_tab_is_left_to_the_next_action(tmp_path):
    def two(first, second, at):
        return page(
            node("INPUT_text", 5, value=first, focused=at == 5),
            node("INPUT_password", 7, value=second, focused=at == 7),
        )

    states = [
        *key(two("", "", 5), 65, two("a", "", 5), char=97),
        *key(two("a", "", 5), 9, two("a", "", 7)),
        *key(two("a", "", 7), 66, two("a", "b", 7), char=98),
    ]
    assert acts(tmp_path, states) == ['type(5, "a")', 'type(7, "b")']


def test_keys_outside_fields(tmp_path):
    def at(ref):
        nodes = [node("DIV", 5, text="x"), node("BUTTON", 6, text="Go")]
        return mark(page(*nodes), ref, "focused")

    states = [*key(at(0), 39), *key(at(0), 81, char=113), *key(at(6), 13, char=13), *key(at(0), 16)]
    assert acts(tmp_path, states) == ['press("ArrowRight")', 'press("q")', "click(6)"]


def test_clicks_that_a_label_hands_on_count_once(tmp_path):
    off, on = (
        page(node("LABEL", 5, node("INPUT_checkbox", 6, value=ticked), text("A & B")))
        for ticked in (False, True)
    )
    handed = both(off, on, 6, type="click", x=0, y=0)
    first, second = rows(tmp_path, [*click(off, 5), *handed, *click(on, 6)])
    assert [first.action, second.action] == ["click(5)", "click(6)"]
    label = '<label ref="5"><input ref="6" type="checkbox">A &amp; B</label>'
    assert label in first.html
    assert label.replace('"checkbox"', '"checkbox" checked') in second.html


@pytest.mark.parametrize("kinds", [("click",), ("mousedown",), ("mousedown", "mouseup")])
def test_clicks_of_which_some_events_are_missing(tmp_path, kinds):
    assert acts(tmp_path, click(form(), 6, kinds=kinds)) == ["click(6)"]


def test_a_click_without_a_marked_target_goes_to_the_innermost_element(tmp_path):
    assert acts(tmp_path, click(form(), None, x=15, y=65)) == ["click(6)"]
    assert acts(tmp_path, click(form(), None, x=300, y=300)) == ["click_at(300, 300)"]


def test_prose_shapes_icons_and_colours(tmp_path):
    dom = page(
        text("Lorem"),
        node("SPAN", 4, text="ipsum"),
        text("dolor <sit>"),
        node("SPAN", 5, classes="trash", width=12),
        node("svg", 6, node("circle", 7, classes={}), classes={}),
        node("DIV", 8, bgColor="rgb(255, 0, 0)"),
        node("DIV", 9, classes="spacer"),
        node("DIV", 10, text="unseen", width=1, height=1),
    )
    (row,) = rows(tmp_path, click(dom, 4))
    assert row.html == (
        '<div id="wrap"><div ref="3" id="area">Lorem <span ref="4">ipsum</span> dolor &lt;sit&gt; '
        '<span ref="5" class="trash"></span> <svg><circle ref="7"></circle></svg> '
        '<div ref="8" style="background-color: rgb(255, 0, 0)"></div></div></div>'
    )
    assert {int(one[0]) for one in row.boxes} == {3, 4, 5, 7, 8}


def test_a_drag_names_both_ends(tmp_path):
    dom = page(node("DIV", 5, text="small"), node("DIV", 6, text="large", top=120))
    states = [
        *both(dom, None, 5, type="mousedown", x=20, y=65),
        *both(dom, None, 5, type="mouseup", x=20, y=130),
    ]
    assert acts(tmp_path, states) == ["drag(5, 6)"]
    states[2:] = both(dom, None, 5, type="mouseup", x=150, y=200)
    with pytest.raises(RunError, match="ends on no other element"):
        rows(tmp_path, states)


def test_the_choice_in_a_list_must_be_sure(tmp_path):
    dom = page(node("SELECT", 5, id="options"), node("BUTTON", 6, text="Submit"))
    states = [*click(dom, 5), *click(dom, 6)]
    told = acts(tmp_path, states, fields={"target": "June"})
    assert told == ['select(5, "June")', "click(6)"]
    for more in ({}, {"fields": {"target": "June"}, "rawReward": -1}):
        with pytest.raises(RunError, match="drop-down"):
            rows(tmp_path, states, **more)


@pytest.mark.parametrize(
    ("rewards", "success"),
    [
        ({"rawReward": 1, "reward": 0.2}, True),
        ({"rawReward": 0.5, "reward": 0.4}, False),
        ({"rawReward": None, "reward": 0.4}, True),
        ({"rawReward": None, "reward": -1}, False),
    ],
)
def test_success_is_full_raw_reward(tmp_path, rewards, success):
    found = rows(tmp_path, typed(), **rewards)
    assert {row.success for row in found} == {success}
    assert {row.ending for row in found} == {"success" if success else "failure"}


def imported(source, out):
    pytest.importorskip("pyarrow")
    with DemonstrationWriter(out, classic_manifest(source, ["webagent", "export"])) as writer:
        return import_classic(source, writer, out)


def test_every_file_is_imported_or_named(tmp_path):
    source, out = tmp_path / "demos", tmp_path / "out"
    save(source, "good.json", recording(typed()))
    save(source / "enter-text", "enter-text_W1_d1.json", recording(typed(), taskName=""))
    save(source, "failed.json", recording(typed(), rawReward=-1))
    save(source, "idle.json", recording([]))
    save(source, "no-page.json", recording([]) | {"states": [{"time": 0, "action": None}]})
    (source / "half.json").write_text(json.dumps(recording(typed()))[:500])
    (source / "zipped.json.gz").write_bytes(gzip.compress((source / "good.json").read_bytes()))
    (source / "broken.json.gz").write_bytes(b"no gzip")
    (source / "notes.txt").write_text("no recording")
    done = imported(source, out)
    assert done.successes == {"miniwob.enter-text": 3}
    assert done.failures == {"miniwob.enter-text": 1}
    assert done.tracks == ["base", "base+aug", "compositional", "sites", "open"]
    named = {one["file"]: one["reason"] for one in json.loads((out / SKIPPED).read_text())}
    assert set(named) == {"idle", "no-page", "half", "broken"}
    assert named["idle"] == "nothing is done in it"
    assert named["no-page"] == "states.dom: Field required"
    assert "BadGzipFile" in named["broken"]
    assert sum(done.left_out.values()) == 4
    episodes = {one[0].episode for one in open_demonstrations(out).episodes()}
    assert "miniwob.enter-text#enter-text/enter-text_W1_d1" in episodes
    assert imported(source, out).episodes == 4


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(RunError, match="no file ends with"):
        imported(tmp_path / "nothing", tmp_path / "out")
    assert not (tmp_path / "out").exists()
