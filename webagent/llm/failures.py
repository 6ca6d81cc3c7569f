"""What a failed request means: try again, leave this one, or stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

STOPS = {
    401: "Set the key's environment variable, which the option key_env names, to a valid key",
    402: "Pay for more",
    403: "Ask for access, or take another model",
    404: "Name a model and an address that exist",
}
STOP_CODES = frozenset(
    ("insufficient_quota", "model_not_found", "invalid_api_key", "billing_not_active")
)


class Next(Enum):
    AGAIN = "again"
    LEAVE = "leave"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Failure:
    """What to do `next`, and what to tell. `after` are the seconds that the endpoint asked to
    wait. `busy` endpoints refuse all requests, so that a run must stop if they stay so.
    """

    next: Next
    told: str
    after: float | None = None
    busy: bool = False


def failure_of(error: Exception, url: str, model: str, said: str) -> Failure:
    """Judge an exception of the client, or of reading an answer. `said` is its text."""
    place, said = f"{url} (model {model})", said.rstrip(".")[:300]
    kind = type(error).__name__
    status = getattr(error, "status_code", None)
    if kind == "APITimeoutError":
        return Failure(Next.AGAIN, f"{place} takes too long.")
    if kind == "APIConnectionError":
        cause = type(error.__cause__).__name__  # the client itself only says "Connection error"
        told = f"{place} cannot be reached ({cause}). Start it, or mend the address."
        return Failure(Next.AGAIN, told, busy=True)
    if not isinstance(status, int) or status < 400:
        return Failure(Next.AGAIN, f"{place} answers with something else than a reply: {said}.")
    said = said.removeprefix(f"Error code: {status} - ")
    told = f"{place} answers {status}: {said}."
    codes = {str(getattr(error, name, "")) for name in ("code", "type")}
    if status in STOPS or codes & STOP_CODES:
        return Failure(Next.STOP, f"{told} {STOPS.get(status, 'Mend that there')}.")
    if status == 429:
        told = f"{told} Wait, or ask less often."
        return Failure(Next.AGAIN, told, _after(error), busy=True)
    if status in (408, 409) or status >= 500:
        return Failure(Next.AGAIN, told, _after(error))
    if "temperature" in said:
        told = f"{told} Leave it to the endpoint with the option temperature=none."
    return Failure(Next.LEAVE, told)


def _after(error: Any) -> float | None:
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None  # none given, or a date
