"""Scripted experts for MiniWoB++ pages and for compositions of the base tasks."""

from miniwob_tasks.experts.expert import ComposedExpert

__all__ = ["ComposedExpert"]
