"""The texts that are measured: steps of episodes, and subtrees of real documentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webagent.browser.protocol import Browser
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
            ours = model_input(context).text
            head = ours[: ours.index("<page>")]
            yield Text(ours, head + step.observation.html)


def documentation(seed: int) -> Iterator[Text]:
    """Subtrees of the HTML documentation on this machine."""
    for text in unique_subtrees(corpus.in_language(corpus.installed(seed=seed))):
        yield Text(text, text.replace("⟨", ' ref="').replace("⟩", '"'))
