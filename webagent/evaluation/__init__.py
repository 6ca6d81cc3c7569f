"""Evaluation: play a suite, keep every episode, compute scores, write the report."""
