"""Secrets of a live episode: put into the page at the last moment, taken out of all it shows."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, quote_plus

from webagent.actions import Action
from webagent.browser.reach import Domain, domain_of
from webagent.errors import TaskError
from webagent.tasks.live import HIDDEN, PLACEHOLDER, SHORTEST
from webagent.tasks.protocol import Secret

CUT = "…"  # stands where a text was cut off
COMPONENT = "!'()*~"  # what JavaScript's encodeURIComponent leaves as it is


class Vault:
    """The secrets of one episode, and the passwords typed in it.

    What it cannot find is a secret that a page shows in another form than its own, its HTML's
    or its address's: backwards, encoded, or cut by tags. Raises `TaskError` for a secret that
    is too short.
    """

    def __init__(self, secrets: Mapping[str, Secret], home: Domain) -> None:
        for name, secret in secrets.items():
            if len(secret.value) < SHORTEST:
                raise TaskError(f"The secret {name} must have at least {SHORTEST} characters.")
        self._secrets = secrets
        self._home = home
        self._masks: dict[str, str] = {}
        for name, secret in secrets.items():
            self._cover(secret.value, f"{{{{{name}}}}}")

    def fill(self, action: Action) -> tuple[Action, list[Domain]]:
        """The action with its secrets, and the domains that its page must be of."""
        if action.name != "type":
            return action, []
        ref, text = action.args
        names = [name for name in PLACEHOLDER.findall(str(text)) if name in self._secrets]
        if not names:
            return action, []
        filled = PLACEHOLDER.sub(self._value, str(text))
        homes = [self._secrets[name].domain for name in names]
        places = [domain_of(home) if home else self._home for home in homes]
        return replace(action, args=(ref, filled)), places

    def hide(self, text: str) -> None:
        """Keep out of sight what an action typed into a password field."""
        if len(text) >= SHORTEST and not PLACEHOLDER.search(text):
            self._cover(text, HIDDEN)

    def mask(self, text: str) -> str:
        for secret in sorted(self._masks, key=len, reverse=True):
            text = text.replace(secret, self._masks[secret])
            if CUT in text:  # what was too long to be told whole may end within a secret
                for length in range(len(secret) - 1, SHORTEST - 1, -1):
                    text = text.replace(secret[:length] + CUT, self._masks[secret] + CUT)
        return text

    def _value(self, found: re.Match[str]) -> str:
        secret = self._secrets.get(found[1])
        return secret.value if secret else found[0]

    def _cover(self, secret: str, name: str) -> None:
        spaced = " ".join(secret.split())
        escaped = html.escape(secret, quote=False)
        pages = (secret, spaced, escaped, html.escape(secret), escaped.replace('"', "&quot;"))
        form = quote_plus(secret, safe="*").replace("~", "%7E")  # as browsers send forms
        addresses = (quote(secret), quote_plus(secret), form, quote(secret, safe=COMPONENT))
        self._masks = (
            dict.fromkeys((one for one in (*pages, *addresses) if one), name) | self._masks
        )


def is_below(place: Domain) -> str:
    """A JavaScript condition that the document is of this domain."""
    usual = "(location.protocol === 'https:' ? 443 : 80)"
    port = "true" if place.port is None else f"(location.port || {usual}) == {place.port}"
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"({port} && (location.hostname === {host!r} || {_under(place)}))"


def _under(place: Domain) -> str:
    below = place.holds(f"below.{place.host}", place.port or 0)
    return f"location.hostname.endsWith({'.' + place.host!r})" if below else "false"
