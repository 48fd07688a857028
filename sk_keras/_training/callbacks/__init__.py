"""Callbacks of one fit: made fresh, kept apart, told when to stop."""
