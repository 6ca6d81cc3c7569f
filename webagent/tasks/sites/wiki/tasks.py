"""The wiki's tasks, and what its checkers look at in the database."""

from __future__ import annotations

from functools import cache

from webagent.tasks.sites.template import Template
from webagent.tasks.sites.wiki import heldout, train

_PATHS = """WITH RECURSIVE place(id, article_id, path) AS (
    SELECT id, article_id, '' FROM wiki_urlpath WHERE parent_id IS NULL
    UNION ALL SELECT u.id, u.article_id, place.path || u.slug || '/'
    FROM wiki_urlpath u JOIN place ON u.parent_id = place.id)"""
VIEWS = {
    "pages": f"""{_PATHS} SELECT place.path, r.title, plain(r.content), r.deleted, r.locked
        FROM place JOIN wiki_article a ON a.id = place.article_id
        JOIN wiki_articlerevision r ON r.id = a.current_revision_id""",
    "edits": """SELECT coalesce(u.username, ''), r.user_message, r.title
        FROM wiki_articlerevision r LEFT JOIN auth_user u ON u.id = r.user_id""",
    "rights": """SELECT (SELECT title FROM wiki_articlerevision WHERE article_id = a.id
        ORDER BY id LIMIT 1), u.username, a.group_read, a.group_write, a.other_read,
        a.other_write FROM wiki_article a LEFT JOIN auth_user u ON u.id = a.owner_id""",
    "followed": f"""{_PATHS} SELECT u.username, place.path
        FROM wiki_notifications_articlesubscription s
        JOIN wiki_articleplugin p ON p.id = s.articleplugin_ptr_id
        JOIN place ON place.article_id = p.article_id
        JOIN nyt_subscription n ON n.id = s.subscription_id
        JOIN nyt_settings t ON t.id = n.settings_id JOIN auth_user u ON u.id = t.user_id
        WHERE NOT p.deleted""",
    "members": "SELECT username, email, password(password) FROM auth_user",
    "logins": "SELECT username FROM auth_user WHERE last_login IS NOT NULL",
}


@cache
def templates() -> tuple[Template, ...]:
    return (*train.templates(), *heldout.templates())
