"""`KerasRegressor`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import check_consistent_length

from sk_keras._estimators.base.call import FitCall
from sk_keras._estimators.base.fitting import BaseKerasEstimator
from sk_keras._estimators.base.masks import output_masks
from sk_keras._estimators.base.predict import raw_predictions, to_score
from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.targets.arrays import ColumnTargets
from sk_keras._estimators.targets.base import Targets
from sk_keras._estimators.targets.makers import value_targets
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.one_state import reads_state
from sk_keras._shared.set_module import set_module


@set_module("sk_keras")
class KerasRegressor(RegressorMixin, BaseKerasEstimator):
    """Regressor around a Keras model.

    Any function that builds a `keras.Model` becomes a scikit-learn regressor.
    The builder's own arguments are parameters of the estimator, so that
    ``KerasRegressor(build, hidden=32)`` can be searched over ``hidden``.

    Parameters
    ----------
    model : callable, class, keras.Model, str or None, default=None
        What builds the model: a function, bound method, partial, object or
        class with ``__call__``, a `keras.Model` (its weights are the start of
        every fit; it is never trained itself), or the name of a ready builder
        of `sk_keras.models`. None is the ``__call__`` of a subclass, else
        ``"mlp"``. The model may come compiled or not.
    build_fn : callable, default=None
        Older name of ``model``.
    optimizer : str, keras.optimizers.Optimizer, class or dict, default="adam"
        Made anew for every fit; ``optimizer__learning_rate`` and the like are
        routed to it.
    loss : str, callable, keras.losses.Loss, class, list or dict, default=None
        None is the mean squared error. "pinball" learns quantiles
        (``loss__quantile=[0.1, 0.5, 0.9]``). A loss of your own may want another
        output than y has columns; predictions have the output's shape then.
    metrics : list, dict or None, default=None
        As in `keras.Model.compile`.
    epochs : int or "auto", default="auto"
        Passes over the data. "auto" is scikit-learn's rule for perceptrons:
        at most 200, ended when the training loss has not fallen by 1e-4 for
        10 of them.
    batch_size : int, default=32
        Rows in a step, in training and in prediction; -1 for all rows.
    validation_batch_size : int, default=None
        None is ``batch_size``.
    shuffle : bool, default=True
        Whether each epoch draws a new order of the rows.
    validation_split : float or CV splitter, default=0.0
        A fraction (shuffled), or a splitter whose first split
        is used; of a `TimeSeriesSplit` the last, which trains on most.
    early_stopping : bool or int, default=False
        Stop when the validation loss has not improved for so many epochs
        (True: 10), and keep the best weights. A tenth of the data is used for
        validation where none is given.
    callbacks : Callback, class, list or dict, default=None
        Keras callbacks; every fit gets fresh copies. In searches,
        cross-validation and ensembles each fit writes its files into a folder
        of its own beside the path that was given. (scikit-learn's callbacks
        are set by ``set_callbacks``.)
    augmenter : ImageAugmenter or keras.layers.Layer, default=None
        Changes images at random, anew in every epoch, and in training only: an
        `sk_keras.preprocessing.ImageAugmenter`, whose parameters can be searched
        (``augmenter__rotation_range``), or a layer such as `keras.layers.RandomFlip`.
        Targets of the images' height and width are masks, which an ImageAugmenter
        moves with them.
    trainable : str, list of str, callable or None, default=None
        Which layers are trained: those whose name matches a shell pattern
        ("head*"), or one of several, or for which a function of a layer gives
        True; all others are frozen. A layer inside a model in the model also
        matches by its path ("base/block5_*") and by the name of that model.
        None leaves the layers as the builder has set them.
    warm_start : bool, default=False
        Whether ``fit`` goes on with the model of the last fit.
    random_state : int, RandomState instance or None, default=None
        Seeds initial weights, dropout and the order of rows, and leaves the
        global generators as they were.
    run_eagerly : bool, default=False
        As in `keras.Model.compile`.
    engine : {"auto", "keras"}, default="auto"
        "auto" runs whole epochs in one graph where that means the same as
        `keras.Model.fit`; "keras" always calls `keras.Model.fit`.
    custom_objects : dict, default=None
        Classes and functions by the names that configs call them.
    input_columns : dict of str to columns, default=None
        The columns of X that go to each input of the model, by the names of the
        inputs: ``{"main": ["a", "b"], "aux": ["c"]}``. Columns are names,
        positions, a slice, a mask, or a callable that gets X and returns them,
        as in `sklearn.compose.ColumnTransformer`.
    verbose : {0, 1, 2} or bool, default=0
        Keras' progress: none, a bar, a line for each epoch.
    **routed : dict
        Arguments of the builder (``hidden`` or ``model__hidden``) and names
        routed by ``compile__``, ``optimizer__``, ``loss__``, ``metrics__``,
        ``callbacks__``, ``fit__`` and ``predict__``.

    Attributes
    ----------
    model_ : keras.Model
        The trained model.
    history_ : dict of str to list of float
        Loss and metrics of every epoch. With ``sample_weight`` the loss is the
        weighted mean.
    n_iter_ : int
        Number of epochs run.
    best_epoch_ : int
        The epoch, counted from 1, with the lowest validation loss (training
        loss where there is no validation).
    engine_ : str
        How the last fit ran: "compiled", or "keras" with the reason why
        `keras.Model.fit` was needed.
    callbacks_ : dict of str to keras.callbacks.Callback
        The callbacks of the last fit, with the paths that they wrote to; not
        pickled.
    n_outputs_ : int or tuple of int
        Number of target columns; the shape of a sample's target of more axes.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has string column names.

    See Also
    --------
    KerasClassifier : The same for labels.
    sklearn.compose.TransformedTargetRegressor : Standardises targets, which
        networks learn better.

    Notes
    -----
    Sample weights are scaled to a mean of 1 in ``fit``, so that only their
    proportions count; rows of weight 0 are left out.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras import KerasRegressor
    >>> X = np.linspace(-1, 1, 200).reshape(-1, 1)
    >>> y = 0.5 * X.ravel() + 2
    >>> reg = KerasRegressor(
    ...     "mlp", epochs=60, optimizer__learning_rate=0.01, random_state=0
    ... )
    >>> reg.fit(X, y).score(X, y) > 0.9
    True
    """

    _numeric_target = True

    def __init__(
        self,
        model: Any = None,
        *,
        build_fn: Any = None,
        optimizer: Any = "adam",
        loss: Any = None,
        metrics: Any = None,
        epochs: Any = "auto",
        batch_size: Any = 32,
        validation_batch_size: Any = None,
        shuffle: bool = True,
        validation_split: Any = 0.0,
        early_stopping: Any = False,
        callbacks: Any = None,
        augmenter: Any = None,
        trainable: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        run_eagerly: bool = False,
        engine: str = "auto",
        custom_objects: dict[str, Any] | None = None,
        input_columns: dict[str, Any] | None = None,
        verbose: Any = 0,
        **routed: Any,
    ) -> None:
        self.model = model
        self.build_fn = build_fn
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_batch_size = validation_batch_size
        self.shuffle = shuffle
        self.validation_split = validation_split
        self.early_stopping = early_stopping
        self.callbacks = callbacks
        self.augmenter = augmenter
        self.trainable = trainable
        self.warm_start = warm_start
        self.random_state = random_state
        self.run_eagerly = run_eagerly
        self.engine = engine
        self.custom_objects = custom_objects
        self.input_columns = input_columns
        self.verbose = verbose
        self._store_routed(routed)

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        validation_data: Any = None,
        groups: Any = None,
        **fit_params: Any,
    ) -> KerasRegressor:
        """Fit the model to values.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features) or \
