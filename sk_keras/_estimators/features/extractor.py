"""Features from a layer of a trained Keras model."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _clone_parametrized,
)
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
)
from sklearn.utils.validation import check_is_fitted

from sk_keras._estimators.base.clones import clone_estimator
from sk_keras._estimators.base.fitting import BaseKerasEstimator
from sk_keras._estimators.base.pickling import ModelStateMixin
from sk_keras._estimators.features.feature_model import (
    KeptModel,
    feature_model,
    known_width,
    side_by_side,
)
from sk_keras._estimators.features.source import (
    check_source,
    name_of,
    part_of,
    rows_of_list,
    unfrozen,
)
from sk_keras._estimators.inputs.check_x import check_X
from sk_keras._estimators.inputs.texts import MSG_TEXT, are_texts
from sk_keras._estimators.model.input_plan import plan_inputs
from sk_keras._shared.arrays.parts import n_rows, parts_of, pick, shapes
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.attributes import forget, shallow_copy
from sk_keras._shared.one_state import changes_state, reads_state
from sk_keras._shared.set_module import set_module

MSG_WIDTH = (
    "The output of the layer has no fixed size ({shapes}): sequences of unequal length "
    "would get features of unequal number. Set pooling='avg' or 'max', or take another "
    "layer."
)


@set_module("sk_keras")
class KerasFeatureExtractor(
    ModelStateMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """Features from a layer of a trained Keras model.

    The model is not trained. What it computes at a layer is handed to the next step
    of a pipeline as a table, with a row for each sample.

    Parameters
    ----------
    model : str, keras.Model or fitted estimator
        Which model computes the features:

        - the name of a model in `keras.applications`, such as ``"MobileNetV2"``. It
          is used without its classification layers, on color images of any size
          that it takes, X of shape ``(n_samples, height, width, 3)``;
        - a `keras.Model`, which is copied with its weights;
        - a fitted `KerasClassifier` or `KerasRegressor`, also in a
          `sklearn.frozen.FrozenEstimator`.
    layer : str, int or None, default=None
        The layer whose output is taken:

        - None: the output of an application or of a `keras.Model`; of an estimator,
          what goes into its output layer, the last one with weights;
        - a name, ``"block4_pool"``, or for layers of a model inside the model a path,
          ``"base/block4_pool"``;
        - a shell pattern, ``"block?_pool"``: the outputs of all layers that match,
          side by side in the order of the model;
        - an index into the model's list of layers; negative ones count from the end.

        Names that Keras makes up for layers without one (``"conv2d_3"``) are refused
        for applications and estimators: they differ from process to process.
    weights : "imagenet", None or path, default="imagenet"
        Of an application: those that were learned on ImageNet, which Keras
        downloads once; None for random weights, always the same; or a file with
        weights, for the application without its classification layers. For other
        models, which have theirs, it must be left out.
    pooling : {"avg", "max"} or None, default=None
        What to do with the axes between the rows and the channels, as images and
        sequences have them: take the mean or the maximum of each channel, or keep
        all values. Whatever is left is flattened.
    preprocess : bool, default=True
        Whether an application gets X through its own ``preprocess_input``, which
        expects pixels from 0 to 255. Not used for other models.
    batch_size : int, default=32
        Samples that go through the model at a time; -1 for all.

    Attributes
    ----------
    model_ : keras.Model
        Computes the features, not flattened yet.
    n_features_in_ : int
        Length of the second axis of X, for images their height.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X had any.

    See Also
    --------
    KerasClassifier : Trains models; ``trainable`` is for fine-tuning.

    Notes
    -----
    Features are float32. Those of rows that have been transformed before are not
    computed again in a process, for models large enough for that to pay: up to 128
    megabytes of them are kept, until `clear_cache`. A ``Pipeline`` with ``memory=``
    keeps those of the training data on disk.

    A pickle holds the weights, so that it can be loaded where there is no network.

    Examples
    --------
    >>> import keras
    >>> import numpy as np
    >>> from sk_keras import KerasFeatureExtractor
    >>> model = keras.Sequential(
    ...     [
    ...         keras.layers.Input((8, 8, 1)),
    ...         keras.layers.Conv2D(4, 3, name="conv"),
    ...         keras.layers.Flatten(),
    ...         keras.layers.Dense(10),
    ...     ]
    ... )
    >>> images = np.zeros((5, 8, 8, 1))
    >>> extractor = KerasFeatureExtractor(model, layer="conv", pooling="avg")
    >>> extractor.fit_transform(images).shape
    (5, 4)
    """

    _parameter_constraints: dict[str, Any] = {
        "model": "no_validation",
        "layer": [str, Integral, None],
        "weights": [str, HasMethods("__fspath__"), None],
        "pooling": [StrOptions({"avg", "max"}), None],
        "preprocess": ["boolean"],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            Options(Integral, {-1}),
        ],
    }

    def __init__(
        self,
        model: Any,
        *,
        layer: str | int | None = None,
        weights: Any = "imagenet",
        pooling: str | None = None,
        preprocess: bool = True,
        batch_size: int = 32,
    ) -> None:
        self.model = model
        self.layer = layer
        self.weights = weights
        self.pooling = pooling
        self.preprocess = preprocess
        self.batch_size = batch_size

    @changes_state
    def fit(self, X: Any, y: Any = None) -> KerasFeatureExtractor:
        """Check X, and make the model that computes the features.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Images, or whatever the model takes: also a dict or list of arrays for
            several inputs, a sparse matrix or sequences of unequal length. For an
            application, of shape (n_samples, height, width, 3).
        y : None
            Not used.

        Returns
        -------
        self : KerasFeatureExtractor

        Raises
        ------
        ValueError
            If there is no such model, layer or file, or X does not fit the model.
        TypeError
            If ``model`` is of another kind, or its layers cannot be reached.
        NotFittedError
            If ``model`` is an estimator that is not fitted.
        OSError
            If weights cannot be downloaded. The message says which file to put
            where.
        """
        from sk_keras._estimators.features.kept_rows import rows_key

        forget(self, ["_kept"])  # a fit that fails leaves nothing behind
        self._validate_params()
        check_source(self.model, self.layer, self.weights)
        source = unfrozen(self.model)
        if isinstance(source, BaseKerasEstimator):
            check_X(source, X, reset=False)  # names and order of columns above all
        X = check_X(self, X, reset=True, n_samples=rows_of_list(self.model, X))
        if isinstance(self.model, str) and are_texts(X):
            raise ValueError(MSG_TEXT.format(what="X", found=X.ravel()[0][:40]))
        part, prepare = part_of(
            self.model, self.layer, self.weights, self.preprocess, X
        )
        model = feature_model(part, X, prepare, self.pooling)
        self.X_shape_ = shapes(X)
        self._inputs = plan_inputs(model, X, name_of(self.model))
        self._kept = KeptModel(model)
        self._rows_key = rows_key(model, X)
        self._may_change = False
        self._n_features_out = self._width(X)
        return self

    @reads_state
    def transform(self, X: Any) -> np.ndarray:
        """Compute features.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            As in fit.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out)
        """
        check_is_fitted(self)
        X = check_X(self, X, reset=False)
        if self._rows_key is None or not isinstance(X, np.ndarray):
            return self._computed(X)
        from sk_keras._estimators.features.kept_rows import rows_key, with_kept_rows

        key = rows_key(self._kept.model, X) if self._may_change else self._rows_key
        if key is None:
            return self._computed(X)
        return with_kept_rows(X, key, self._computed)

    @property
    def model_(self) -> Any:
        """The `keras.Model` that computes the features, not flattened yet."""
        check_is_fitted(self)
        self._may_change = True  # whoever has the model can set its weights
        return self._kept.model

    @property
    def input_columns(self) -> Mapping[str, Any] | None:
        """The columns of a table that go to each input, as an estimator has them."""
        return getattr(unfrozen(self.model), "input_columns", None)

    # --- features ----------------------------------------------------------

    def _computed(self, X: Any) -> np.ndarray:
        """Run the model over checked rows."""
        from sk_keras._training.prediction import predict

        size = n_rows(X) if self.batch_size == -1 else self.batch_size
        outputs = predict(self._kept.model, self._inputs.arrange(X), size, {})
        return side_by_side(parts_of(outputs))

    def _width(self, X: Any) -> int:
        """Count the features of a row."""
        outputs = self._kept.model.outputs
        width = known_width(outputs)
        if width is not None:
            return width
        if any(isinstance(part, Ragged) for part in parts_of(X)):
            found = ", ".join(str(tuple(tensor.shape)) for tensor in outputs)
            raise ValueError(MSG_WIDTH.format(shapes=found))
        return int(self._computed(pick(X, slice(0, 1))).shape[1])

    # --- scikit-learn ------------------------------------------------------

    def __sklearn_is_fitted__(self) -> bool:
        return "_kept" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def __sklearn_clone__(self) -> Any:
        fitted = isinstance(self.model, BaseKerasEstimator) and hasattr(
            self.model, "model_"
        )
        if not fitted:
            return clone_estimator(self)
        # scikit-learn would clone the estimator as well, which is then not fitted.
        twin = shallow_copy(self, model=FrozenEstimator(self.model))
        cloned = _clone_parametrized(twin)
        cloned.model = copy.deepcopy(self.model)
        return cloned

    def __copy__(self) -> Any:
        if "_kept" in vars(self):
            self._may_change = True  # the copy has the same model
        return super().__copy__()
