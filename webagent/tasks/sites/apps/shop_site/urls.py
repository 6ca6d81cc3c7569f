"""The addresses of the shop: all of them are django-oscar's."""

# pyright: basic, reportMissingImports=false

from django.apps import apps
from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
