"""`KerasAutoencoder`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils._param_validation import Interval

from sk_keras._estimators.autoencoder.builder import (
    penalises_codes,
    resolve_autoencoder,
)
from sk_keras._estimators.autoencoder.codes import CodesMixin
from sk_keras._estimators.autoencoder.target import Reconstruction, reconstruction
from sk_keras._estimators.base.call import FitCall
from sk_keras._estimators.base.fitting import BaseKerasEstimator
from sk_keras._estimators.inputs.check_x import check_X
from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.inputs.stream import is_stream
from sk_keras._estimators.inputs.weights import check_weight
from sk_keras._estimators.parameters.constraints import PARAMETERS
from sk_keras._shared.set_module import set_module
from sk_keras._shared.warn import warn

MSG_PAIRS = (
    "y has the shape of X, other values, and is ignored: an autoencoder learns to put "
    "out X itself. To learn to clean X of noise, fit it to clean samples with noise=, "
    "the standard deviation of the noise to add."
)
MSG_WIDE = (
    "The code has {n_codes} numbers, and a sample of X has {n_features}: the "
    "autoencoder can copy X without learning anything about it. Lower encoding_dim, or "
    "give noise= or a penalty on the code ('sparse', 'variational')."
)

#: Parameters of the other estimators that it has not.
_NOT_TAKEN = ("augmenter", "input_columns")


@set_module("sk_keras")
class KerasAutoencoder(CodesMixin, BaseKerasEstimator):
    """Autoencoder as a transformer.

    An encoder turns samples into a few numbers, their codes, and a decoder turns
    codes back into samples; both are trained together to put out what went in.
    Codes are features for other estimators, and the error of the reconstruction
    tells how unusual a sample is.

    Parameters
    ----------
    model : str or callable, default="dense"
        A ready autoencoder of `sk_keras.models.autoencoders`: "dense", "sparse",
        "deep", "conv" (images), "sequence" or "variational"; or a function that
        builds one and returns ``(encoder, decoder)``, two of `keras.Model`. None is
        the ``__call__`` of a subclass, else "dense".
    encoding_dim : int or None, default=32
        Number of codes. None is for "conv" alone: the last, small image as it is.
    noise : float, default=0.0
        Standard deviation of Gaussian noise that is added to the input, in training
        only, and clipped to the range of the data; the target is X without it. It
        makes any autoencoder a denoising one.
    optimizer : str, keras.optimizers.Optimizer, class or dict, default="adam"
        Made anew for every fit; ``optimizer__learning_rate`` and the like are
        routed to it.
    loss : str, callable, keras.losses.Loss, class, list or dict, default=None
        None is the binary cross-entropy for data between 0 and 1 where the decoder
        ends in a sigmoid, as the ready ones do for such data; otherwise the mean
        squared error.
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
    trainable : str, list of str, callable or None, default=None
        Which layers are trained: those whose name matches a shell pattern
        ("decoder/*"), or one of several, or for which a function of a layer gives
        True; all others are frozen. None leaves the layers as the builder has set
        them.
    warm_start : bool, default=False
        Whether ``fit`` goes on with the model of the last fit.
    random_state : int, RandomState instance or None, default=None
        Seeds initial weights, noise, dropout and the order of rows, and leaves the
        global generators as they were.
    run_eagerly : bool, default=False
        As in `keras.Model.compile`.
    engine : {"auto", "keras"}, default="auto"
        "auto" runs whole epochs in one graph where that means the same as
        `keras.Model.fit`; "keras" always calls `keras.Model.fit`.
    custom_objects : dict, default=None
        Classes and functions by the names that configs call them.
    verbose : {0, 1, 2} or bool, default=0
        Keras' progress: none, a bar, a line for each epoch.
    **routed : dict
        Arguments of the builder (``hidden_layer_sizes`` or
        ``model__hidden_layer_sizes``) and names routed by ``compile__``,
        ``optimizer__``, ``loss__``, ``metrics__``, ``callbacks__``, ``fit__`` and
        ``predict__``.

    Attributes
    ----------
    model_ : keras.Model
        The trained model, ``decoder_(encoder_(X))``.
    encoder_, decoder_ : keras.Model
        Its parts.
    history_ : dict of str to list of float
        Loss and metrics of every epoch. The loss holds the penalties on the code.
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
    code_shape_ : tuple of int
        What the encoder gives for a sample. `transform` makes it flat.
    X_range_ : tuple of float
        The least and the greatest value seen in fit; of a stream, in its first
        batch.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has string column names.

    See Also
    --------
    KerasAutoencoderDetector : Outliers by their reconstruction errors.
    sklearn.decomposition.PCA : The linear way to reduce dimensions.

    Notes
    -----
    Features should be of one scale: those that vary most dominate the loss. Scale
    them before, by `sklearn.preprocessing.MinMaxScaler` or `StandardScaler`.

    Sample weights are scaled to a mean of 1 in ``fit``; rows of weight 0 are left
    out. Penalties on the code are not weighted.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_keras import KerasAutoencoder
    >>> X = load_digits().data / 16
    >>> autoencoder = KerasAutoencoder(encoding_dim=16, epochs=5, random_state=0)
    >>> codes = autoencoder.fit_transform(X)
    >>> codes.shape, autoencoder.inverse_transform(codes).shape
    ((1797, 16), (1797, 64))
    """

    _numeric_target = True
    _needs_targets = False
    _targets: Reconstruction

    #: X is one array, and what changes it in training is ``noise``.
    input_columns = None
    augmenter = None

    _parameter_constraints: dict[str, list[Any]] = {
        **{k: v for k, v in PARAMETERS.items() if k not in _NOT_TAKEN},
        "encoding_dim": [Interval(Integral, 1, None, closed="left"), None],
        "noise": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        model: Any = "dense",
        *,
        encoding_dim: int | None = 32,
        noise: float = 0.0,
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
        trainable: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        run_eagerly: bool = False,
        engine: str = "auto",
        custom_objects: dict[str, Any] | None = None,
        verbose: Any = 0,
        **routed: Any,
    ) -> None:
        self.model = model
        self.encoding_dim = encoding_dim
        self.noise = noise
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
        self.trainable = trainable
        self.warm_start = warm_start
        self.random_state = random_state
        self.run_eagerly = run_eagerly
        self.engine = engine
        self.custom_objects = custom_objects
        self.verbose = verbose
        self._store_routed(routed)

    # --- fit ---------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        sample_weight_val: Any = None,
        validation_data: Any = None,
        groups: Any = None,
        **fit_params: Any,
    ) -> KerasAutoencoder:
        """Learn to put out X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features) or \
