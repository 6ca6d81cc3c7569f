"""The rules of the tracks."""

import pytest

from webagent.demonstrations.tracks import check_descent, check_track, tracks_of
from webagent.errors import RunError
from webagent.policies.models import Track
from webagent.tasks.compwob import suites
from webagent.tasks.sites import suites as sites

BASE = ("miniwob.click-link", "miniwob.enter-text")
OWN = "compose.click-button+click-widget"
MINE = ("shop.buy-socks", "live.example.org")


@pytest.mark.parametrize("track", list(Track))
def test_base_tasks_are_allowed_everywhere(track):
    assert check_track(track, BASE) is track


@pytest.mark.parametrize("track", ["base", "base+aug"])
@pytest.mark.parametrize("task", [OWN, "compwob.click-link_click-dialog", "other.page"])
def test_base_tracks_take_base_tasks_alone(track, task):
    with pytest.raises(RunError, match=task.replace("+", r"\+")):
        check_track(track, [*BASE, task])


def test_augmented_data_is_not_of_track_base():
    with pytest.raises(RunError, match="augmentation"):
        check_track("base", BASE, augmented=True)
    assert check_track("base+aug", BASE, augmented=True) is Track.BASE_AUG
    assert tracks_of(BASE, augmented=True) == ["base+aug", "compositional", "sites", "open"]


def test_compositions_of_ones_own_are_compositional():
    assert check_track("compositional", [*BASE, OWN, OWN.replace("compose", "compose-reverse")])
    assert tracks_of([*BASE, OWN]) == ["compositional", "sites", "open"]


@pytest.mark.parametrize(
    "task",
    [
        "compose.click-link+click-dialog",  # one of the 50
        "compose.click-dialog+click-link",  # a reordering
        "compose-reverse.click-dialog+click-link",
        "compose.enter-text+click-link+no-such-part",
        "compose.nothing",
    ],
)
def test_the_benchmark_and_its_reorderings_are_held_out(task):
    with pytest.raises(RunError, match=r"none whose .*parts"):
        check_track("compositional", [OWN, task])
    with pytest.raises(RunError, match="any task but the 50, reorderings"):
        check_track("open", [OWN, task])


@pytest.mark.parametrize("track", ["compositional", "open"])
def test_all_hundred_tasks_are_held_out(track):
    tasks = [task for names in suites().values() for task in names]
    with pytest.raises(RunError, match="and 95 more"):
        check_track(track, tasks)


def test_a_composition_that_holds_one_of_the_fifty_among_others_is_allowed():
    task = "compose.click-link+click-dialog+click-widget"
    assert tracks_of([task]) == ["compositional", "sites", "open"]


def test_an_unknown_track_is_named():
    with pytest.raises(RunError, match=r"'basis'; there are base, base\+aug, compositional"):
        check_track("basis", BASE)


def test_a_track_is_inherited():
    for track, ancestor in (("base", None), ("base+aug", "base"), ("compositional", "base+aug")):
        check_descent(track, ancestor, "models/old")
    for track, ancestor in (("base", "base+aug"), ("base+aug", "compositional")):
        with pytest.raises(RunError, match="models/old comes from the track"):
            check_descent(track, ancestor, "models/old")


def test_websites_are_learnt_from_their_training_templates_alone():
    trained, held_out = suites_of_sites()
    assert check_track("sites", [*BASE, OWN, *trained]) is Track.SITES
    assert tracks_of(trained) == ["sites", "open"]
    for task in held_out[:3]:
        with pytest.raises(RunError, match="templates for training"):
            check_track("sites", [task])
    with pytest.raises(RunError):
        check_track("sites", ["sites.shop-no-such-template"])


def test_what_one_has_oneself_is_of_the_widest_track():
    trained, held_out = suites_of_sites()
    assert check_track("open", [*BASE, OWN, *trained, *MINE]) is Track.OPEN
    assert tracks_of([*BASE, *MINE]) == tracks_of([], ancestor="open") == ["open"]
    for task in (*MINE, held_out[0]):
        with pytest.raises(RunError, match=rf"does not allow training on {task}"):
            check_track("open" if task == held_out[0] else "sites", [task])
    with pytest.raises(RunError, match="comes from the track open"):
        check_descent("sites", "open", "models/old")


def suites_of_sites():
    found = sites()
    return found["sites-train"], found["sites-heldout"]
