"""Attacks on the agent's browser and sandbox, and what became of them."""
