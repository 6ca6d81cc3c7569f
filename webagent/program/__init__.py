"""Synthesised programs: checked, then run in a sandbox where all they can reach is the page."""

from webagent.program.run import Act, Failed, Finished, next_action
from webagent.program.sandbox import Limits, MontySandbox, Sandbox

__all__ = ["Act", "Failed", "Finished", "Limits", "MontySandbox", "Sandbox", "next_action"]
