"""Experts for single pages, one module a family.

Each module has `PAGES`, a mapping from page names to experts (see `single.Expert`).
"""
