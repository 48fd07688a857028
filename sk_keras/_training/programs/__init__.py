"""Traced graphs: how they are made, run and found again."""
