"""The forum's tasks, and what its checkers look at in the database."""

from __future__ import annotations

from functools import cache

from webagent.tasks.sites.forum import heldout, train
from webagent.tasks.sites.template import Template

_OF_COMMENT = """JOIN spirit_comment_comment c ON c.id = x.comment_id
    JOIN spirit_topic_topic t ON t.id = c.topic_id JOIN auth_user a ON a.id = c.user_id"""
VIEWS = {
    "topics": """SELECT t.title, c.title, u.username, t.is_closed, t.is_pinned,
        t.is_globally_pinned, t.is_removed FROM spirit_topic_topic t
        JOIN spirit_category_category c ON c.id = t.category_id
        JOIN auth_user u ON u.id = t.user_id""",
    "posts": """SELECT t.title, u.username, plain(c.comment), c.is_removed, c.action
        FROM spirit_comment_comment c JOIN spirit_topic_topic t ON t.id = c.topic_id
        JOIN auth_user u ON u.id = c.user_id""",
    "likes": f"""SELECT u.username, t.title, a.username, plain(c.comment)
        FROM spirit_comment_like_commentlike x {_OF_COMMENT}
        JOIN auth_user u ON u.id = x.user_id""",
    "reports": f"""SELECT u.username, t.title, a.username, plain(c.comment), x.reason,
        plain(x.body) FROM spirit_comment_flag_flag x {_OF_COMMENT}
        JOIN auth_user u ON u.id = x.user_id""",
    "followed": """SELECT u.username, t.title FROM spirit_topic_notification_topicnotification x
        JOIN spirit_topic_topic t ON t.id = x.topic_id JOIN auth_user u ON u.id = x.user_id
        WHERE x.is_active""",
    "votes": """SELECT u.username, h.description FROM spirit_comment_poll_commentpollvote x
        JOIN spirit_comment_poll_commentpollchoice h ON h.id = x.choice_id
        JOIN auth_user u ON u.id = x.voter_id WHERE NOT x.is_removed""",
    "letters": """SELECT t.title, u.username FROM spirit_topic_private_topicprivate x
        JOIN spirit_topic_topic t ON t.id = x.topic_id JOIN auth_user u ON u.id = x.user_id""",
    "members": """SELECT u.username, u.email, u.first_name, u.last_name, p.location,
        password(u.password) FROM auth_user u JOIN spirit_user_userprofile p ON p.user_id = u.id""",
    "settings": """SELECT u.username, p.notify FROM auth_user u
        JOIN spirit_user_userprofile p ON p.user_id = u.id""",
    "logins": "SELECT username FROM auth_user WHERE last_login IS NOT NULL",
}


@cache
def templates() -> tuple[Template, ...]:
    return (*train.templates(), *heldout.templates())
