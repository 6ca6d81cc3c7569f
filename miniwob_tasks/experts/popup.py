"""The popup of login-user-popup, which blocks a form until it is cancelled."""

from __future__ import annotations

from miniwob_tasks.experts.goal import in_popup, press
from miniwob_tasks.experts.page import Page
from webagent.actions import Action


def dismiss(page: Page) -> Action | None:
    """Cancel an open popup; None if there is none. Its other button ends the episode."""
    return press(
        page.first(lambda one: one.tag == "button" and one.text == "Cancel" and in_popup(one))
    )
