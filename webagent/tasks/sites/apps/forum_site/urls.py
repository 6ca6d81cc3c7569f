"""The addresses of the forum: all of them are Spirit's."""

# pyright: basic, reportMissingImports=false

import spirit.urls
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("", include(spirit.urls)), path("admin/", admin.site.urls)]
