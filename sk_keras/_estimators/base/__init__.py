"""The story of a fit, and what all Keras estimators do."""
