"""Agents that prompt a chat model: RCI, AdaPlanner and Synapse."""
