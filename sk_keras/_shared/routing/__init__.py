"""Names of parameters, and who takes them."""
