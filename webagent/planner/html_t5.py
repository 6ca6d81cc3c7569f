"""Planning and writing with a learned HTML-T5, which can be one and the same model."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from webagent.actions import ACTIONS
from webagent.examples import ModelInput, plan_input, plan_text, write_input
from webagent.nn.answers import PlanGrammar, ProgramGrammar
from webagent.nn.checkpoint import load
from webagent.nn.constrain import grammar_of
from webagent.nn.generate import Automaton, Guide, generate
from webagent.nn.precision import fastest, named
from webagent.nn.source import Reader
from webagent.nn.tokenizer import load as load_tokenizer
from webagent.nn.weights import weights
from webagent.planner.clauses import Held, clauses
from webagent.planner.plan import OVER, Plan, PlanRequest, WriteRequest
from webagent.types import Context, Try

LONGEST_PLAN = 128  # tokens
LONGEST_PROGRAM = 512  # tokens: on a wiki, texts of a page are typed
EPISODES = 256  # instructions whose clauses are remembered
TEMPERATURES = (0.7, 1.0, 1.4)  # at which another program than those that failed is drawn


class HtmlT5Modules:
    """A planner and a programmer from one model folder. `longest` is how many tokens of a page
    are read, `actions` are those that programs may call, `mentions` is whether instructions say
    which elements they mention. With `phrases`, a plan is one of them or a clause of the
    instruction. Raises `PolicyError` if the folder holds no model.
    """

    def __init__(
        self,
        folder: Path,
        longest: int = 1024,
        actions: Collection[str] = tuple(ACTIONS),
        *,
        mentions: bool = True,
        phrases: Sequence[str] | None = None,
    ) -> None:
        precision = fastest()
        self.precision = named(precision)
        self._weights = weights(load(folder, precision).model)
        self._tokenizer = load_tokenizer(folder)
        self._reader = Reader(self._tokenizer, longest)
        self._plans = PlanGrammar(self._tokenizer)
        self._programs = ProgramGrammar(grammar_of(self._tokenizer, actions), self._tokenizer)
        self._mentions = mentions
        self._phrases = phrases
        self._clauses = lru_cache(EPISODES)(self._held)  # each is asked for again at every step

    def plan(self, requests: Sequence[PlanRequest]) -> list[Plan]:
        """The most likely plans. `OVER` in place of a sub-instruction says that it is over."""
        read = [
            plan_input(_failing(one.context, one.tries), one.said, mentions=self._mentions)
            for one in requests
        ]
        known = self._phrases is not None
        held_to = [self._clauses(one.context.instruction) for one in requests] if known else []
        texts = self._answers(read, self._plans, LONGEST_PLAN, held_to)
        found = [one.read_plan(text) for one, text in zip(read, texts, strict=True)]
        return [Plan(said, refs, done=said == OVER) for said, refs in found]

    def write(self, requests: Sequence[WriteRequest]) -> list[str]:
        """The most likely programs: calls of our actions, a line each. Where that is one that has
        failed, others are drawn, at rising temperatures until one is new. What is drawn follows
        from the request alone.
        """
        read = [
            write_input(_failing(one.context, one.tries), mentions=self._mentions)
            for one in requests
        ]
        sources = self._written(read)
        for temperature in TEMPERATURES:
            again = [number for number, one in enumerate(requests) if _tried(one, sources[number])]
            seeds = [_seed(requests[one], read[one].text, temperature) for one in again]
            drawn = self._written([read[number] for number in again], temperature, seeds)
            for number, source in zip(again, drawn, strict=True):
                sources[number] = source
        return sources

    def _written(
        self, read: Sequence[ModelInput], temperature: float = 0.0, seeds: Sequence[int] = ()
    ) -> list[str]:
        texts = self._answers(
            read, self._programs, LONGEST_PROGRAM, temperature=temperature, seeds=seeds
        )
        return [one.read_program(text) for one, text in zip(read, texts, strict=True)]

    def _held(self, instruction: str) -> Held:
        said = (*clauses(instruction), *(self._phrases or ()), OVER)
        texts = self._tokenizer.encode_many([plan_text(one) for one in said])
        return Held(text.tolist() for text in texts)

    def _answers(
        self,
        read: Sequence[ModelInput],
        grammar: Automaton,
        limit: int,
        held_to: Sequence[Guide] = (),
        temperature: float = 0.0,
        seeds: Sequence[int] = (),
    ) -> list[str]:
        sources = self._reader.read([one.text for one in read])
        words = held_to or self._reader.words(sources)
        answers = generate(
            self._weights, sources.tokens, limit, grammar, sources.numbers, temperature, seeds,
            words=words,
        )  # fmt: skip
        return [self._tokenizer.decode(answer) for answer in answers]


def _failing(context: Context, tries: Sequence[Try]) -> Context:
    """The context with the error of the program that failed last, if the page tells of none."""
    seen = context.observation
    if not tries or seen.error:
        return context
    return replace(context, observation=replace(seen, error=tries[-1].error))


def _tried(request: WriteRequest, source: str) -> bool:
    return any(one.program == source for one in request.tries)


def _seed(request: WriteRequest, text: str, temperature: float) -> int:
    """A number for what is drawn, from all that failed and what the model reads."""
    failed = "/".join(f"{one.program}/{one.error}" for one in request.tries)
    state = f"{temperature}/{len(request.tries)}/{failed}/{text}"
    return int.from_bytes(hashlib.sha256(state.encode("utf-8", "replace")).digest()[:8])
