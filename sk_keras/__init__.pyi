from . import data as data
from . import inspection as inspection
from . import models as models
from . import preprocessing as preprocessing
from ._estimators.autoencoder.autoencoder import KerasAutoencoder as KerasAutoencoder
from ._estimators.autoencoder.detector import (
    KerasAutoencoderDetector as KerasAutoencoderDetector,
)
from ._estimators.classifier import KerasClassifier as KerasClassifier
from ._estimators.clear_cache import clear_cache as clear_cache
from ._estimators.features.extractor import (
    KerasFeatureExtractor as KerasFeatureExtractor,
)
from ._estimators.regressor import KerasRegressor as KerasRegressor

__version__: str
