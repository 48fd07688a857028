"""`KerasClassifier`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import check_consistent_length
from sklearn.utils._param_validation import StrOptions

from sk_keras._estimators.base.call import FitCall
from sk_keras._estimators.base.fitting import BaseKerasEstimator
from sk_keras._estimators.base.masks import masks_of_checked, output_masks
from sk_keras._estimators.base.predict import raw_predictions, to_score
from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.targets.base import Targets
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.element_codecs import ElementCodec
from sk_keras._estimators.targets.makers import label_targets
from sk_keras._estimators.targets.ragged_targets import row_means
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.one_state import reads_state
from sk_keras._shared.set_module import set_module


@set_module("sk_keras")
class KerasClassifier(ClassifierMixin, BaseKerasEstimator):
    """Classifier around a Keras model.

    Any function that builds a `keras.Model` becomes a scikit-learn classifier.
    The builder's own arguments are parameters of the estimator, so that
    ``KerasClassifier(build, hidden=32)`` can be searched over ``hidden``.

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
        None picks the loss from the target and the model's last activation.
        "contrastive" is for distances between pairs.
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
        A fraction (shuffled and stratified), or a splitter whose first split
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
    class_weight : dict or "balanced", default=None
        By the original labels; multiplied with ``sample_weight``.
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
    classes_ : ndarray of shape (n_classes,)
        The labels; a list for several label columns, a dict for a dict of
        targets.
    n_classes_ : int
        Their number; a list or dict likewise.
    history_ : dict of str to list of float
        Loss and metrics of every epoch. With ``sample_weight`` or
        ``class_weight`` the loss is the weighted mean.
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
    target_type_ : str
        Kind of the target, as `sklearn.utils.multiclass.type_of_target`, or
        "multiclass-onehot", "elementwise".
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has string column names.

    See Also
    --------
    KerasRegressor : The same for real values.
    sk_keras.models : Ready builders.

    Notes
    -----
    Sample weights are scaled to a mean of 1 in ``fit``, so that only their
    proportions count; rows of weight 0 are left out.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import cross_val_score
    >>> from sk_keras import KerasClassifier
    >>> def build(n_features_in, n_classes, hidden=16):
    ...     import keras
    ...     return keras.Sequential([
    ...         keras.layers.Input((n_features_in,)),
    ...         keras.layers.Dense(hidden, activation="relu"),
    ...         keras.layers.Dense(n_classes, activation="softmax"),
    ...     ])
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = KerasClassifier(
    ...     build, hidden=8, epochs=30, optimizer__learning_rate=0.02, random_state=0
    ... )
    >>> clf.fit(X, y).score(X, y) > 0.8
    True
    >>> clf.set_params(hiden=4)
    Traceback (most recent call last):
        ...
    sklearn.utils._param_validation.InvalidParameterError: Invalid parameter 'hiden' \
for estimator KerasClassifier. Did you mean 'hidden'? ...
    """

    _parameter_constraints = {
        **BaseKerasEstimator._parameter_constraints,
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
    }
    _numeric_target = False

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
        class_weight: Any = None,
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
        self.class_weight = class_weight
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
        classes: Any = None,
        groups: Any = None,
        **fit_params: Any,
    ) -> KerasClassifier:
        """Fit the model to labelled data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features) or \
(n_samples, ...)
            Sparse rows are made dense a batch at a time.
        y : array-like of shape (n_samples,), (n_samples, n_outputs) or \
