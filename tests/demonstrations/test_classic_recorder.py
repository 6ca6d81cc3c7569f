"""What the recorder of the MiniWoB++ pages writes is imported as what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from webagent import actions
from webagent.actions import Action
from webagent.browser.protocol import Mode, Page
from webagent.browser.session import Session, open_browser
from webagent.demonstrations.classic import rows_of_file
from webagent.policies.expert import ExpertPolicy
from webagent.tasks.protocol import Start
from webagent.tasks.suites import load_expert, load_task
from webagent.types import Box, Context, Json, Step

# The recorder posts an episode to a server half a second after its end; there is none here.
KEEP = "XMLHttpRequest.prototype.send = function (body) { window.recording = body; };\n"


@dataclass(frozen=True)
class Played:
    """An episode, and what the page's recorder sent of it."""

    instruction: str
    reward: float
    steps: Sequence[Step]
    recording: Json


@pytest.fixture(scope="module")
def mouse() -> Iterator[Session]:
    with open_browser(slots=1, mode=Mode.POINTER) as session:
        yield session


def recorded(start: Start) -> Start:
    """The page with its recorder, `core/record.js`, which this address asks for."""
    probe = f"[{start.probe}, window.recording ?? null]"
    return replace(start, url=f"{start.url}?record=1", begin=KEEP + start.begin, probe=probe)


def play(browser: Session, name: str, seed: int) -> Played:
    """The expert's episode, with real mouse and keyboard events."""
    task, expert = load_task(name), ExpertPolicy(load_expert)
    page = browser.reset({0: recorded(task.start(seed))})[0]
    history: tuple[Step, ...] = ()
    for _ in range(task.step_limit):
        assert isinstance(page, Page) and isinstance(page.probe, list), page
        verdict = task.judge(page.probe[0])
        if verdict.done:
            return Played(verdict.instruction, verdict.raw_reward, history, page.probe[1])
        context = Context(task.id, verdict.instruction, page.observation, history)
        [decision] = expert.act([context])
        history += (Step(page.observation, decision),)
        page = browser.step({0: decision.action})[0]
    raise AssertionError(f"{name} was not over after {task.step_limit} steps")


def deed(action: Action, boxes: dict[int, Box]) -> tuple[str, list[float], list[Json]]:
    """What was done, and where: numbers of elements differ between page and recording."""
    ref, *rest = action.args
    box = boxes[int(ref)]
    return action.name, [box.x, box.y, box.width, box.height], list(rest)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["click-test-2", "enter-text", "click-checkboxes"])
def test_a_recording_says_what_was_done(
    mouse: Session, tmp_path: Path, name: str, seed: int
) -> None:
    played = play(mouse, f"miniwob.{name}", seed)
    assert isinstance(played.recording, str)
    file = tmp_path / f"{seed}.json"
    file.write_text(played.recording)
    rows = rows_of_file(file, str(seed))
    assert {(row.task, row.instruction) for row in rows} == {
        (f"miniwob.{name}", played.instruction)
    }
    assert {(row.success, row.raw_reward) for row in rows} == {(True, played.reward)}
    found = [
        deed(actions.read(row.action), {int(ref): Box(*box) for ref, *box in row.boxes})
        for row in rows
    ]
    wanted = [deed(step.decision.action, dict(step.observation.boxes)) for step in played.steps]
    assert [(name, rest) for name, _, rest in found] == [(name, rest) for name, _, rest in wanted]
    for (_, there, _), (_, here, _) in zip(found, wanted, strict=True):
        assert there == pytest.approx(here, abs=0.5)
    kinds = {event["type"] for event in events(played.recording)}
    assert {"mousedown", "mouseup", "click"} <= kinds
    assert ("keypress" in kinds) == (name == "enter-text")


def events(recording: str) -> list[dict[str, str]]:
    return [state["action"] for state in json.loads(recording)["states"] if state["action"]]
