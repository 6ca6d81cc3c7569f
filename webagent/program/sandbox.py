"""Where synthesised programs run: an interpreter that knows no files, processes or sockets.

`MontySandbox` uses Monty, an interpreter of a subset of Python written for this purpose, in
worker processes of its own. A program reaches the host only through the functions, objects
and modules it is given. What this does not cover: a program may do anything to the page that
its actions can do, and it learns all that the page shows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from webagent.errors import PolicyStop, installing

if TYPE_CHECKING:
    from pydantic_monty import ExternalModule, MontySession


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use, of which each crossing stops it with an error.

    `seconds` is its own execution time in all, `host_seconds` that of what the host does for
    it; `memory` is in bytes; `calls` counts the times it asks the host for something.
    """

    seconds: float = 1.0
    host_seconds: float = 5.0
    memory: int = 64 * 2**20
    depth: int = 200
    calls: int = 2_000
    printed: int = 100_000


@runtime_checkable
class Guest(Protocol):
    """An object that programs may hold: of it, they reach these methods and attributes."""

    guest_methods: ClassVar[Sequence[str]]
    guest_attributes: ClassVar[Sequence[str]]


@dataclass(frozen=True, slots=True)
class World:
    """All that a program can reach.

    `modules` maps names to contents, in which a mapping is a module again. `preamble` is
    source that runs first. Once `stopped()` is true, the program is left as it stands.
    """

    functions: Mapping[str, Callable[..., object]] = field(
        default_factory=dict[str, Callable[..., object]]
    )
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    modules: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict[str, Mapping[str, object]]
    )
    preamble: str = ""
    stopped: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a program: what it printed, and the error that ended it, if one did."""

    printed: str = ""
    error: str | None = None


class Sandbox(Protocol):
    """Runs a program to its end, its first uncaught error, a limit, or `world.stopped()`."""

    def run(self, source: str, world: World) -> Ran:
        """Nothing that the program does is raised. The same program in the same world
        does the same: clock and random numbers are fixed, and sleeping takes no time.
        """
        ...


class MontySandbox:
    """Runs programs in worker processes, which die with this one. `workers` may run at once.

    Raises `PolicyStop` if the interpreter is not installed.
    """

    def __init__(self, limits: Limits | None = None, workers: int = 2) -> None:
        try:
            from pydantic_monty import Monty
        except ImportError as error:
            raise PolicyStop(
                f"Programs need a sandbox to run in: {installing('agent')}."
            ) from error
        self._limits = limits or Limits()
        # The pool's own deadline kills a worker that does not heed its limits.
        pool = Monty(max_processes=workers, request_timeout=2 * self._limits.seconds + 5)
        self._pool = pool.__enter__()

    def close(self) -> None:
        self._pool.__exit__(None, None, None)

    def run(self, source: str, world: World) -> Ran:
        from pydantic_monty import CollectString, MontyError

        printed = CollectString(self._limits.printed)
        modules = {name: _module(content) for name, content in world.modules.items()}
        try:
            with self._pool.checkout(
                limits={
                    "max_feed_duration_secs": self._limits.seconds,
                    "max_memory": self._limits.memory,
                    "max_recursion_depth": self._limits.depth,
                    "max_suspensions": self._limits.calls,
                },
                os_policy={"sleep": "zero", "random_start": {"seed": 0}, "datetime": _noon()},
                external_modules=modules,
            ) as session:
                late = _drive(session, source, world, printed, self._limits.host_seconds)
        except MontyError as error:
            return Ran(printed.output, _describe(error))
        return Ran(printed.output, "The program asked for too much of the page." if late else None)


def _drive(session: MontySession, source: str, world: World, printed: Any, seconds: float) -> bool:
    """Run the program from one thing it asks for to the next; whether that took too long."""
    from pydantic_monty import MontyComplete

    if world.preamble:
        session.feed_run(world.preamble)
    # A function among the inputs hides the interpreter's own of that name, such as `type`.
    inputs = {name: _exposed(value) for name, value in world.values.items()}
    at = session.feed_start(
        source,
        inputs={**inputs, **world.functions},
        external_lookup=dict(world.functions),
        print_callback=printed,
    )
    deadline = time.monotonic() + seconds
    while not isinstance(at, MontyComplete) and not world.stopped():
        if time.monotonic() > deadline:
            return True
        at = at.resume_auto()
    return False


def _module(content: Mapping[str, object]) -> ExternalModule:
    from pydantic_monty import ExternalModule

    return ExternalModule({name: _exposed(value) for name, value in content.items()})


def _exposed(value: Any) -> Any:
    """The value as a program gets it; a guest only with what it shows."""
    if isinstance(value, Mapping):
        return _module(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list):
        return [_exposed(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    if callable(value) and not isinstance(value, type):
        return _host_function(value)
    return _wrapped(value) if isinstance(value, Guest) else value


def _host_function(function: Callable[..., object]) -> Callable[..., object]:
    def call(*args: object, **named: object) -> object:
        return _exposed(function(*args, **named))

    call.__name__ = getattr(function, "__name__", "call")
    return call


def _wrapped(value: Guest) -> Any:
    from pydantic_monty import ClassInstance

    class Shown(ClassInstance):
        def convert_value(self, /, name: str, value: Any) -> Any:  # of what methods return
            return _exposed(value)

        def lookup_lazy_attrs(self, name: str) -> Any:
            if name not in value.guest_attributes:  # an AttributeError's words don't get through
                raise NotImplementedError(_missing(value, name))
            return super().lookup_lazy_attrs(name)

        def attr_error(self, name: str) -> AttributeError:  # of a method
            return AttributeError(_missing(value, name))

    return Shown(
        value, allowed_methods=tuple(value.guest_methods), lazy_attrs=tuple(value.guest_attributes)
    )


def _missing(value: Guest, name: str) -> str:
    kind = type(value).__name__
    if name in value.guest_methods:
        return f"{name} of {kind} can only be called."
    methods = (f"{one}()" for one in value.guest_methods)
    return f"{kind} has no {name} here; it has {', '.join((*methods, *value.guest_attributes))}."


def _noon() -> Any:
    from datetime import datetime

    return datetime(2020, 1, 1, 12)


def _describe(error: Exception) -> str:
    """The error with its line, as a programmer needs it."""
    traceback: Any = getattr(error, "traceback", None)
    frames: Any = traceback() if traceback else []
    place = f"line {frames[0].line}: " if frames else ""
    return place + str(error).strip()[:500]
