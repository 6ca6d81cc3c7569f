"""The wiki's templates for training."""

from __future__ import annotations

from webagent.tasks.sites.template import Goal, Template, both, one_of
from webagent.tasks.sites.wiki import train_plans as how
from webagent.tasks.sites.wiki.content import (
    ADMIN,
    AREAS,
    EDITORS,
    MEMBER,
    PASSWORD,
    slug,
)
from webagent.tasks.sites.wiki.draw import (
    NEW_TITLES,
    WHY,
    area_of,
    created,
    deleted,
    edited,
    extended,
    leaf,
    member_row,
    old_revision,
    page_of,
    text,
    with_area,
)


def templates() -> tuple[Template, ...]:
    """Twenty, of one skill each."""
    return (
        Template(
            "create-page",
            "train",
            (
                'Create a page "{title}" under {area} that says: {text}',
                'In the area {area}, add a new article with the title "{title}" and the text: '
                "{text}",
            ),
            both(one_of("title", *NEW_TITLES), area_of(), text()),
            lambda v: created(v["title"], f"{slug(v['area'])}/", v["text"]),
            how.create,
            MEMBER,
        ),
        Template(
            "append",
            "train",
            (
                'Add this sentence to the end of the page "{page}": {text}',
                'At the bottom of the article "{page}", write: {text}',
            ),
            both(leaf(), text()),
            lambda v: extended(v["page"], v["text"]),
            how.append,
            MEMBER,
        ),
        Template(
            "append-in-area",
            "train",
            (
                "Go to {area} > {page} and add a sentence at the end: {text}",
                'The area {area} has a page about "{page}". Append this to it: {text}',
            ),
            both(with_area, text()),
            lambda v: extended(v["page"], v["text"]),
            how.append_in_area,
            MEMBER,
        ),
        Template(
            "replace-text",
            "train",
            (
                'Replace the whole text of the page "{page}" by: {text}',
                'The page "{page}" shall only say this: {text}',
            ),
            both(leaf(), text()),
            lambda v: edited(v["page"], said=v["text"]),
            how.replace,
            MEMBER,
        ),
        Template(
            "change-title",
            "train",
            (
                'Change the title of the page "{page}" to "{title}"',
                'The article "{page}" needs another title. Call it "{title}"',
            ),
            both(leaf(), one_of("title", *NEW_TITLES)),
            lambda v: edited(v["page"], name=v["title"]),
            how.rename,
            MEMBER,
        ),
        Template(
            "edit-with-summary",
            "train",
            (
                'Append "{text}" to the page "{page}" and give the summary "{why}" for the edit.',
                'Edit "{page}": add "{text}" at the end. The summary of the change is "{why}".',
            ),
            both(leaf(), text(), one_of("why", *WHY)),
            lambda v: extended(v["page"], v["text"], why=v["why"]),
            how.with_summary,
            MEMBER,
        ),
        Template(
            "delete-page",
            "train",
            ('Delete the page "{page}".', 'Remove the article "{page}" from the wiki.'),
            leaf(),
            lambda v: deleted(v["page"]),
            how.delete,
            MEMBER,
        ),
        Template(
            "change-slug",
            "train",
            (
                'Move the page "{page}": its slug shall be {slug}, the destination stays as it is.',
                'Give the article "{page}" the slug {slug}',
            ),
            how.draw_slug,
            how.slug_changed,
            how.move,
            MEMBER,
        ),
        Template(
            "revert",
            "train",
            (
                'Set the page "{page}" back to its revision #{number}.',
                'Switch the article "{page}" to revision #{number}.',
            ),
            old_revision,
            how.reverted,
            how.revert,
            MEMBER,
        ),
        Template(
            "last-editor",
            "train",
            (
                'Who made the latest change to the page "{page}"?',
                'Which member edited "{page}" last?',
            ),
            leaf(),
            lambda v: Goal(answers=(page_of(v["page"]).revisions[-1].author,)),
            how.last_editor,
            MEMBER,
        ),
        Template(
            "first-editor",
            "train",
            (
                'Who wrote the first revision of the page "{page}"?',
                'Find out which member began the article "{page}".',
            ),
            leaf(),
            lambda v: Goal(answers=(page_of(v["page"]).revisions[0].author,)),
            how.first_editor,
            MEMBER,
        ),
        Template(
            "count-revisions",
            "train",
            (
                'How many revisions does the page "{page}" have?',
                'Count the revisions of "{page}".',
            ),
            leaf(),
            lambda v: Goal(answers=(str(len(page_of(v["page"]).revisions)),)),
            how.count_revisions,
            "",
        ),
        Template(
            "first-record",
            "train",
            (
                'In which year was "{page}" first mentioned in the town records?',
                'What year do the town records mention "{page}" for the first time?',
            ),
            how.draw_year,
            lambda v: Goal(answers=(how.recorded(page_of(v["page"])),)),
            how.year,
            MEMBER,
        ),
        Template(
            "count-articles",
            "train",
            (
                "How many articles are there right under {area}?",
                "Count the articles of the area {area} (without those below them).",
            ),
            area_of(),
            lambda v: Goal(answers=(str(len(AREAS[v["area"]])),)),
            how.count_articles,
            MEMBER,
        ),
        Template(
            "follow-page",
            "train",
            (
                'Notify me when the page "{page}" is edited.',
                'Turn on the notifications for edits of "{page}".',
            ),
            leaf(),
            lambda v: Goal(added={"followed": [(MEMBER, page_of(v["page"]).path)]}),
            how.follow,
            MEMBER,
        ),
        Template(
            "lock-page",
            "train",
            (
                'Lock the page "{page}", so that nobody can edit it.',
                'As an administrator, lock the article "{page}".',
            ),
            leaf(),
            lambda v: how.locked(v["page"]),
            how.lock,
            ADMIN,
        ),
        Template(
            "change-owner",
            "train",
            (
                'Make {owner} the owner of the page "{page}".',
                'The article "{page}" shall belong to {owner} from now on.',
            ),
            how.draw_owner,
            how.given,
            how.give,
            ADMIN,
        ),
        Template(
            "protect-page",
            "train",
            (
                'Take away the write access of others to the page "{page}".',
                'In the settings of "{page}", switch off "Others write access".',
            ),
            leaf(),
            lambda v: how.protected(v["page"]),
            how.protect,
            ADMIN,
        ),
        Template(
            "sign-up",
            "train",
            (
                "Sign up as {name} with the email {email} and the password {password}",
                "Create an account: the name is {name}, the email {email}, the password {password}",
            ),
            how.draw_new,
            lambda v: Goal(added={"members": [member_row(v["name"])]}, ignore=("logins",)),
            how.sign_up,
            "",
        ),
        Template(
            "log-in",
            "train",
            (
                "Log in as {name} with the password {password}",
                "Please log me in: {name}, password {password}",
            ),
            both(one_of("name", *EDITORS[2:]), one_of("password", PASSWORD)),
            lambda v: Goal(added={"logins": [(v["name"],)]}),
            how.log_in,
            "",
        ),
        Template(
            "change-email",
            "train",
            (
                "Change the email address of my account to {email}",
                "My new email address is {email} - update the account settings.",
            ),
            one_of("email", "edith@elmford.example", "e.marsh@example.org", "hello@example.net"),
            lambda v: Goal(
                added={"members": [member_row(MEMBER, v["email"])]},
                removed={"members": [member_row(MEMBER)]},
            ),
            how.email,
            MEMBER,
        ),
    )
