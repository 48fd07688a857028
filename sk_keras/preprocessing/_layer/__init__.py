"""Preprocessing layers of Keras as transformers."""
