"""The addresses of the wiki: all of them are django-wiki's."""

# pyright: basic, reportMissingImports=false

from django.urls import include, path

urlpatterns = [
    path("notifications/", include("django_nyt.urls")),
    path("", include("wiki.urls")),
]
