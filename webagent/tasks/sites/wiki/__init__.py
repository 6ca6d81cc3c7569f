"""The wiki: django-wiki with the pages of a small town."""
