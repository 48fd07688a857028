"""Text, sequences and images as scikit-learn transformers, and plain functions.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
