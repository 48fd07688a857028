"""Estimators: everything that knows scikit-learn, in the order of a fit's steps."""
