"""X, y, weights and validation sets, checked."""
