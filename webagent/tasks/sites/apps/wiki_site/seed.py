"""Fills the wiki's database through django-wiki's own models."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.sites.models import Site
from seeding import log_in
from wiki.models import ArticleRevision, URLPath

BACKEND = "django.contrib.auth.backends.ModelBackend"


def seed(content, clock, now):
    """Make everything of `content`, each revision at its own date."""
    clock.move(now - timedelta(days=800))
    Site.objects.update_or_create(pk=1, defaults={"domain": "wiki.localhost", "name": "Elmford"})
    make = get_user_model().objects.create_user
    users = {
        name: make(name, f"{name}@example.org", content["password"]) for name in content["editors"]
    }
    admin = users[content["admin"]]
    admin.is_superuser = admin.is_staff = True
    admin.save()
    places = {}
    for page in content["pages"]:
        places[page["path"]] = _page(page, places, users, clock, now)
    clock.move(now - timedelta(days=1))
    for user in users.values():
        log_in(user, BACKEND)


def _page(page, places, users, clock, now):
    first, *later = page["revisions"]
    clock.move(now - timedelta(days=first["days"]))
    kept = {
        "title": page["title"],
        "content": first["text"],
        "user_message": first["summary"],
        "user": users[first["author"]],
    }
    if not page["path"]:
        place = URLPath.create_root(**kept)
    else:
        above, _, slug = page["path"][:-1].rpartition("/")
        parent = places[f"{above}/" if above else ""]
        parent.refresh_from_db()
        place = URLPath.create_urlpath(parent, slug, **kept)
    place.article.owner = users[first["author"]]
    place.article.save()
    for one in later:
        clock.move(now - timedelta(days=one["days"]))
        place.article.add_revision(
            ArticleRevision(
                title=page["title"],
                content=one["text"],
                user_message=one["summary"],
                user=users[one["author"]],
            )
        )
    return place
