"""Planners say what to do next and what of the page matters; programmers write how."""
