"""Policies by name, as the command line takes them."""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from webagent.assets import shipped_models
from webagent.errors import PolicyError, installing
from webagent.nn.files import SIGHT
from webagent.policies.expert import ExpertPolicy
from webagent.policies.models import model_folder, source_of, track_of
from webagent.policies.perturbed import CHANGES, Perturbed
from webagent.policies.protocol import Policy
from webagent.policies.random import RandomPolicy
from webagent.tasks.suites import load_expert

PERTURBED = "perturbed"
AGENTS = ("adaplanner", "rci", "synapse", "webagent")
HELP = (
    "expert, random, a model's folder or name, the modular agent webagent (the name alone lists "
    "its options), a prompted agent (rci, adaplanner, synapse) as "
    '"rci?model=NAME&endpoint=URL" (the name alone lists its options), '
    '"perturbed?how=top&policy=…" for one on changed pages, or your own as "file.py:Name", '
    '"module:Name"'
)


def load_policy(spec: str) -> Policy:
    """Make the policy that `spec` names.

    "expert" and "random" ship with the package. A model is a folder that training wrote, or
    the name of one that ships; "models/mine?temperature=0.7&seed=3" samples its answers. One
    that sees takes "?image=white" or "off", "?html=off" and "?frames=1" beside.
    "webagent?planner=models/mine" plans and writes programs (`webagent.policies.modular`).
    "perturbed?how=top&policy=SPEC" plays another policy on changed pages.
    "rci", "adaplanner" and "synapse" prompt a model: "rci?model=NAME&endpoint=URL", and more
    options that `webagent.policies.prompted.options` explains.
    "file.py:Name" and "module:Name" name a class (called without arguments) or a ready
    object. Raises `PolicyError`.
    """
    if spec == "expert":
        return ExpertPolicy(load_expert)
    if spec == "random":
        return RandomPolicy()
    named, asked, query = spec.partition("?")
    if named in AGENTS:
        return _agent(named, query)
    if named == PERTURBED:
        return _perturbed(query)
    if folder := model_folder(named):
        return _learned(folder, query)
    if asked:
        raise PolicyError(
            f"Only models and prompted agents take options, and {named!r} is none. {_ships()}"
        )
    return _own(spec)


def _own(spec: str) -> Policy:
    """One in a file or a module of the user's."""
    place, colon, name = spec.rpartition(":")
    if not colon:
        raise PolicyError(f"No policy is called {spec!r}. Use {HELP}. {_ships()}")
    found = getattr(_module(place), name, None)
    if found is None:
        raise PolicyError(
            f"{place} has no {name}. Name the policy's class or object after the colon."
        )
    try:
        policy: object = found() if isinstance(found, type) else found
    except Exception as error:
        raise PolicyError(f"{spec} could not be made: {error}") from error
    if not callable(getattr(policy, "act", None)):
        raise PolicyError(f"{spec} is no policy: it has no method act(contexts).")
    return cast(Policy, policy)


def _perturbed(query: str) -> Policy:
    how, given, inner = query.removeprefix("how=").partition("&policy=")
    if not given:
        raise PolicyError(
            f"Write perturbed?how=HOW&policy=SPEC, with any policy as SPEC and HOW of "
            f"{', '.join(CHANGES)}."
        )
    policy = load_policy(inner)
    made = {"track": track_of(policy), **source_of(inner, policy)}
    return Perturbed(policy, how, {**made, "agent": f"{inner}, {PERTURBED} {how}"})


def _ships() -> str:
    names = ", ".join(shipped_models())
    return f"Models that ship: {names}." if names else "No model ships with this version."


def _options(query: str, sees: bool) -> dict[str, Any]:
    """What "temperature=0.7&seed=3" and the like ask of a model."""
    known: dict[str, Callable[[str], object]] = {"temperature": _temperature, "seed": int}
    if sees:
        image, html = _one_of("on", "white", "off"), _one_of("on", "off")
        known |= {"image": image, "html": html, "frames": int}
    try:
        given = dict(one.split("=") for one in query.split("&") if one)
        if given.keys() - known:
            raise ValueError
        return {name: known[name](value) for name, value in given.items()}
    except ValueError:
        more = ", image=on, white or off, html=on or off, frames=1 or 2" if sees else ""
        raise PolicyError(
            f"A model has no options {query!r}. There are temperature=NUMBER (0 takes the "
            f"likeliest answer, more draws answers){more} and seed=INTEGER, joined by &."
        ) from None


def _one_of(*words: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return check


def _temperature(text: str) -> float:
    value = float(text)
    if value < 0 or not math.isfinite(value):
        raise ValueError
    return value


def _learned(folder: Path, query: str) -> Policy:
    sees = (folder / SIGHT).is_file()
    given = _options(query, sees)
    # Models need large libraries, which nobody else should have to load.
    try:
        from webagent.policies.html_t5 import HtmlT5Policy
        from webagent.policies.webgum import WebGumPolicy
    except ImportError as error:
        raise PolicyError(
            f"To play with {folder}, {error.name} must be installed: {installing('models')}."
        ) from error
    return WebGumPolicy(folder, **given) if sees else HtmlT5Policy(folder, **given)


def _agent(name: str, query: str) -> Policy:
    # What only agents need, nobody else should have to load.
    if name == "webagent":
        from webagent.policies.modular import modular

        return modular(query)
    from webagent.policies.prompted.make import prompted

    return prompted(name, query)


def _module(place: str) -> ModuleType:
    path = Path(place)
    beside = str(path.resolve().parent) if path.suffix == ".py" else str(Path.cwd())
    if beside not in sys.path:
        sys.path.append(beside)  # so that a policy can import its own modules
    try:
        if path.suffix != ".py":
            return importlib.import_module(place)
        name = f"webagent_policy_{path.stem}"  # which hides no module of the same name
        spec = importlib.util.spec_from_file_location(name, path)
        if not path.is_file() or spec is None or spec.loader is None:
            raise PolicyError(f"There is no file {path}.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses and pickles look their module up
        spec.loader.exec_module(module)
        return module
    except PolicyError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise PolicyError(f"{place} could not be imported: {said}") from error
