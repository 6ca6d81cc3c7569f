"""Scripted experts for the base tasks of CompWoB and for their compositions."""

from miniwob_tasks.experts.expert import ComposedExpert

__all__ = ["ComposedExpert"]
