"""The three sites: what each is made of."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from webagent.tasks.sites.forum import content as forum
from webagent.tasks.sites.forum import tasks as forum_tasks
from webagent.tasks.sites.shop import content as shop
from webagent.tasks.sites.shop import tasks as shop_tasks
from webagent.tasks.sites.template import Template
from webagent.tasks.sites.wiki import content as wiki
from webagent.tasks.sites.wiki import tasks as wiki_tasks


@dataclass(frozen=True, slots=True)
class Site:
    """An application with its content, its tasks and what their checkers look at."""

    name: str
    product: str
    content: Callable[[], Mapping[str, Any]]
    views: Mapping[str, str]
    templates: tuple[Template, ...]
    passwords: Sequence[str]

    def content_json(self) -> bytes:
        return json.dumps(self.content(), sort_keys=True).encode()


@cache
def sites() -> Mapping[str, Site]:
    """The sites by name."""
    found = (
        Site(
            "shop",
            "django-oscar",
            lambda: {
                **dataclasses.asdict(shop.shop()),
                "departments": {name: list(one) for name, one in shop.DEPARTMENTS.items()},
                "password": shop.PASSWORD,
                "ben": shop.BEN.email,
            },
            shop_tasks.VIEWS,
            shop_tasks.templates(),
            (shop.PASSWORD, *shop.NEW_PASSWORDS),
        ),
        Site(
            "forum",
            "Spirit",
            lambda: {
                **dataclasses.asdict(forum.forum()),
                "boards": forum.BOARDS,
                "names": forum.NAMES,
                "towns": forum.TOWNS,
                "password": forum.PASSWORD,
                "member": forum.MEMBER,
                "moderator": forum.MODERATOR,
            },
            forum_tasks.VIEWS,
            forum_tasks.templates(),
            (forum.PASSWORD, *forum.NEW_PASSWORDS),
        ),
        Site(
            "wiki",
            "django-wiki",
            lambda: {
                **dataclasses.asdict(wiki.wiki()),
                "editors": wiki.EDITORS,
                "admin": wiki.ADMIN,
                "password": wiki.PASSWORD,
            },
            wiki_tasks.VIEWS,
            wiki_tasks.templates(),
            (wiki.PASSWORD, *wiki.NEW_PASSWORDS),
        ),
    )
    return {one.name: one for one in found}
