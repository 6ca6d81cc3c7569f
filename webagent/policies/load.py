"""Policies by name, as the command line takes them."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import cast

from webagent.errors import PolicyError
from webagent.policies.expert import ExpertPolicy
from webagent.policies.protocol import Policy
from webagent.policies.random import RandomPolicy
from webagent.tasks.suites import load_expert

HELP = 'expert, random, a model folder, or your own as "file.py:Name" or "module:Name"'


def load_policy(spec: str) -> Policy:
    """Make the policy that `spec` names.

    "expert" and "random" ship with the package. A folder that training wrote is played with
    what it holds. "file.py:Name" and "module:Name" name a class (called without arguments)
    or a ready object. Raises `PolicyError`.
    """
    if spec == "expert":
        return ExpertPolicy(load_expert)
    if spec == "random":
        return RandomPolicy()
    if (Path(spec) / "config.json").is_file():
        return _learned(Path(spec))
    place, colon, name = spec.rpartition(":")
    if not colon:
        raise PolicyError(f"No policy is called {spec!r}. Use {HELP}.")
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


def _learned(folder: Path) -> Policy:
    # Models need large libraries, which nobody else should have to load.
    try:
        from webagent.policies.html_t5 import HtmlT5Policy
    except ImportError as error:
        raise PolicyError(
            f"To play with {folder}, {error.name} must be installed: pip install 'webagent[models]'"
        ) from error
    return HtmlT5Policy(folder)


def _module(place: str) -> ModuleType:
    path = Path(place)
    beside = str(path.resolve().parent) if path.suffix == ".py" else str(Path.cwd())
    if beside not in sys.path:
        sys.path.append(beside)  # so that a policy can import its own modules
    try:
        if path.suffix != ".py":
            return importlib.import_module(place)
        spec = importlib.util.spec_from_file_location(path.stem, path)
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
