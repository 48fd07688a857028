"""Keras models as real scikit-learn estimators.

The public names load on first use, so that ``import sk_keras`` costs what
scikit-learn costs: TensorFlow is imported by the first fit.
"""

from __future__ import annotations

from lazy_loader import attach_stub

from sk_keras._shared.version import __version__ as __version__

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
