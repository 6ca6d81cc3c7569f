"""Prompted agents from their names and options."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from webagent.errors import PolicyError
from webagent.llm.cache import Cache
from webagent.llm.endpoint import Endpoint
from webagent.llm.protocol import ChatModel
from webagent.llm.scripted import ScriptedModel
from webagent.policies.models import fingerprint
from webagent.policies.prompted.adaplanner import AdaPlannerPolicy
from webagent.policies.prompted.exemplars import read_exemplars
from webagent.policies.prompted.memory import Memory, Scores, cosines
from webagent.policies.prompted.options import ChatOptions, Options, read_options
from webagent.policies.prompted.rci import RciPolicy
from webagent.policies.prompted.rules import reply_by_rules
from webagent.policies.prompted.synapse import SynapsePolicy
from webagent.policies.protocol import Policy
from webagent.program import MontySandbox
from webagent.types import Json

RULES = "rules"  # the model that needs no endpoint


def prompted(name: str, query: str) -> Policy:
    """The agent `name` ("rci", "adaplanner", "synapse") with options such as "model=a&shots=2".

    Raises `PolicyError` that says what is missing or wrong.
    """
    options = read_options(name, query, Options)
    memory = read_exemplars(options.memory)
    choice = options.exemplars
    if name == "synapse" and "exemplars" not in options.model_fields_set:
        choice = "nearest"
    model = chat_model(options)
    chosen = Memory(memory, choice, options.shots, _scores(options, model))
    card: dict[str, Json] = {
        "agent": name,
        "model": options.model,
        "temperature": str(options.temperature),
        "exemplars": choice,
        "memory": fingerprint(options.memory),
    }
    longest = {} if options.longest is None else {"longest": options.longest}
    if name == "rci":
        rounds, repairs = options.rounds, options.repairs
        return RciPolicy(model, chosen, rounds=rounds, repairs=repairs, card=card, **longest)
    if name == "synapse":
        return SynapsePolicy(model, chosen, repairs=options.repairs, card=card, **longest)
    return AdaPlannerPolicy(
        model, chosen, MontySandbox(), refinements=options.refinements, card=card, **longest
    )


def chat_model(options: ChatOptions) -> ChatModel:
    """The model that options name."""
    if options.model == RULES and "endpoint" not in options.model_fields_set:
        return ScriptedModel(reply_by_rules, RULES)
    cache = Cache(options.cache)
    return Endpoint(options.model, options.endpoint, options.key, options.settings, cache)


def _scores(options: Options, model: ChatModel) -> Scores | None:
    """How texts are compared by an embedding model, if the options name one."""
    embedder = options.embeddings
    if not embedder:
        return None
    if not isinstance(model, Endpoint):
        raise PolicyError("embeddings= needs an endpoint to ask; leave it out to go by words.")

    @lru_cache(maxsize=1)
    def memorised(texts: tuple[str, ...]) -> list[list[float]]:
        return model.embed(embedder, texts)

    def scores(asked: Sequence[str], known: Sequence[str]) -> list[list[float]]:
        return cosines(model.embed(embedder, asked), memorised(tuple(known)))

    return scores
