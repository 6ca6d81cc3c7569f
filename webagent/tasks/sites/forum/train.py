"""The forum's templates for training."""

from __future__ import annotations

from webagent.tasks.sites.forum import train_plans as how
from webagent.tasks.sites.forum.content import MEMBER, MODERATOR, PASSWORD, TOWNS
from webagent.tasks.sites.forum.draw import (
    BOARD_NAMES,
    NEW_TITLES,
    changed,
    commented,
    foreign,
    member_row,
    opened,
    own,
    post_of,
    text,
    topic,
    topic_row,
)
from webagent.tasks.sites.template import Goal, Template, both, one_of


def templates() -> tuple[Template, ...]:
    """Twenty-one, of one skill each."""
    return (
        Template(
            "reply",
            "train",
            (
                'Reply to the topic "{topic}" with: {text}',
                'In the discussion "{topic}", post this comment: {text}',
            ),
            both(opened(), text()),
            lambda v: commented(v["topic"], v["text"]),
            how.reply,
            MEMBER,
        ),
        Template(
            "new-topic",
            "train",
            (
                'Start a topic called "{title}" on the board {board}. It says: {text}',
                'Open a new discussion in {board} with the title "{title}" and the text: {text}',
            ),
            both(one_of("title", *NEW_TITLES), one_of("board", *BOARD_NAMES), text()),
            how.published,
            how.publish,
            MEMBER,
        ),
        Template(
            "like-post",
            "train",
            (
                'In the topic "{topic}", like the post by {author} that says "{post}"',
                '{author} wrote "{post}" in "{topic}". Like that post.',
            ),
            post_of(foreign),
            how.liked,
            how.like,
            MEMBER,
        ),
        Template(
            "edit-post",
            "train",
            (
                'In the topic "{topic}", change my post "{post}" to: {text}',
                'I wrote "{post}" in "{topic}". Edit it so that it says: {text}',
            ),
            both(post_of(own), text()),
            how.edited,
            how.edit,
            MEMBER,
        ),
        Template(
            "follow-topic",
            "train",
            (
                'Let the forum notify me of new comments in "{topic}".',
                'Subscribe me to notifications of the topic "{topic}".',
            ),
            how.draw_follow,
            lambda v: Goal(added={"followed": [(MEMBER, v["topic"])]}),
            how.follow,
            MEMBER,
        ),
        Template(
            "report-post",
            "train",
            (
                'In "{topic}", report the post of {author} that says "{post}". The reason is '
                "{reason}, the explanation: {body}",
                'Report a post to the moderators: "{post}" by {author} in the topic "{topic}". '
                "Choose {reason} and write: {body}",
            ),
            both(
                post_of(foreign),
                one_of("reason", "Spam", "Other"),
                one_of("body", "This was posted before.", "It advertises a shop.", "Off topic."),
            ),
            how.reported,
            how.report,
            MEMBER,
        ),
        Template(
            "vote",
            "train",
            (
                'Vote for "{choice}" in the poll of the topic "{topic}"',
                'In the poll "{topic}" my vote goes to "{choice}". Please cast it.',
            ),
            how.draw_vote,
            lambda v: Goal(added={"votes": [(MEMBER, v["choice"])]}),
            how.vote,
            MEMBER,
        ),
        Template(
            "private-message",
            "train",
            (
                'Send {to} a private message with the title "{title}" and the text: {text}',
                'Write privately to {to}. Title: "{title}". Text: {text}',
            ),
            both(
                one_of("to", "greta", "ivo", "lena", "wanda", "bruno"),
                one_of("title", "Saturday", "Your ladder", "A favour", "Plum stones"),
                text(),
            ),
            lambda v: how.letter_sent(v["title"], v["text"], v["to"]),
            how.letter,
            MEMBER,
        ),
        Template(
            "change-location",
            "train",
            (
                "Change the location in my preferences to {town}.",
                "I have moved to {town}. Update the location in my profile.",
            ),
            one_of("town", *TOWNS[1:]),
            lambda v: Goal(
                added={"members": [member_row(MEMBER, place=v["town"])]},
                removed={"members": [member_row(MEMBER, place=how.HOME)]},
            ),
            how.location,
            MEMBER,
        ),
        Template(
            "change-name",
            "train",
            (
                "Enter my name in the preferences: first name {first}, last name {last}.",
                "In my profile settings, set the first name to {first} and the last name to "
                "{last}.",
            ),
            both(one_of("first", "Mira", "Maria", "Mirjam"), one_of("last", "Dahl", "Voss")),
            lambda v: Goal(
                added={"members": [member_row(MEMBER, v["first"], v["last"], how.HOME)]},
                removed={"members": [member_row(MEMBER, place=how.HOME)]},
            ),
            how.name,
            MEMBER,
        ),
        Template(
            "log-in",
            "train",
            (
                "Log in as {name} with the password {password}",
                "My user name is {name}, the password is {password} - log me in.",
            ),
            both(one_of("name", "petra", "silas", "ruth", "elif"), one_of("password", PASSWORD)),
            lambda v: Goal(added={"logins": [(v["name"],)]}),
            how.log_in,
            "",
        ),
        Template(
            "register",
            "train",
            (
                "Register a new member: name {name}, email {email}, password {password}",
                "Create an account in the forum for {name} with the email address {email} and "
                "the password {password}",
            ),
            how.draw_new,
            lambda v: Goal(
                added={"members": [member_row(v["name"])], "settings": [(v["name"], "25")]},
            ),
            how.register,
            "",
        ),
        Template(
            "who-started",
            "train",
            (
                'Who started the topic "{topic}"?',
                'Tell me the member who opened the discussion "{topic}".',
            ),
            opened(),
            lambda v: Goal(answers=(topic(v["topic"]).author,)),
            how.starter,
            MEMBER,
        ),
        Template(
            "count-posts",
            "train",
            (
                'How many posts does the topic "{topic}" have, the first one included?',
                'Count all posts in "{topic}", with the opening post.',
            ),
            opened(),
            lambda v: Goal(answers=(str(len(topic(v["topic"]).posts)),)),
            how.count,
            MEMBER,
        ),
        Template(
            "last-poster",
            "train",
            (
                'Who wrote the last post in "{topic}"?',
                'Which member has commented last in the topic "{topic}"?',
            ),
            opened(),
            lambda v: Goal(answers=(topic(v["topic"]).posts[-1].author,)),
            how.last,
            MEMBER,
        ),
        Template(
            "close-topic",
            "train",
            (
                'Close the topic "{topic}", so that nobody can reply any more.',
                'As a moderator, lock the discussion "{topic}".',
            ),
            opened(),
            lambda v: changed(
                topic(v["topic"]), topic_row(topic(v["topic"]), closed="1"), how.CLOSED
            ),
            how.moderate("Close topic"),
            MODERATOR,
        ),
        Template(
            "pin-topic",
            "train",
            (
                'Pin the topic "{topic}" to the top of its board.',
                'As a moderator, pin "{topic}" (not globally).',
            ),
            opened(),
            lambda v: changed(
                topic(v["topic"]), topic_row(topic(v["topic"]), pins="10"), how.PINNED
            ),
            how.moderate("Pin topic"),
            MODERATOR,
        ),
        Template(
            "move-topic",
            "train",
            (
                'Move the topic "{topic}" to the board {board}.',
                '"{topic}" belongs on the board {board}. Put it there.',
            ),
            how.draw_move,
            how.moved,
            how.move,
            MODERATOR,
        ),
        Template(
            "rename-topic",
            "train",
            (
                'Change the title of my topic "{topic}" to "{title}"',
                'Rename the topic "{topic}" that I started; the new title is "{title}"',
            ),
            both(how.own_topic, one_of("title", *NEW_TITLES)),
            how.renamed,
            how.rename,
            MEMBER,
        ),
        Template(
            "delete-post",
            "train",
            (
                'Delete the post by {author} in "{topic}" that says "{post}"',
                'As a moderator, remove what {author} wrote in the topic "{topic}": "{post}"',
            ),
            post_of(lambda one, post: post != one.posts[0]),
            how.post_deleted,
            how.delete_post,
            MODERATOR,
        ),
    )
