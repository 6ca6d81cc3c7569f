"""The agent that the flags of `webagent run` describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

import typer

from webagent.errors import RunError
from webagent.policies.load import HELP
from webagent.policies.models import model_folder, which_models
from webagent.policies.modular import LLM, NONE

MODEL = "html-t5-mini"  # the shipped one that plans and writes programs

Policy = Annotated[
    str | None,
    typer.Option(
        "--policy", "-p", help=f"Who acts: {HELP}.", show_default=f"webagent, planning by {MODEL}"
    ),
]
Planner = Annotated[
    str | None, typer.Option(help="Who plans: a model's folder or name, llm, or none.")
]
Programmer = Annotated[
    str | None, typer.Option(help="Who writes programs: a model's folder or name, or llm.")
]
ChatModel = Annotated[
    str | None,
    typer.Option("--model", help="The chat model that llm stands for; rules needs no network."),
]
Endpoint = Annotated[
    str | None, typer.Option(help="Base URL of an endpoint that speaks OpenAI's protocol.")
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        help="KEY=VALUE of the agent, such as calls=1, key_env=MY_KEY, temperature=none or "
        "cache=FOLDER; may repeat (`--policy webagent` lists them).",
    ),
]


def agent_of(
    policy: str | None = None,
    planner: str | None = None,
    programmer: str | None = None,
    model: str | None = None,
    endpoint: str | None = None,
    options: Sequence[str] = (),
) -> str:
    """The spec of the policy that the flags name: one as it is, or a modular agent of parts.

    Raises `RunError`, in words of the flags, if they make no agent.
    """
    parts = {"planner": planner, "programmer": programmer, "model": model, "endpoint": endpoint}
    given = {name: one for name, one in parts.items() if one}
    more = dict(_option(one) for one in options)
    if policy:
        if given:
            raise RunError(
                f"--{next(iter(given))} is for the agent made of parts: leave --policy out."
            )
        return _joined(policy, more)
    if named := [name for name in more if name in parts]:
        raise RunError(f"--option {named[0]}={more[named[0]]}: write --{named[0]} for it.")
    usual = LLM if model or endpoint else MODEL
    given = {"planner": usual, **given}
    if given["planner"] == NONE:
        given = {"planner": NONE, "programmer": usual, **given}
    _check(given)
    return _joined("webagent", {**given, **more})


def _check(given: Mapping[str, str]) -> None:
    for part in ("planner", "programmer"):
        name = given.get(part, LLM)
        words = (LLM, NONE) if part == "planner" else (LLM,)
        if name not in words and not model_folder(name):
            raise RunError(
                f"--{part} {name}: there is no such model. Say {' or '.join(words)}, or "
                f"{which_models()}."
            )
    chats = LLM in (given["planner"], given.get("programmer"))
    asked = [name for name in ("model", "endpoint") if name in given]
    if chats and "model" not in given:
        raise RunError(
            "llm needs --model NAME, a chat model, and --endpoint URL unless it is OpenAI's. "
            "--model rules needs neither network nor key."
        )
    if asked and not chats:
        raise RunError(f"--{asked[0]} is for llm: add --planner llm, --programmer llm, or both.")


def _option(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key.isidentifier() and equals):
        raise RunError(f"--option takes KEY=VALUE, such as calls=1, not {text!r}.")
    return key, value


def _joined(policy: str, options: Mapping[str, str]) -> str:
    joined = "&".join(f"{name}={quote(one, '')}" for name, one in options.items())
    if not joined:
        return policy
    return f"{policy}{'&' if '?' in policy else '?'}{joined}"
