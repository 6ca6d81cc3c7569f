"""Addresses of endpoints: which may be kept, and whose they are."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from webagent.errors import PolicyError

OPENAI = "https://api.openai.com/v1"


def checked_url(url: str) -> str:
    """An address that may be stored with results. Raises `PolicyError`."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # of a port that is no number, and of broken brackets
        sound, parts = False, urlsplit("")
    if not sound or re.search(r"\s", url):
        raise PolicyError("An endpoint is an address such as http://127.0.0.1:8000/v1.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise PolicyError(
            "The endpoint's address may hold no user, password or query: it is stored with "
            "results. Put the key into an environment variable and name that with key_env=."
        )
    return url.rstrip("/")


def is_openai(url: str) -> bool:
    """Whether a key of OpenAI's is safe with this address: it is theirs, and encrypted."""
    parts = urlsplit(url)
    own = urlsplit(OPENAI).hostname or ""
    host = parts.hostname or ""
    return parts.scheme == "https" and (host == own or host.endswith(f".{own}"))


def is_loopback(url: str) -> bool:
    """Whether the address leads to this machine, by its name."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
