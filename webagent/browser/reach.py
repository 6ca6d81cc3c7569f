"""Where the page of a live episode may go, and what it may load."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

from webagent.errors import TaskError
from webagent.tasks.protocol import Start

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
# What a page shows of other sites unless it is strict. None of them is a document or is
# sent to by a script that could read an answer; the address itself can still tell something.
PASSIVE = frozenset(("Font", "Image", "Media", "Script", "Stylesheet"))
SHOWN = 200  # characters of an address in a message


@dataclass(frozen=True, slots=True)
class Domain:
    """A host of the allow-list, with its subdomains if it has a dot and is no address.

    `port` is None where every port is meant. `private`: it may lead into a private network or
    to this machine.
    """

    host: str
    port: int | None = None
    private: bool = False

    def holds(self, host: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        below = "." in self.host and not is_address(self.host) and host.endswith("." + self.host)
        return host == self.host or below

    def sources(self) -> list[str]:
        """The domain as sources of a content security policy, without a scheme."""
        port = ":*" if self.port is None else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        below = self.holds(f"below.{self.host}", self.port or 0)
        return [f"{host}{port}", f"*.{host}{port}"] if below else [f"{host}{port}"]

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Reach:
    """The allow-list of a live episode."""

    domains: tuple[Domain, ...]
    strict: bool = False

    def knows(self, host: str, port: int) -> bool:
        return any(domain.holds(plain(host), port) for domain in self.domains)

    def leads_inside(self, host: str, port: int) -> bool:
        """Whether a host may lead into a private network or to this machine."""
        return any(domain.private and domain.holds(plain(host), port) for domain in self.domains)

    def refusal(self, url: str) -> str:
        """Why no page may have this address; "" if it may."""
        parts = split(url)
        if parts is None or parts.scheme not in ("http", "https"):
            return f"{shown(url)} is no web address: only http and https can be opened."
        if not self.knows(*endpoint(parts)):
            return (
                f"{shown(url)} is outside of the allowed domains ({self.names}), so it was not "
                "opened."
            )
        return ""

    def loads(self, url: str, kind: str, method: str) -> bool:
        """Whether a page may send this request; `kind` is Chromium's name of its type."""
        parts = split(url)
        if parts is None or parts.scheme not in PORTS:
            return False
        passive = not self.strict and kind in PASSIVE and method in ("GET", "HEAD")
        return passive or self.knows(*endpoint(parts))

    @cached_property
    def names(self) -> str:
        return ", ".join(map(str, self.domains))


def reach_of(start: Start) -> Reach:
    """The allow-list of a live start. Raises `TaskError` for what is no domain.

    On a private network or this machine the start stands for its port alone: other services
    there are none of the agent's business. From there, of the other domains those may lead inside
    whose own names do so now; from elsewhere none may. Secrets make an episode strict.
    """
    parts = split(start.url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise TaskError(f"{shown(start.url)} is no address of a website: it needs http or https.")
    host, port = endpoint(parts)
    private = is_private(host)
    first = Domain(host, port if private else None, private)
    others = [domain_of(name) for name in start.allow]
    if private:
        others = [replace(one, private=is_private(one.host)) for one in others]
    return Reach((first, *others), start.strict or bool(start.secrets))


def domain_of(name: str) -> Domain:
    """Read "example.com", "*.example.com", "example.com:8080", "[::1]:80"."""
    text = name.strip().removeprefix("*.")
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:/@*?#\\\[\]]+)(?::(\d{1,5}))?", text)
    if not found:
        raise TaskError(
            f"{name!r} is no domain. Allow a site by its name, as example.com (with its "
            "subdomains) or example.com:8080."
        )
    return Domain(plain(found[1].strip("[]")), int(found[2]) if found[2] else None)


def split(url: str) -> SplitResult | None:
    """The parts of an address; None for one that browsers and Python may read differently."""
    if re.search(r"[\\\s\x00-\x1f\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises on a port that is no number)
    except ValueError:
        return None
    return None if "@" in parts.netloc else parts


def endpoint(parts: SplitResult) -> tuple[str, int]:
    """The host as it is compared, and the port; 0 where neither address nor scheme gives one."""
    return plain(parts.hostname or ""), parts.port or PORTS.get(parts.scheme, 0)


def plain(host: str) -> str:
    """A host name in the one form that is compared."""
    name = host.lower().rstrip(".")
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def is_address(host: str) -> bool:
    """Whether a host is an IP address, IPv6 without brackets, and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_private(host: str) -> bool:
    """Whether a name leads to this machine or a private network, wholly or in part."""
    try:
        return any(address_is_private(one) for one in addresses(host, 0))
    except OSError:
        return False  # it leads nowhere


def addresses(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `OSError`."""
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, whatever the system knows
        return ["127.0.0.1", "::1"]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def address_is_private(text: str) -> bool:
    """Whether an IP address is none of the public internet, as itself or as IPv4 within IPv6."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in ipaddress.ip_network("64:ff9b::/96"):  # NAT64
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        address = inner or address
    return not address.is_global or address.is_multicast


def shown(url: str) -> str:
    """An address as messages have it: the first `SHOWN` characters."""
    return url if len(url) <= SHOWN else url[:SHOWN] + "…"
