"""The forum's templates that no training may use."""

from __future__ import annotations

from webagent.tasks.sites.forum import heldout_plans as how
from webagent.tasks.sites.forum.content import MEMBER, MODERATOR, NEW_PASSWORDS, PASSWORD
from webagent.tasks.sites.forum.draw import (
    BOARD_NAMES,
    NEW_TITLES,
    changed,
    comment,
    commented,
    foreign,
    opened,
    own,
    post_of,
    text,
    topic,
    topic_row,
)
from webagent.tasks.sites.forum.train_plans import (
    PINNED,
    draw_move,
    draw_vote,
    edited,
    letter_sent,
)
from webagent.tasks.sites.template import Goal, Template, both, one_of


def templates() -> tuple[Template, ...]:
    """Twenty."""
    return (
        Template(
            "quote",
            "heldout",
            (
                'In "{topic}", quote the post of {author} that says "{post}" and write below the '
                "quotation: {text}",
            ),
            both(post_of(foreign), text()),
            how.quoted,
            how.quote,
            MEMBER,
        ),
        Template(
            "reply-and-like",
            "heldout",
            (
                'In the topic "{topic}", like the post "{post}" by {author}, then reply with: '
                "{text}",
            ),
            both(post_of(foreign), text()),
            how.replied_and_liked,
            how.reply_and_like,
            MEMBER,
            steps=20,
            chains=(("reply", "like-post"),),
        ),
        Template(
            "two-replies",
            "heldout",
            ('Post the same comment in the topics "{one}" and "{two}": {text}',),
            both(how.two_topics, text()),
            lambda v: Goal(
                added={"posts": [comment(v[name], MEMBER, v["text"]) for name in ("one", "two")]},
                ignore=("followed",),
            ),
            how.two_replies,
            MEMBER,
            steps=22,
        ),
        Template(
            "start-and-follow-up",
            "heldout",
            (
                'Start a topic "{title}" on the board {board} that says "{text}" When it is '
                'there, add a reply to it: "{more}"',
            ),
            both(
                one_of("title", *NEW_TITLES),
                one_of("board", *BOARD_NAMES),
                text(),
                one_of("more", "I forgot to say where: near the river.", "Photos will follow."),
            ),
            how.followed_up,
            how.start_and_follow_up,
            MEMBER,
            steps=20,
            chains=(("new-topic", "reply"),),
        ),
        Template(
            "answer-message",
            "heldout",
            (
                'Answer the private message "{letter}" from {sender} with: {text}',
                '{sender} has written to me privately ("{letter}"). Reply there: {text}',
            ),
            both(how.draw_letter, text()),
            lambda v: commented(v["letter"], v["text"]),
            how.answer_letter,
            MEMBER,
        ),
        Template(
            "message-to-two",
            "heldout",
            ('Send one private message to both {one} and {two}, titled "{title}": {text}',),
            both(
                one_of("one", "greta", "ivo", "lena"),
                one_of("two", "kenji", "wanda", "bruno"),
                one_of("title", "The bench", "Minutes", "Lift to the market"),
                text(),
            ),
            lambda v: letter_sent(v["title"], v["text"], v["one"], v["two"]),
            how.two_letters,
            MEMBER,
        ),
        Template(
            "newest-of-board",
            "heldout",
            (
                "Which topic stands at the top of the board {board}?",
                "Give the title of the most recently active topic on the board {board}.",
            ),
            one_of("board", *(name for name in BOARD_NAMES if name != "Off topic")),
            how.newest_title,
            how.newest,
            "",
        ),
        Template(
            "change-password",
            "heldout",
            (
                "Change my password from {old} to {new}",
                "My password here is {old} and should be {new}",
            ),
            both(one_of("old", PASSWORD), one_of("new", *NEW_PASSWORDS)),
            how.password_changed,
            how.password,
            MEMBER,
        ),
        Template(
            "pin-everywhere",
            "heldout",
            ('Pin the topic "{topic}" globally, so that it is on top of all boards.',),
            opened(),
            lambda v: changed(topic(v["topic"]), topic_row(topic(v["topic"]), pins="01"), PINNED),
            how.moderated("Pin topic globally"),
            MODERATOR,
        ),
        Template(
            "reopen-topic",
            "heldout",
            (
                'Open the closed topic "{topic}" again.',
                'The discussion "{topic}" was closed. Make it possible to reply again.',
            ),
            how.closed,
            lambda v: changed(topic(v["topic"]), topic_row(topic(v["topic"]), closed="0"), "3"),
            how.moderated("Open topic"),
            MODERATOR,
        ),
        Template(
            "delete-topic",
            "heldout",
            ('Delete the whole topic "{topic}".', 'Remove the discussion "{topic}" completely.'),
            opened(),
            how.deleted,
            how.moderated("Delete topic"),
            MODERATOR,
        ),
        Template(
            "rename-and-move",
            "heldout",
            ('Move the topic "{topic}" to the board {board} and give it the title "{title}"',),
            both(draw_move, one_of("title", *NEW_TITLES)),
            how.renamed_and_moved,
            how.rename_and_move,
            MODERATOR,
        ),
        Template(
            "edit-others-post",
            "heldout",
            (
                'As a moderator, replace the text of {author}\'s post "{post}" in "{topic}" by: '
                "{text}",
            ),
            both(post_of(lambda one, post: post.author != MODERATOR), text()),
            lambda v: edited(v, v["author"]),
            how.edit_other,
            MODERATOR,
        ),
        Template(
            "extend-post",
            "heldout",
            ('Add a sentence to the end of my post "{post}" in the topic "{topic}": {text}',),
            both(post_of(own), text()),
            lambda v: edited({**v, "text": f"{v['post']} {v['text']}"}),
            how.extend_post,
            MEMBER,
        ),
        Template(
            "vote-and-reply",
            "heldout",
            ('Vote for "{choice}" in the poll "{topic}", and leave a comment there: {text}',),
            both(draw_vote, text()),
            how.voted_and_replied,
            how.vote_and_reply,
            MEMBER,
            steps=20,
            chains=(("vote", "reply"),),
        ),
        Template(
            "email-notifications",
            "heldout",
            (
                'In my preferences, set "Email notifications" to {when}.',
                "I want to get email notifications {when}. Change the preferences.",
            ),
            one_of("when", "Immediately", "Weekly"),
            how.notified,
            how.notify,
            MEMBER,
        ),
        Template(
            "log-in-and-reply",
            "heldout",
            ('Log in as {name} (password {password}) and reply to "{topic}" with: {text}',),
            both(
                one_of("name", "petra", "silas", "ruth", "elif"),
                one_of("password", PASSWORD),
                opened(),
                text(),
            ),
            how.logged_in_and_replied,
            how.log_in_and_reply,
            "",
            steps=20,
        ),
        Template(
            "report-and-follow",
            "heldout",
            (
                'Report the post "{post}" by {author} in "{topic}" as {reason} with the words '
                '"{body}" and subscribe me to notifications of that topic.',
            ),
            both(
                post_of(how.unfollowed_post),
                one_of("reason", "Spam", "Other"),
                one_of("body", "Please have a look.", "Copied from a magazine."),
            ),
            how.reported_and_followed,
            how.report_and_follow,
            MEMBER,
            steps=20,
            chains=(("report-post", "follow-topic"),),
        ),
        Template(
            "close-with-reason",
            "heldout",
            ('Reply to "{topic}" with "{text}" and then close the topic.',),
            both(opened(), text()),
            how.closed_with_reason,
            how.close_and_say_why,
            MODERATOR,
            steps=20,
        ),
        Template(
            "like-most-liked",
            "heldout",
            ('In the topic "{topic}", like the post that has got the most likes so far.',),
            how.draw_liked,
            how.liked_most,
            how.like_most_liked,
            MEMBER,
        ),
    )
