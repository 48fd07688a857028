"""Texts as words, indices and matrices."""
