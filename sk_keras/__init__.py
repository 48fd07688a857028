"""Keras models as real scikit-learn estimators.

The public names load on first use, so that ``import sk_keras`` costs what
scikit-learn costs: TensorFlow is imported by the first fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._shared.lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras._estimators.autoencoder.autoencoder import (
        KerasAutoencoder as KerasAutoencoder,
    )
    from sk_keras._estimators.autoencoder.detector import (
        KerasAutoencoderDetector as KerasAutoencoderDetector,
    )
    from sk_keras._estimators.classifier import KerasClassifier as KerasClassifier
    from sk_keras._estimators.clear_cache import clear_cache as clear_cache
    from sk_keras._estimators.features.extractor import (
        KerasFeatureExtractor as KerasFeatureExtractor,
    )
    from sk_keras._estimators.regressor import KerasRegressor as KerasRegressor

from sk_keras._shared.version import __version__ as __version__

_HOME = {
    "KerasAutoencoder": "sk_keras._estimators.autoencoder.autoencoder",
    "KerasAutoencoderDetector": "sk_keras._estimators.autoencoder.detector",
    "KerasClassifier": "sk_keras._estimators.classifier",
    "KerasFeatureExtractor": "sk_keras._estimators.features.extractor",
    "KerasRegressor": "sk_keras._estimators.regressor",
    "clear_cache": "sk_keras._estimators.clear_cache",
}

__all__ = [
    "KerasAutoencoder",
    "KerasAutoencoderDetector",
    "KerasClassifier",
    "KerasFeatureExtractor",
    "KerasRegressor",
    "clear_cache",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
