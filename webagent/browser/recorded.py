"""A `Browser` without a browser: it plays recorded pages. For tests and documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from webagent.actions import Action
from webagent.browser.protocol import Mode, Page
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start
from webagent.types import Box, Json, Observation

FORMAT = 1


@dataclass(frozen=True, slots=True)
class State:
    """A page, and which state each action leads to; other actions stay and give an error."""

    page: Page
    moves: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Recording:
    """The states of one task's page, by name; an episode begins in the first."""

    states: Mapping[str, State]

    @property
    def first(self) -> str:
        return next(iter(self.states))


class RecordedBrowser:
    """Plays recordings, found by the `options` of a `Start` (as JSON), its `begin` or its `url`.

    >>> from webagent import actions
    >>> asked = state('<button ref="1">Buy</button>', probe=0, moves={"click(1)": "bought"})
    >>> bought = state("<p>Thank you</p>", probe=1)
    >>> browser = RecordedBrowser({"/shop": Recording({"asked": asked, "bought": bought})})
    >>> browser.reset({0: Start("/shop")})[0].observation.html
    '<button ref="1">Buy</button>'
    >>> browser.step({0: actions.click(2)})[0].observation.error
    'Nothing was recorded for click(2). Recorded are: click(1).'
    >>> browser.step({0: actions.click(1)})[0].probe
    1
    """

    def __init__(
        self, recordings: Mapping[str, Recording], slots: int = 1, mode: Mode = Mode.ELEMENT
    ) -> None:
        self._recordings = dict(recordings)
        self._playing: dict[int, tuple[Recording, str]] = {}
        self.slots = slots
        self.mode = mode

    @property
    def version(self) -> str:
        return f"recorded {FORMAT}"

    def reset(self, starts: Mapping[int, Start]) -> dict[int, Page | BrowserError]:
        """Show the first state of each slot's recording."""
        return {slot: self._begin(slot, start) for slot, start in starts.items()}

    def step(self, actions: Mapping[int, Action]) -> dict[int, Page | BrowserError]:
        """Follow each action to the next recorded state."""
        return {slot: self._follow(slot, str(action)) for slot, action in actions.items()}

    def close(self) -> None:
        self._playing.clear()

    def _begin(self, slot: int, start: Start) -> Page | BrowserError:
        names = (orjson.dumps(start.options).decode(), start.begin, start.url)
        found = [self._recordings[name] for name in names if name in self._recordings]
        if not found:
            self._playing.pop(slot, None)
            return BrowserError(f"Nothing was recorded for {start.begin or start.url!r}.")
        recording = found[0]
        self._playing[slot] = (recording, recording.first)
        return recording.states[recording.first].page

    def _follow(self, slot: int, action: str) -> Page | BrowserError:
        if slot not in self._playing:
            return BrowserError(f"Slot {slot} shows no page.")
        recording, name = self._playing[slot]
        now = recording.states[name]
        if action not in now.moves:
            known = ", ".join(now.moves) or "no actions"
            error = f"Nothing was recorded for {action}. Recorded are: {known}."
            return replace(now.page, observation=replace(now.page.observation, error=error))
        self._playing[slot] = (recording, now.moves[action])
        return recording.states[now.moves[action]].page


def state(
    html: str,
    *,
    probe: Json = None,
    moves: Mapping[str, str] | None = None,
    boxes: Mapping[int, Box] | None = None,
    url: str = "",
    error: str | None = None,
) -> State:
    """A state in one call. `moves` maps an action's text to the name of the next state."""
    return State(Page(Observation(html, url, boxes or {}, error=error), probe), moves or {})


def save(recordings: Mapping[str, Recording], path: Path) -> None:
    """Write recordings to a JSON file. Screenshots are left out."""
    plain = {key: _plain(recording) for key, recording in recordings.items()}
    document = {"format": FORMAT, "recordings": plain}
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))


def load(path: Path) -> dict[str, Recording]:
    """Read recordings that `save` wrote. Raises `BrowserError` for another file."""
    try:
        document: dict[str, Any] = orjson.loads(path.read_bytes())
        if document["format"] != FORMAT:
            raise BrowserError(f"{path} has format {document['format']}, not {FORMAT}.")
        return {key: _recording(plain) for key, plain in document["recordings"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise BrowserError(f"{path} is no file of recorded pages: {error!r}") from error


def _plain(recording: Recording) -> dict[str, Any]:
    return {
        name: {
            "html": one.page.observation.html,
            "url": one.page.observation.url,
            "boxes": [
                [ref, box.x, box.y, box.width, box.height]
                for ref, box in one.page.observation.boxes.items()
            ],
            "error": one.page.observation.error,
            "probe": one.page.probe,
            "moves": dict(one.moves),
        }
        for name, one in recording.states.items()
    }


def _recording(plain: Mapping[str, Mapping[str, Any]]) -> Recording:
    states: dict[str, State] = {}
    for name, one in plain.items():
        fields: dict[str, Any] = dict(one)
        fields["boxes"] = {int(ref): Box(*place) for ref, *place in one["boxes"]}
        states[name] = state(**fields)
    lost = {to for one in states.values() for to in one.moves.values()} - states.keys()
    if lost or not states:
        raise ValueError(f"unknown states {sorted(lost)}" if lost else "no states")
    return Recording(states)