(n_samples, ...), or dict of them
            Labels of any type; 0/1 columns for several labels at once; a list of
            sequences for a label at each step of sequences of unequal length.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative.
        X_val, y_val : array-like, default=None
            Validation set; ``Pipeline(transform_input=["X_val"])`` can
            transform it.
        sample_weight_val : array-like, default=None
            Its weights.
        validation_data : tuple (X, y) or (X, y, sample_weight), default=None
            The validation set in Keras' form, or a stream of batches.
        classes : array-like of shape (n_classes,), or dict of them, default=None
            All labels, where X is a stream or ``y`` lacks some.
        groups : array-like of shape (n_samples,), default=None
            For a ``validation_split`` that is a splitter.
        **fit_params : dict
            Arguments of `keras.Model.fit` for this call: ``epochs``,
            ``batch_size``, ``verbose``, ``callbacks`` ...

        Returns
        -------
        self : KerasClassifier

        Raises
        ------
        ValueError
            If data, target, model and loss do not fit each other, or a
            validation set is given twice.
        TypeError
            If the builder returns no model, or an argument is unknown.
        """
        validation = (X_val, y_val, sample_weight_val, validation_data)
        call = FitCall(X, y, sample_weight, validation, fit_params, classes, groups)
        return self._fit(call)

    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None
    ) -> KerasClassifier:
        """Train one epoch more.

        Parameters
        ----------
        X, y : array-like
            As in `fit`.
        classes : array-like of shape (n_classes,), default=None
            All labels; wanted in the first call if ``y`` lacks some.
        sample_weight : array-like of shape (n_samples,), default=None
            Taken as they are: they count from one call to the next.

        Returns
        -------
        self : KerasClassifier
            ``history_`` goes on, and ``n_iter_`` counts all epochs.
        """
        call = FitCall(X, y, sample_weight, classes=classes, one_more=True)
        return self._fit(call)

    def initialize(self, X: Any, y: Any) -> KerasClassifier:
        """Build the model for the data without training it.

        Parameters
        ----------
        X, y : array-like
            As in `fit`.

        Returns
        -------
        self : KerasClassifier
        """
        return self._follow(FitCall(X, y, trains=False))

    @reads_state
    def predict(self, X: Any, **predict_params: Any) -> Any:
        """Predict labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...)
        **predict_params : dict
            Arguments of `keras.Model.predict` for this call.

        Returns
        -------
        y : array of the form and label type that ``y`` had in fit

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        raw = raw_predictions(self, X, predict_params)
        return self._targets.decode(raw)

    @reads_state
    def predict_proba(self, X: Any, **predict_params: Any) -> Any:
        """Predict the probability of every class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...)
        **predict_params : dict
            Arguments of `keras.Model.predict` for this call.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes), float64
            In the order of ``classes_``; rows sum to 1, but for multilabel
            targets. Several label columns give a list, a dict of targets a
            dict. Margins (hinge losses) are turned into probabilities by a
            logistic function; they are in the right order, not calibrated.
        """
        raw = raw_predictions(self, X, predict_params)
        return self._targets.probabilities(raw)

    @reads_state
    def predict_log_proba(self, X: Any, **predict_params: Any) -> Any:
        """Predict the natural logarithm of the probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...)
        **predict_params : dict
            Arguments of `keras.Model.predict` for this call.

        Returns
        -------
        log_p : as `predict_proba`
        """
        p = self.predict_proba(X, **predict_params)
        with np.errstate(divide="ignore"):
            if isinstance(p, dict | ArrayDict):
                return type(p)({name: np.log(part) for name, part in p.items()})
            return [np.log(part) for part in p] if isinstance(p, list) else np.log(p)

    @reads_state
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the accuracy on labelled data.

        Parameters
        ----------
        X, y : array-like
            As in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        accuracy : float
            Share of right labels. Multilabel rows count when all their labels
            are right. For several label columns, a dict of targets, or a label
            for each element, it is the mean over them; for rows of unequal length
            the mean over rows of each row's share, without the steps that the model
            masks. Labels that fit has not seen
            are wrong, as in scikit-learn.

        Raises
        ------
        ValueError
            If y has not the form that it had in fit.
        """
        y, predicted, weight = to_score(self, X, y, sample_weight)
        bound = self._targets
        bound.check_y(y)
        parts = bound.split(y), bound.split(predicted), bound.split_weight(weight)
        elements = any(isinstance(codec, ElementCodec) for codec in bound.codecs)
        masks = output_masks(self, X) if elements else [None] * len(bound.codecs)
        each = zip(*parts, bound.codecs, masks, strict=True)
        return float(np.mean([_accuracy(*one) for one in each]))

    def _make_targets(self, checked: CheckedRows, classes: Any) -> Targets:
        container, names = checked.container, checked.names
        return label_targets(checked.y, classes, container=container, names=names)

    def _check_whole_target(self, y: Any) -> None:
        parts = y.values() if isinstance(y, dict) else [y]
        if any(part.ndim == 1 for part in parts):
            raise ValueError(
                "X comes batch by batch, so that fit does not know all labels when it "
                "begins. Give classes=[...], all labels, or a dict of them for a dict "
                "of targets."
            )

    def _class_weights(
        self, first: CheckedRows, call: Mapping[str, Any]
    ) -> list[Any] | None:
        class_weight = call.get("class_weight", self.class_weight)
        masks = None
        steps = any(isinstance(codec, ElementCodec) for codec in self._targets.codecs)
        if class_weight is not None and steps:
            masks = masks_of_checked(self, first.X)
        return self._targets.class_weights(first.y, class_weight, masks)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


def _accuracy(
    y: Any, predicted: Any, weight: Any, codec: TargetCodec, mask: Any
) -> float:
    if not isinstance(codec, ElementCodec):
        return float(accuracy_score(y, predicted, sample_weight=weight))
    check_consistent_length(y, predicted)
    if isinstance(y, Ragged) and isinstance(weight, Ragged):  # of each step
        steps = codec.right(y.values, predicted.values)
        return float(np.average(steps, weights=weight.values))
    if isinstance(y, Ragged):
        right = row_means(codec.right(y.values, predicted.values), y.lengths)
        some = y.lengths > 0
        weight = weight if weight is None else weight[some]
        return float(np.average(right[some], weights=weight))
    right = codec.right(y, predicted)
    if mask is not None and mask.shape == right.shape[:2]:
        right = right.mean(axis=tuple(range(2, right.ndim)))
        if np.ndim(weight) > 1:  # of each step
            return float(np.average(right, weights=weight * mask))
        steps = mask.sum(axis=1)
        shares = (right * mask).sum(axis=1)[steps > 0] / steps[steps > 0]
        weight = weight if weight is None else weight[steps > 0]
        return float(np.average(shares, weights=weight))
    # A row's weight is each of its elements'.
    axes = tuple(range(1 if weight is None else weight.ndim, right.ndim))
    return float(np.average(right.mean(axis=axes), weights=weight))
