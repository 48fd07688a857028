"""Sequences as arrays, pairs and windows."""