(n_samples, ...)
            Sparse rows are made dense a batch at a time.
        y : array-like of shape (n_samples,), (n_samples, n_outputs) or \
(n_samples, ...), or dict of them
            Real values.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative.
        X_val, y_val : array-like, default=None
            Validation set; ``Pipeline(transform_input=["X_val"])`` can
            transform it.
        sample_weight_val : array-like, default=None
            Its weights.
        validation_data : tuple (X, y) or (X, y, sample_weight), default=None
            The validation set in Keras' form, or a stream of batches.
        groups : array-like of shape (n_samples,), default=None
            For a ``validation_split`` that is a splitter.
        **fit_params : dict
            Arguments of `keras.Model.fit` for this call: ``epochs``,
            ``batch_size``, ``verbose``, ``callbacks`` ...

        Returns
        -------
        self : KerasRegressor

        Raises
        ------
        ValueError
            If data, target, model and loss do not fit each other, or a
            validation set is given twice.
        TypeError
            If the builder returns no model, or an argument is unknown.
        """
        validation = (X_val, y_val, sample_weight_val, validation_data)
        call = FitCall(X, y, sample_weight, validation, fit_params, groups=groups)
        return self._fit(call)

    def partial_fit(
        self, X: Any, y: Any = None, sample_weight: Any = None
    ) -> KerasRegressor:
        """Train one epoch more.

        Parameters
        ----------
        X, y : array-like
            As in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Taken as they are: they count from one call to the next.

        Returns
        -------
        self : KerasRegressor
            ``history_`` goes on, and ``n_iter_`` counts all epochs.
        """
        return self._fit(FitCall(X, y, sample_weight, one_more=True))

    def initialize(self, X: Any, y: Any) -> KerasRegressor:
        """Build the model for the data without training it.

        Parameters
        ----------
        X, y : array-like
            As in `fit`.

        Returns
        -------
        self : KerasRegressor
        """
        return self._follow(FitCall(X, y, trains=False))

    @reads_state
    def predict(self, X: Any, **predict_params: Any) -> Any:
        """Predict values.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...)
        **predict_params : dict
            Arguments of `keras.Model.predict` for this call.

        Returns
        -------
        y : array of the form that ``y`` had in fit, float64
            A dict of arrays for a dict of targets.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        raw = raw_predictions(self, X, predict_params)
        return self._targets.decode(raw)

    @reads_state
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the coefficient of determination R2.

        Parameters
        ----------
        X, y : array-like
            As in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        r2 : float
            1 is perfect, 0 as good as the mean; the mean over several columns,
            elements, or targets of a dict. For rows of unequal length, and where
            the model masks steps, it is that of all steps together that are there.
        """
        y, predicted, weight = to_score(self, X, y, sample_weight)
        self._targets.check_y(y)
        bound = self._targets
        _check_comparable(bound)
        if isinstance(bound, ColumnTargets):  # one array, however it is divided
            return float(r2_score(y, predicted, sample_weight=weight))
        parts = bound.split(y), bound.split(predicted), bound.split_weight(weight)
        steps = any(len(head.shape) > 1 for head in bound.heads)
        masks = output_masks(self, X) if steps else [None] * len(bound.heads)
        each = zip(*parts, masks, strict=True)
        return float(np.mean([_r2(*one) for one in each]))

    def _make_targets(self, checked: CheckedRows, classes: Any) -> Targets:
        container, names = checked.container, checked.names
        return value_targets(checked.y, container=container, names=names)

    def _class_weights(self, first: CheckedRows, call: Mapping[str, Any]) -> None:
        if call.get("class_weight") is not None:
            raise TypeError(
                "A regressor has no classes; give sample_weight in place of "
                "class_weight."
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.target_tags.multi_output = True
        return tags


def _check_comparable(targets: Targets) -> None:
    """Refuse predictions of another shape than y, which have no R2."""
    for plan, head in zip(targets.plans, targets.heads, strict=True):
        if plan.link in ("output", "ascending"):
            raise ValueError(
                f"score is R2, which needs one prediction for each value of y; the "
                f"{head} has another shape, as the loss wants it. Give a scorer of "
                "your own as scoring=, for instance lambda estimator, X, y: "
                "-mean_pinball_loss(y, estimator.predict(X)[:, 0], alpha=0.1)."
            )


def _r2(y: Any, predicted: Any, weight: Any, mask: Any) -> float:
    check_consistent_length(y, predicted)
    if mask is not None and mask.shape == y.shape[:2]:
        if weight is not None:
            by_step = weight if weight.ndim > 1 else weight[:, None]
            weight = np.broadcast_to(by_step, mask.shape)[mask]
        return float(r2_score(y[mask], predicted[mask], sample_weight=weight))
    if isinstance(y, Ragged):  # over the steps of all rows
        if isinstance(weight, Ragged):
            weight = weight.values
        elif weight is not None:
            weight = np.repeat(weight, y.lengths)
        return float(r2_score(y.values, predicted.values, sample_weight=weight))
    if weight is not None and weight.ndim > 1:  # each element counts for itself
        weight = np.broadcast_to(
            weight.reshape(*weight.shape, *[1] * (y.ndim - weight.ndim)), y.shape
        )
        return float(
            r2_score(y.ravel(), predicted.ravel(), sample_weight=weight.ravel())
        )
    y, predicted = (part.reshape(len(part), -1) for part in (y, predicted))
    return float(r2_score(y, predicted, sample_weight=weight))
