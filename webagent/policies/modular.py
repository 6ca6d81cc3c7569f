"""The modular agent from the options of its spec: `webagent?planner=models/x&programmer=llm`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

from webagent.errors import PolicyError, installing
from webagent.nn.files import WEIGHTS
from webagent.planner.plan import Planner, Programmer, WholeInstruction
from webagent.planner.scripted import ScriptedPlanner
from webagent.policies.models import (
    fingerprint,
    longest_page,
    model_folder,
    plan_phrases,
    read_card,
    reads_mentions,
    which_models,
    widest,
)
from webagent.policies.prompted.options import ChatOptions, options_help, read_options
from webagent.policies.webagent import WebAgentPolicy
from webagent.program.sandbox import MontySandbox
from webagent.types import Json

LLM, NONE, SCRIPTED = "llm", "none", "scripted"
HELP = (
    "\n  planner: a model's folder or name, llm, scripted (by the plans of the demo "
    "sites' templates), or none (the whole instruction each time)"
    "\n  programmer: a model's folder or name, or llm (the planner's by default)"
    "\n  snippets: no for programs that are written for whole pages"
    "\n  repairs: how often in a row a failed program is written anew (2)"
    "\n  calls: how many calls of a program are made before the rest is planned and written anew "
    "(0, the default, for all)"
)
CHAT_HELP = f"{HELP}\nand with llm:{options_help(ChatOptions)}"


class Modules(Planner, Programmer, Protocol):
    """Both in one, as a model folder and a chat model are."""


def modular(query: str) -> WebAgentPolicy:
    """The agent with options such as "planner=models/x&programmer=llm&model=m&endpoint=URL".

    Raises `PolicyError` that says what is missing or wrong.
    """
    given = dict(_split(one) for one in query.split("&") if one)
    planner = given.pop("planner", "")
    programmer = given.pop("programmer", "") or planner
    snippets = given.pop("snippets", "yes")
    repairs, calls = given.pop("repairs", "2"), given.pop("calls", "0")
    if not planner or programmer in (NONE, SCRIPTED):
        raise PolicyError(f"webagent needs a planner and a programmer. Options:{CHAT_HELP}")
    if snippets not in ("yes", "no") or not all(one.isdecimal() for one in (repairs, calls)):
        raise PolicyError("webagent: snippets is yes or no, repairs and calls are numbers.")
    for name in {planner, programmer} - {LLM, NONE, SCRIPTED}:
        _folder(name)  # says so now if there is none
    if LLM in (planner, programmer):
        if "model" not in given:
            raise PolicyError(
                "webagent: llm needs model=NAME, and endpoint=URL unless it is OpenAI's; "
                f"model=rules needs no network. Options:{CHAT_HELP}"
            )
    elif given:
        raise PolicyError(
            f"webagent has no option {next(iter(given))!r} unless planner or programmer is llm. "
            f"Options:{HELP}"
        )
    made = {name: _modules(name, given) for name in {planner, programmer} - {NONE, SCRIPTED}}
    precisions = (getattr(one, "precision", None) for one in made.values())
    precision = next(filter(None, precisions), None)
    plain = ScriptedPlanner() if planner == SCRIPTED else WholeInstruction()
    return WebAgentPolicy(
        made.get(planner, plain),
        made[programmer],
        MontySandbox(),
        snippets=snippets == "yes",
        repairs=int(repairs),
        calls=int(calls),
        card={
            **_card(planner, programmer, snippets, given),
            "calls": calls,
            "precision": precision,
        },
    )


def _split(option: str) -> tuple[str, str]:
    key, _, value = option.partition("=")
    return key, unquote(value)


def _modules(name: str, options: Mapping[str, str]) -> Modules:
    if name == LLM:
        from webagent.planner.prompted import PromptedModules
        from webagent.policies.prompted.make import chat_model

        query = "&".join(f"{key}={quote(value)}" for key, value in options.items())
        chosen = read_options("webagent", query, ChatOptions)
        longest = {} if chosen.longest is None else {"longest": chosen.longest}
        return PromptedModules(chat_model(chosen), **longest)
    try:
        from webagent.planner.html_t5 import HtmlT5Modules
    except ImportError as error:
        raise PolicyError(
            f"To play with {name}, {error.name} must be installed: {installing('models')}."
        ) from error
    folder = _folder(name)
    return HtmlT5Modules(
        folder,
        longest_page(folder),
        mentions=reads_mentions(folder),
        phrases=plan_phrases(folder),
    )


def _folder(name: str) -> Path:
    folder = model_folder(name)
    if folder is None:
        raise PolicyError(f"There is no model {name!r}: {which_models()}.")
    return folder


def _card(
    planner: str, programmer: str, snippets: str, options: Mapping[str, str]
) -> dict[str, Json]:
    """What results say: the modules, the chat model, and the widest track of learned ones."""
    modules = {"planner": planner, "programmer": programmer}
    card: dict[str, Json] = {"agent": "webagent", **modules, "snippets": snippets}
    known = (LLM, NONE, SCRIPTED)
    learned = {part: _folder(name) for part, name in modules.items() if name not in known}
    card |= {f"{part}_sha256": fingerprint(one / WEIGHTS) for part, one in learned.items()}
    tracks = [str(read_card(folder).get("track")) for folder in learned.values()]
    return card | {"model": options.get("model"), "track": widest(tracks)}
