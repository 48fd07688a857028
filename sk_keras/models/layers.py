"""Layers that Keras has not; importing them imports Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("sk_keras")
class Noise(keras.layers.Layer):
    """Add Gaussian noise in training, within the range of the data.

    Parameters
    ----------
    stddev : float
        Standard deviation of the noise, in the units of the data.
    low, high : float or None, default=None
        Noisy values are clipped to these; None leaves them as they are. Inputs that
        lie beyond are not cut: noise takes them no farther away.
    seed : int or None, default=None
        Where the noise begins; None draws it from Keras' own generator.
    **kwargs : dict
        Arguments of `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.models.layers import Noise
    >>> noisy = Noise(3.0, low=0.0, high=1.0, seed=0)(np.ones((1, 50)), training=True)
    >>> float(np.min(noisy)), float(np.max(noisy))
    (0.0, 1.0)
    """

    def __init__(
        self,
        stddev: float,
        low: float | None = None,
        high: float | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stddev = stddev
        self.low = low
        self.high = high
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return noisy inputs in training, and inputs otherwise."""
        if not training or not self.stddev:
            return inputs
        noise = keras.random.normal(
            ops.shape(inputs),
            stddev=self.stddev,
            dtype=inputs.dtype,
            seed=self.seed_generator,
        )
        noisy = inputs + noise
        # Later batches may have a wider range than the data that it was learned from.
        if self.low is not None:
            noisy = ops.maximum(noisy, ops.minimum(inputs, self.low))
        if self.high is not None:
            noisy = ops.minimum(noisy, ops.maximum(inputs, self.high))
        return noisy

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        own = {name: getattr(self, name) for name in ("stddev", "low", "high", "seed")}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("sk_keras")
class Sampling(keras.layers.Layer):
    """Draw the code of a variational autoencoder in training; else give its mean.

    It takes the means and the logarithms of the variances of normal distributions,
    and adds their Kullback-Leibler divergence from standard normal ones to the loss:
    summed over the code, the mean over the batch.

    Parameters
    ----------
    kl_weight : float, default=1.0
        Factor of the divergence. Losses of Keras are means over the features of a
        sample, so that the variational lower bound has 1 divided by their number.
    seed : int or None, default=None
        Where the draws begin; None draws it from Keras' own generator.
    **kwargs : dict
        Arguments of `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.models.layers import Sampling
    >>> means, log_variances = np.array([[0.0, 2.0]]), np.zeros((1, 2))
    >>> layer = Sampling()
    >>> np.array(layer([means, log_variances], training=False)).tolist()
    [[0.0, 2.0]]
    >>> [float(loss) for loss in layer.losses]
    [2.0]
    """

    def __init__(
        self, kl_weight: float = 1.0, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.kl_weight = kl_weight
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return a draw in training, and the means otherwise."""
        mean, log_variance = inputs
        # As losses are: Keras cannot add those in half precision to them.
        kind = keras.config.floatx()
        m, v = (ops.cast(part, kind) for part in (mean, log_variance))
        each = 1.0 + v - ops.square(m) - ops.exp(v)
        axes = tuple(range(1, len(mean.shape)))
        self.add_loss(self.kl_weight * ops.mean(-0.5 * ops.sum(each, axis=axes)))
        if not training:
            return mean
        drawn = keras.random.normal(
            ops.shape(mean), dtype=mean.dtype, seed=self.seed_generator
        )
        return mean + ops.exp(0.5 * log_variance) * drawn

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the means."""
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        own = {"kl_weight": self.kl_weight, "seed": self.seed}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("sk_keras")
class SparsityPenalty(keras.layers.Layer):
    """Hand values on, and add their absolute values to the loss.

    Parameters
    ----------
    l1 : float
        Factor of the absolute values: summed over a sample, the mean over the batch.
    **kwargs : dict
        Arguments of `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.models.layers import SparsityPenalty
    >>> layer = SparsityPenalty(0.5)
    >>> _ = layer(np.array([[1.0, -3.0], [0.0, 0.0]]))
    >>> [float(loss) for loss in layer.losses]
    [1.0]
    """

    def __init__(self, l1: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.l1 = l1
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        axes = tuple(range(1, len(inputs.shape)))
        values = ops.cast(inputs, keras.config.floatx())  # as losses are
        sums = ops.sum(ops.abs(values), axis=axes)
        self.add_loss(self.l1 * ops.mean(sums))
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {**super().get_config(), "l1": self.l1}


@keras.saving.register_keras_serializable("sk_keras")
class MaxOfSteps(keras.layers.Layer):
    """The largest value of each feature over the steps that are not masked.

    `keras.layers.GlobalMaxPooling1D` counts masked steps. A sequence of none has
    zeros.

    Parameters
    ----------
    **kwargs : dict
        Arguments of `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.models.layers import MaxOfSteps
    >>> steps, mask = np.array([[[-3.0], [-1.0], [0.0]]]), np.array([[1, 1, 0]])
    >>> float(MaxOfSteps()(steps, mask=mask.astype(bool))[0, 0])
    -1.0
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return an array of shape (n_samples, n_features)."""
        if mask is None:
            return ops.max(inputs, axis=1)
        counts = ops.expand_dims(mask, -1)
        largest = ops.max(ops.where(counts, inputs, -float("inf")), axis=1)
        return ops.where(ops.any(counts, axis=1), largest, 0.0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return none: there are no steps any more."""
        return None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape without that of the steps."""
        return (input_shape[0], *input_shape[2:])
