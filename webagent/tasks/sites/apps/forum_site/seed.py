"""Fills the forum's database through Spirit's own models and forms."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.management import call_command
from seeding import log_in
from spirit.category.models import Category
from spirit.comment.forms import CommentForm
from spirit.comment.like.models import CommentLike
from spirit.comment.models import Comment
from spirit.comment.utils import comment_posted
from spirit.topic.models import Topic
from spirit.topic.notification.models import TopicNotification
from spirit.topic.private.models import TopicPrivate
from spirit.user.models import UserProfile

BACKEND = "spirit.user.auth.backends.UsernameAuthBackend"


def seed(content, clock, now):
    """Make everything of `content`, each thing at its own date."""
    users = {}
    for number, name in enumerate(content["names"]):
        clock.move(now - timedelta(days=500 - number))
        users[name] = _user(name, content, number)
    boards = {}
    # Spirit's migrations bring a board of their own, which a real forum would rename.
    Category.objects.filter(title__iexact="uncategorized").delete()
    for title, description in content["boards"].items():
        boards[title] = Category.objects.create(title=title, description=description)
    topics = {}
    for one in content["topics"]:
        topics[one["title"]] = _topic(one, boards, users, clock, now - timedelta(days=one["days"]))
    clock.move(now - timedelta(days=1))
    _marks(content, topics, users)
    for name, title, text in content["letters"]:
        _letter(users[name], users[content["member"]], title, text)
    for user in users.values():
        log_in(user, BACKEND)
    call_command("rebuild_index", interactive=False, verbosity=0)


def _user(name, content, number):
    make = get_user_model().objects.create_user
    user = make(name, f"{name}@example.org", content["password"])
    UserProfile.objects.filter(user=user).update(
        nickname=name,
        is_verified=True,
        is_moderator=name == content["moderator"],
        location=content["towns"][number % len(content["towns"])],
    )
    user.st.refresh_from_db()
    return user


def _topic(one, boards, users, clock, when):
    clock.move(when)
    author = users[one["posts"][0]["author"]]
    topic = Topic.objects.create(title=one["title"], category=boards[one["board"]], user=author)
    for number, post in enumerate(one["posts"]):
        clock.move(when + timedelta(hours=2 * number + number * number))
        text = post["text"]
        if one["poll"] and not number:
            choices = "\n".join(f"{n}. {choice}" for n, choice in enumerate(one["poll"], 1))
            text += f"\n\n[poll name=vote]\n{choices}\n[/poll]"
        _comment(users[post["author"]], topic, text)
    Topic.objects.filter(pk=topic.pk).update(is_closed=one["closed"], view_count=17 * len(text))
    return topic


def _comment(user, topic, text):
    form = CommentForm(user=user, topic=topic, data={"comment": text})
    assert form.is_valid(), form.errors
    comment_posted(comment=form.save(), mentions=None)


def _marks(content, topics, users):
    for name, title, number in content["likes"]:
        comment = Comment.objects.filter(topic=topics[title]).order_by("pk")[number]
        CommentLike.objects.create(user=users[name], comment=comment)
        comment.increase_likes_count()
    member = users[content["member"]]
    TopicNotification.objects.all().delete()
    for title in content["followed"]:
        comment = Comment.objects.filter(topic=topics[title]).order_by("pk").last()
        TopicNotification.create_maybe(user=member, comment=comment)


def _letter(sender, member, title, text):
    private = Category.objects.get(pk=1)
    topic = Topic.objects.create(title=title, category=private, user=sender)
    for user in (sender, member):
        TopicPrivate.objects.create(user=user, topic=topic)
    _comment(sender, topic, text)
    TopicNotification.objects.filter(topic=topic).delete()
