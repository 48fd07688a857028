"""Features: what a layer of a model puts out."""
