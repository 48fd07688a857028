"""Keras objects: made anew, copied, packed, named, seeded."""
