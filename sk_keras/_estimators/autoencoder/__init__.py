"""Autoencoders: models whose target is X itself."""
