"""Parameters: the estimator's own, the builder's arguments, routed names."""