(n_samples, ...), or a stream
            Numbers. Sparse rows are made dense a batch at a time. Of a stream
            (generator, `keras.utils.PyDataset`, `tf.data.Dataset`) each batch is X,
            or a tuple (X, y) or (X, y, sample_weight) whose y is ignored.
        y : object, default=None
            Ignored; pipelines hand it to every step.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative.
        X_val : array-like, default=None
            Validation set; ``Pipeline(transform_input=["X_val"])`` can
            transform it.
        sample_weight_val : array-like, default=None
            Its weights.
        validation_data : array-like, tuple (X, y) or (X, y, sample_weight), or a \
stream, default=None
            The validation set in Keras' form; y is ignored.
        groups : array-like of shape (n_samples,), default=None
            For a ``validation_split`` that is a splitter.
        **fit_params : dict
            Arguments of `keras.Model.fit` for this call: ``epochs``,
            ``batch_size``, ``verbose``, ``callbacks`` ...

        Returns
        -------
        self : KerasAutoencoder

        Raises
        ------
        ValueError
            If data, model and loss do not fit each other, or a validation set is
            given twice.
        TypeError
            If the builder does not return two models, or an argument is unknown.
        """
        _warn_of_pairs(X, y)
        if X_val is None and sample_weight_val is not None:
            raise ValueError("sample_weight_val was given without X_val.")
        y_val = None if X_val is None or is_stream(X_val) else X_val
        alone = validation_data is not None and not is_stream(validation_data)
        if alone and not isinstance(validation_data, tuple | list):
            validation_data = (validation_data, None)
        validation = (X_val, y_val, sample_weight_val, validation_data)
        call = FitCall(X, None, sample_weight, validation, fit_params, groups=groups)
        return self._fit(call)

    def partial_fit(
        self, X: Any, y: Any = None, sample_weight: Any = None
    ) -> KerasAutoencoder:
        """Train one epoch more.

        Parameters
        ----------
        X : array-like, sparse matrix or stream
            As in `fit`.
        y : object, default=None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Taken as they are: they count from one call to the next.

        Returns
        -------
        self : KerasAutoencoder
            ``history_`` goes on, and ``n_iter_`` counts all epochs.
        """
        _warn_of_pairs(X, y)
        return self._fit(FitCall(X, None, sample_weight, one_more=True))

    def initialize(self, X: Any, y: Any = None) -> KerasAutoencoder:
        """Build the model for the data without training it.

        Parameters
        ----------
        X : array-like or sparse matrix
            As in `fit`.
        y : object, default=None
            Ignored.

        Returns
        -------
        self : KerasAutoencoder
        """
        return self._follow(FitCall(X, trains=False))

    # --- looking -----------------------------------------------------------

    def summary(self, **kwargs: Any) -> None:
        """Print the fitted model's layers, those of both parts.

        Parameters
        ----------
        **kwargs : dict
            Passed to `keras.Model.summary`.
        """
        super().summary(**{"expand_nested": True, **kwargs})

    # --- what the base asks for ----------------------------------------------

    def _resolve(self, model: Any, build_fn: Any) -> Callable[..., Any]:
        return resolve_autoencoder(model, self._own_builder())

    def _checked(
        self, X: Any, y: Any, weight: Any, *, reset: bool, batch: bool = False
    ) -> CheckedRows:
        """Check X, which is its own target."""
        X = check_X(self, X, reset=reset)
        if isinstance(X, dict | list) or None in X.shape:
            forms = {"dict": "a dict of arrays", "list": "a list of arrays"}
            raise ValueError(
                f"{type(self).__name__} takes X as one array, and got "
                f"{forms.get(self._input_form, 'sequences of unequal length')}. Put "
                "several inputs side by side, and pad sequences to one length."
            )
        return CheckedRows(X, X, check_weight(weight, X, zeros=batch))

    def _make_targets(self, checked: CheckedRows, classes: Any) -> Reconstruction:
        return reconstruction(checked.X)

    def _class_weights(self, first: CheckedRows, call: Mapping[str, Any]) -> None:
        if call.get("class_weight") is not None:
            raise TypeError(
                "An autoencoder has no classes; give sample_weight in place of "
                "class_weight."
            )

    def _weighted(self, checked: CheckedRows, by_class: None) -> CheckedRows:
        """Return rows as they are, or refuse what the loss cannot take."""
        self._targets.check_range(checked.X)
        return checked

    def _check_model(self, checked: CheckedRows) -> None:
        n_codes, n_features = self._n_features_out, prod(checked.X.shape[1:])
        if n_codes > n_features and not self.noise:
            if not penalises_codes(self.encoder_):
                text = MSG_WIDE.format(n_codes=n_codes, n_features=n_features)
                warn(text)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _warn_of_pairs(X: Any, y: Any) -> None:
    """Warn of pairs of noisy and clean samples, which Keras would train on."""
    shape = getattr(y, "shape", ())
    if y is X or len(shape) < 2 or shape != getattr(X, "shape", None):
        return
    pair = [part.toarray() if sparse.issparse(part) else part for part in (X, y)]
    if not np.array_equal(*pair):
        warn(MSG_PAIRS)
