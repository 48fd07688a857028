"""Keras models as real scikit-learn estimators.

The public names load on first use, so that ``import sk_keras`` costs what
scikit-learn costs: TensorFlow is imported by the first fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras._autoencoder import KerasAutoencoder as KerasAutoencoder
    from sk_keras._classifier import KerasClassifier as KerasClassifier
    from sk_keras._detector import KerasAutoencoderDetector as KerasAutoencoderDetector
    from sk_keras._extractor import KerasFeatureExtractor as KerasFeatureExtractor
    from sk_keras._regressor import KerasRegressor as KerasRegressor
    from sk_keras.training.programs import clear_cache as clear_cache

__version__ = "0.1.0"

_HOME = {
    "KerasAutoencoder": "sk_keras._autoencoder",
    "KerasAutoencoderDetector": "sk_keras._detector",
    "KerasClassifier": "sk_keras._classifier",
    "KerasFeatureExtractor": "sk_keras._extractor",
    "KerasRegressor": "sk_keras._regressor",
    "clear_cache": "sk_keras.training.programs",
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
