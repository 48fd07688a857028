"""Targets: labels and values coded for a loss, and predictions decoded."""
