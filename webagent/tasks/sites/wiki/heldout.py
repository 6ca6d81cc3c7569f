"""The wiki's templates that no training may use."""

from __future__ import annotations

from webagent.tasks.sites.template import Goal, Template, both, one_of, together
from webagent.tasks.sites.wiki import heldout_plans as how
from webagent.tasks.sites.wiki.content import (
    ADMIN,
    EDITORS,
    MEMBER,
    NEW_PASSWORDS,
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
    leaves,
    moved,
    old_revision,
    page_of,
    text,
)
from webagent.tasks.sites.wiki.train_plans import draw_owner, given, locked, protected, reverted


def templates() -> tuple[Template, ...]:
    """Twenty."""
    return (
        Template(
            "create-below",
            "heldout",
            (
                'Create a sub-article of "{page}" with the title "{title}". Its text: {text}',
                'Below the page "{page}", add a page "{title}" that says: {text}',
            ),
            both(leaf(), one_of("title", *NEW_TITLES), text()),
            lambda v: created(v["title"], page_of(v["page"]).path, v["text"]),
            how.create_below,
            MEMBER,
        ),
        Template(
            "create-two",
            "heldout",
            ('Create two pages under {area}, "{one}" and "{two}". Both shall say: {text}',),
            both(how.draw_two, area_of(), text()),
            how.created_two,
            how.create_two,
            MEMBER,
            steps=28,
        ),
        Template(
            "move-to-top",
            "heldout",
            (
                'Move the page "{page}" to the top level, right under the main page.',
                'The article "{page}" belongs directly below "Almanac of Elmford". Move it there.',
            ),
            leaf(),
            lambda v: moved(v["page"], f"{slug(v['page'])}/"),
            how.to_top,
            MEMBER,
        ),
        Template(
            "append-to-two",
            "heldout",
            ('Add the same sentence to the end of "{one}" and of "{two}": {text}',),
            both(leaves("one", "two"), text()),
            lambda v: together(extended(v["one"], v["text"]), extended(v["two"], v["text"])),
            how.append_two,
            MEMBER,
            steps=22,
            chains=(
                ("append", "append-in-area"),
                ("append", "edit-with-summary"),
                ("append-in-area", "edit-with-summary"),
            ),
        ),
        Template(
            "prepend",
            "heldout",
            (
                'Put this sentence in front of the text of the page "{page}": {text}',
                'The article "{page}" shall begin with a new sentence, before what is there: '
                "{text}",
            ),
            both(leaf(), text()),
            how.prepended,
            how.prepend,
            MEMBER,
        ),
        Template(
            "correct-year",
            "heldout",
            (
                'On the page "{page}", the year {old} is wrong. It should be {new}.',
                'Correct the article "{page}": replace {old} by {new} and change nothing else.',
            ),
            how.draw_year,
            how.corrected,
            how.correct,
            MEMBER,
        ),
        Template(
            "new-title-and-text",
            "heldout",
            ('Rewrite the page "{page}": title "{title}", text "{text}", summary "{why}".',),
            both(leaf(), one_of("title", *NEW_TITLES), text(), one_of("why", *WHY)),
            lambda v: edited(v["page"], name=v["title"], said=v["text"], why=v["why"]),
            how.title_and_text,
            MEMBER,
            chains=(
                ("change-title", "replace-text"),
                ("change-title", "edit-with-summary"),
                ("replace-text", "edit-with-summary"),
            ),
        ),
        Template(
            "delete-two",
            "heldout",
            ('Delete both of these pages: "{one}" and "{two}".',),
            leaves("one", "two"),
            lambda v: together(deleted(v["one"]), deleted(v["two"])),
            how.delete_two,
            MEMBER,
            steps=22,
        ),
        Template(
            "change-password",
            "heldout",
            (
                "Set the password of my account to {new}",
                "I want to log in with the password {new} in future. Change it.",
            ),
            one_of("new", *NEW_PASSWORDS),
            how.password_changed,
            how.password,
            MEMBER,
        ),
        Template(
            "owner-and-lock",
            "heldout",
            (
                'Make {owner} the owner of "{page}" and lock the page.',
                'Give the article "{page}" to {owner}, and let nobody edit it: lock it.',
            ),
            draw_owner,
            lambda v: together(given(v), locked(v["page"])),
            how.owner_and_lock,
            ADMIN,
            chains=(("change-owner", "lock-page"),),
        ),
        Template(
            "summary-of-revision",
            "heldout",
            (
                'Which summary was given for revision #{number} of the page "{page}"?',
                'What does the log say about the revision #{number} of "{page}"?',
            ),
            old_revision,
            lambda v: Goal(answers=(page_of(v["page"]).revisions[int(v["number"]) - 1].summary,)),
            how.summary,
            MEMBER,
        ),
        Template(
            "log-in-and-append",
            "heldout",
            (
                'Log in as {name} (password {password}), then add this to the end of "{page}": '
                "{text}",
            ),
            both(one_of("name", *EDITORS[2:]), one_of("password", PASSWORD), leaf(), text()),
            how.logged_in_and_appended,
            how.log_in_and_append,
            "",
            steps=18,
        ),
        Template(
            "count-results",
            "heldout",
            (
                'How many results does a search of the whole wiki for "{word}" give?',
                'Search the wiki for "{word}". How many results are returned?',
            ),
            one_of("word", "plaque", "lottery", "volunteers", "photographs", "market", "mayor"),
            how.hits,
            how.results,
            MEMBER,
        ),
        Template(
            "more-revisions",
            "heldout",
            ('Which page has more revisions, "{one}" or "{two}"?',),
            how.draw_unequal,
            lambda v: Goal(answers=(max(v["one"], v["two"], key=how.depth),)),
            how.more_revisions,
            MEMBER,
            steps=18,
        ),
        Template(
            "copy-text",
            "heldout",
            (
                'Append the whole text of the page "{one}" to the end of the page "{two}".',
                'Copy what "{one}" says to the bottom of "{two}", and leave "{one}" as it is.',
            ),
            leaves("one", "two"),
            lambda v: extended(v["two"], page_of(v["one"]).text),
            how.copy,
            MEMBER,
            steps=18,
        ),
        Template(
            "follow-two",
            "heldout",
            ('Notify me of edits of the pages "{one}" and "{two}".',),
            leaves("one", "two"),
            lambda v: Goal(
                added={"followed": [(MEMBER, page_of(v[n]).path) for n in ("one", "two")]}
            ),
            how.follow_two,
            MEMBER,
            steps=20,
        ),
        Template(
            "revert-and-follow",
            "heldout",
            (
                'Set "{page}" back to revision #{number}, and turn on notifications for edits of '
                "that page.",
            ),
            old_revision,
            how.reverted_and_followed,
            how.revert_and_follow,
            MEMBER,
            steps=20,
            chains=(("revert", "follow-page"),),
        ),
        Template(
            "protect-two",
            "heldout",
            ('Switch off the write access of others for both "{one}" and "{two}".',),
            leaves("one", "two"),
            lambda v: together(protected(v["one"]), protected(v["two"])),
            how.protect_two,
            ADMIN,
            steps=20,
        ),
        Template(
            "first-version",
            "heldout",
            (
                'Restore the very first version of the page "{page}".',
                'Undo all later changes of "{page}": go back to how it began.',
            ),
            old_revision,
            lambda v: reverted({**v, "number": "1"}),
            how.first_version,
            MEMBER,
        ),
        Template(
            "create-and-follow",
            "heldout",
            (
                'Create the page "{title}" under {area} with the text "{text}" and have me '
                "notified of its edits.",
            ),
            both(one_of("title", *NEW_TITLES), area_of(), text()),
            how.created_and_followed,
            how.create_and_follow,
            MEMBER,
            steps=20,
            chains=(("create-page", "follow-page"),),
        ),
    )
