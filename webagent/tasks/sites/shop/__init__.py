"""The shop: django-oscar with a household shop's content."""
