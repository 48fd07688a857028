"""`LayerTransformer`."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_array,
    check_is_fitted,
)

from sk_keras._shared.attributes import forget
from sk_keras._shared.keras_objects.forks import refuse_late_fork
from sk_keras._shared.one_state import changes_state, reads_state
from sk_keras._shared.routing.prefixes import routed_to
from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._layer.copies import (
    check_arguments,
    fresh_layer,
    learns,
    refuse_empty,
    refuse_untrained,
    told,
)
from sk_keras.preprocessing._layer.holder import LayerHolder
from sk_keras.preprocessing._layer.inputs import OF_TEXT, check_codes, check_layer_input
from sk_keras.preprocessing._layer.inverse import can_invert, undone
from sk_keras.preprocessing._layer.outputs import (
    as_host,
    column_names,
    fixed_width,
    joined,
)

MSG_NO_NAMES = (
    "{layer} puts out an array of shape {shape}, whose columns have no names. Only "
    "tables of a fixed width have."
)


@set_module("sk_keras.preprocessing")
class LayerTransformer(TransformerMixin, LayerHolder):
    """Make a transformer of a preprocessing layer of Keras.

    `fit` adapts a copy of the layer to X, `transform` calls it in inference mode.

    Parameters
    ----------
    layer : keras.layers.Layer or class
        `Normalization`, `Discretization`, `CategoryEncoding`, `Hashing`,
        `StringLookup`, `IntegerLookup`, `TextVectorization`, `Rescaling`, `Resizing`,
        `CenterCrop`, or any other layer with one input and one output. A layer that
        has `adapt` is adapted to X anew in each fit, unless it was made with what it
        would learn (``vocabulary=``, ``mean=``, ``bin_boundaries=``). Others are used
        as they are, with their weights. The layer itself is never changed.
    batch_size : int, default=256
        Number of rows that go through the layer at a time.
    **routed : dict
        Arguments of the layer's constructor, as ``layer__max_tokens=1000``; they take
        the place of those that the layer was made with, and can be searched over.

    Attributes
    ----------
    layer_ : keras.layers.Layer
        The copy that was adapted.
    n_features_in_ : int
        Length of the second axis of X; 1 for a list of texts.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Columns of X, where it was a DataFrame.

    See Also
    --------
    ImageStandardizer : Learns from images batch by batch.

    Notes
    -----
    X is an array of numbers with two axes or more, or text: a list, a Series or an
    array of str, or a table of it. The layer gets text with an axis of columns.

    What the layer puts out is given as an array. Sparse output is a CSR matrix if
    it has two axes, and an array otherwise; ragged output is a list of arrays. Text
    that a layer of the kind of `TextVectorization` has coded as numbers is filled up
    with zeros to the longest of a call; ``output_sequence_length`` sets a length.

    Each layer treats the columns of X as Keras does: `Normalization` each for itself,
    `Discretization` and the lookups all alike. For a vocabulary for each column put
    one for each into a `ColumnTransformer`.

    Examples
    --------
    >>> import keras
    >>> from sk_keras.preprocessing import LayerTransformer
    >>> texts = ["the cat sat", "the dog", "a cat"]
    >>> counts = LayerTransformer(keras.layers.TextVectorization(output_mode="count"))
    >>> counts.fit(texts).transform(["the cat and the dog"])
    array([[1, 2, 1, 0, 1, 0]])
    >>> counts.get_feature_names_out()
    array(['[UNK]', 'the', 'cat', 'sat', 'dog', 'a'], dtype=object)
    """

    # --- fit and transform -------------------------------------------------

    @changes_state
    def fit(self, X: Any, y: Any = None) -> LayerTransformer:
        """Adapt a copy of the layer to X.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), or list or Series of str
        y : None
            Ignored.

        Returns
        -------
        self : LayerTransformer

        Raises
        ------
        TypeError
            If `layer` is no layer, or cannot be copied.
        ValueError
            If X is not what the layer takes, or the layer has untrained weights.
        """
        forget(self, ["layer_"])
        self._validate_params()
        check_arguments(self.layer, self._routed)
        layer = fresh_layer(self.layer, routed_to(self._routed, "layer"))
        X = check_layer_input(self, X, reset=True)
        if learns(layer):
            try:
                self._called(layer.adapt, X)
            except ValueError as error:
                if isinstance(error.__cause__, AttributeError):
                    refuse_empty(layer)  # Keras misses weights of the words
                raise
            refuse_empty(layer)
        made = self._applied(layer, X[:2])
        refuse_untrained(layer, self.layer)
        self._width = fixed_width(layer, made)
        self.layer_ = layer
        return self

    @reads_state
    def transform(self, X: Any) -> Any:
        """Call the layer on X, in inference mode.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), or list or Series of str
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, ...), CSR matrix, or list of arrays
            As the layer has it.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If X is not what it was in `fit`, or the layer does not take it.
        """
        check_is_fitted(self)
        X = check_layer_input(self, X, reset=False)
        size = self.batch_size
        starts = range(0, len(X), size)
        return joined([self._applied(self.layer_, X[i : i + size]) for i in starts])

    def _applied(self, layer: Any, X: np.ndarray) -> Any:
        made = self._called(layer, X, training=False)
        return as_host(made, len(X), type(layer).__name__)

    def _called(self, call: Any, X: np.ndarray, **how: Any) -> Any:
        """Call a layer or its `adapt`; say of what it failed."""
        refuse_late_fork()
        layer = getattr(call, "__self__", call)
        X = check_codes(X, layer)
        try:
            return call(X, **how)
        except Exception as error:
            what = "text" if X.dtype == object else str(X.dtype)
            raise ValueError(
                f"{type(layer).__name__} cannot take X of shape {X.shape} and type "
                f"{what}: {told(error)}"
            ) from error

    @available_if(can_invert)
    @reads_state
    def inverse_transform(self, X: Any) -> np.ndarray:
        """Undo `transform`: of Normalization, and of lookups that give integers.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What `transform` gives.

        Returns
        -------
        ndarray of the shape of X
            Numbers, or str of a StringLookup. What was not in the vocabulary comes
            back as the layer's mark for it.

        Raises
        ------
        ValueError
            If X has other axes, or integers that are no positions in the vocabulary.
        """
        check_is_fitted(self)
        X = check_array(X, allow_nd=True)
        if X.shape[1:] != self._input[1]:
            raise ValueError(
                f"X has shape {X.shape}, but LayerTransformer is expecting "
                f"{('n_samples', *self._input[1])}, as in fit."
            )
        return undone(X, self.layer_)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns that `transform` gives.

        They are those of X for layers that give a value for each; words of the
        vocabulary for layers that count or mark them, after the name of the column
        if there is only one; else the name of the layer's class with a number.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, if it was no DataFrame.

        Returns
        -------
        ndarray of str objects

        Raises
        ------
        ValueError
            If `transform` gives no table of a fixed width.
        """
        check_is_fitted(self)
        features = _check_feature_names_in(self, input_features)
        if not isinstance(self._width, int):
            kind = type(self.layer_).__name__
            raise ValueError(MSG_NO_NAMES.format(layer=kind, shape=self._width))
        return column_names(self.layer_, features, self._width)

    def __sklearn_is_fitted__(self) -> bool:
        return "layer_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        cls = self.layer if isinstance(self.layer, type) else type(self.layer)
        text = cls.__name__ in OF_TEXT
        tags.input_tags.string = tags.input_tags.one_d_array = text
        tags.input_tags.two_d_array = tags.input_tags.three_d_array = not text
        tags.transformer_tags.preserves_dtype = []
        return tags
