"""How much work each case is. Every contender gets the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Adam of Keras, scikit-learn and PyTorch differ in this default alone.
ADAM_EPSILON = 1e-7
LEARNING_RATE = 1e-3
SEED = 0

#: How images are augmented, in the words of Keras' ImageDataGenerator and sk_keras.
AUGMENTING: Mapping[str, Any] = {
    "rotation_range": 20,
    "width_shift_range": 0.2,
    "height_shift_range": 0.2,
    "shear_range": 11.5,
    "zoom_range": 0.15,
    "horizontal_flip": True,
}


@dataclass(frozen=True)
class Settings:
    """Sizes of the cases.

    Parameters
    ----------
    mnist : str or None, default=None
        An ``mnist.npz`` with ``x_train`` and ``y_train``.
    """

    mnist: str | None = None
    #: Seconds after which a measure is given up.
    limit: int = 1200

    grid_widths: tuple[int, ...] = (16, 64)
    grid_epochs: tuple[int, ...] = (10, 20)
    grid_batch_sizes: tuple[int, ...] = (16, 32, 64)

    small_rows: int = 1000
    small_features: int = 20
    small_width: int = 32
    small_epochs: int = 10
    small_batch_size: int = 32
    #: Fits in a round, of which the median counts.
    small_repeats: int = 5

    mlp_rows: int = 20_000
    cnn_rows: int = 5000
    lstm_rows: int = 5000
    image_epochs: int = 2
    image_more_epochs: int = 3
    image_batch_size: int = 128

    augmented_rows: int = 5000
    #: Height and width of the images, in pixels.
    augmented_size: int = 64
    augmented_epochs: int = 2
    augmented_batch_size: int = 32

    predict_rows: int = 10_000
    one_row_calls: int = 200
    many_rows_calls: int = 5

    #: Networks of one to three hidden layers, of widths between these.
    architectures: int = 200
    architecture_widths: tuple[int, ...] = (8, 128)
    architecture_rows: int = 1500
    architecture_epochs: int = 5

    #: Fits of networks that have not been met before.
    new_networks: int = 8
    new_rows: int = 640
    new_epochs: int = 2

    #: Sizes whose times stand side by side.
    growth_rows: tuple[int, ...] = (1000, 10_000, 100_000, 1_000_000)
    growth_columns: tuple[int, ...] = (10, 100, 1000, 5000)
    growth_rows_of_columns: int = 2000
    growth_candidates: tuple[int, ...] = (1, 10, 50, 200)
    growth_batch_size: int = 128

    memory_fits: int = 200
    memory_fits_of_others: int = 40
    memory_searches: int = 50
    memory_widths: tuple[int, ...] = (8, 16, 32, 64)
    memory_folds: int = 3

    text_rows: int = 5000
    #: Words of a text.
    text_length: int = 200
    text_vocabulary: int = 30_000
    text_num_words: int = 5000
    #: Times in a round, of which the median counts.
    text_repeats: int = 3

    sequence_rows: int = 5000
    #: Indices of the shortest and the longest sequence.
    sequence_lengths: tuple[int, ...] = (100, 300)
    sequence_words: int = 50_000
    sequence_vocabulary: int = 10_000
    #: Times in a round, of which the median counts.
    sequence_repeats: int = 5

    threads_rows: int = 10_000
    threads_features: int = 64
    threads_width: int = 256
    threads_learning_rates: tuple[float, ...] = (1e-3, 3e-4, 1e-4)
    threads_folds: int = 2
    threads_epochs: int = 3


def quick_settings(mnist: str | None = None) -> Settings:
    """Return sizes that show that everything runs, and nothing else."""
    return Settings(
        mnist=mnist,
        limit=120,
        grid_widths=(4, 8),
        grid_epochs=(1,),
        grid_batch_sizes=(64,),
        small_rows=96,
        small_epochs=2,
        small_repeats=2,
        mlp_rows=256,
        cnn_rows=256,
        lstm_rows=256,
        image_epochs=1,
        augmented_rows=64,
        augmented_size=16,
        augmented_epochs=1,
        predict_rows=200,
        one_row_calls=5,
        many_rows_calls=2,
        architectures=4,
        architecture_rows=96,
        architecture_epochs=1,
        new_networks=2,
        new_rows=64,
        growth_rows=(200, 400),
        growth_columns=(10, 20),
        growth_rows_of_columns=200,
        growth_candidates=(1, 2),
        memory_fits=10,
        memory_fits_of_others=4,
        memory_searches=2,
        memory_widths=(8, 16),
        memory_folds=1,
        text_rows=40,
        text_length=20,
        text_repeats=1,
        sequence_rows=40,
        sequence_words=500,
        sequence_repeats=1,
        threads_rows=256,
        threads_width=16,
        threads_learning_rates=(1e-3, 1e-4),
        threads_epochs=1,
    )


def to_json(settings: Settings) -> dict[str, Any]:
    """Return settings as plain values."""
    return asdict(settings)


def from_json(values: Mapping[str, Any]) -> Settings:
    """Make settings of plain values, in which tuples have become lists."""
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
    }
    return Settings(**fields)
