"""Texts to learn from and to measure: steps of episodes, subtrees of real documentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from webagent.browser.protocol import Browser
from webagent.demonstrations.read import open_demonstrations
from webagent.examples import model_input
from webagent.play import Job, play
from webagent.policies.load import load_policy
from webagent.tasks.protocol import VALIDATION_SEEDS
from webagent.tasks.suites import load_task, suite
from webagent.training import corpus
from webagent.training.pages import unique_subtrees
from webagent.types import Context


@dataclass(frozen=True, slots=True)
class Text:
    """`ours` is what our models read; `plain` the same with refs as attributes."""

    ours: str
    plain: str


def steps(name: str, seeds: int, browser: Browser) -> Iterator[Text]:
    """The page of every step that the experts take in a suite, on validation seeds."""
    jobs = [Job(load_task(one), seed) for one in suite(name) for seed in VALIDATION_SEEDS[:seeds]]
    for episode in play(jobs, load_policy("expert"), browser):
        for count, step in enumerate(episode.steps):
            instruction = episode.verdict.instruction
            context = Context(episode.task, instruction, step.observation, episode.steps[:count])
            yield text_of(context)


def demonstrated(folder: Path) -> Iterator[Text]:
    """Every step of a folder of demonstrations."""
    for context, _ in open_demonstrations(folder).examples():
        yield text_of(context)


def text_of(context: Context) -> Text:
    ours = model_input(context).text
    plain = model_input(context, mentions=False).text
    return Text(ours, plain[: plain.index("<page>")] + context.observation.html)


def documentation(seed: int) -> Iterator[Text]:
    """Subtrees of the HTML documentation on this machine."""
    for text in unique_subtrees(corpus.in_language(corpus.installed(seed=seed))):
        yield Text(text, text.replace("⟨", ' ref="').replace("⟩", '"'))
