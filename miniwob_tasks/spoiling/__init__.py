"""Negative controls for the tasks of this package and for compositions of them."""
