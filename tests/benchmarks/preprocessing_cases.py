"""Cases of texts, sequences and images on their way into a model."""

from __future__ import annotations

from functools import partial

from tests.benchmarks import tables
from tests.benchmarks.case import Case, one, timings
from tests.benchmarks.settings import Settings


def augmented(settings: Settings) -> list[Case]:
    """Return the case of a fit with augmented images."""
    size = settings.augmented_size
    text = (
        f"{settings.augmented_rows:,} images of {size}x{size}x3 in ten classes, three "
        "convolutions (16, 32 and 32 filters) with max-pooling, a layer of 64 units, "
        f"and a softmax; epochs: {settings.augmented_epochs}, in batches of "
        f"{settings.augmented_batch_size}. Images are turned, moved, sheared, zoomed "
        "and flipped: by `KerasClassifier(augmenter=ImageAugmenter(...))`, or by "
        "`ImageDataGenerator.flow` for `keras.Model.fit`. The whole fit of a new "
        "network, in a process that has done the same before. The accuracy is that on "
        "rows held out, as they are."
    )
    visits = tuple(one(who, "augmented") for who in ("sk_keras", "Keras"))
    return [Case("Augmented images", text, visits, timings("Keras", "s"))]


def text(settings: Settings) -> list[Case]:
    """Return the cases of texts as sequences and matrices."""
    corpus = (
        f"{settings.text_rows:,} texts of {settings.text_length} words, drawn from "
        f"{settings.text_vocabulary:,} by Zipf's law. `TextTokenizer` beside "
        "`tf.keras.preprocessing.text.Tokenizer`; the median of "
        f"{settings.text_repeats} times counts for a round. The mean is that of what "
        "comes out."
    )
    limit = f"`num_words={settings.text_num_words}`"
    steps = {
        "fit": "Learning the vocabulary.",
        "sequences": f"Texts to lists of indices, {limit}.",
        "dense tf-idf": f"Texts to a tf-idf matrix, {limit}.",
        "sparse tf-idf": f"The same as a CSR matrix; Keras' is dense. {limit}.",
        "sparse tf-idf of indices": "Lists of indices to the same matrix, by "
        f"`SequencesToMatrix` and `Tokenizer.sequences_to_matrix`. {limit}.",
    }
    show = partial(tables.timings, reference="Keras", unit="ms", score="mean")
    cases = []
    for step, what in steps.items():
        visits = tuple(one(who, "text", step=step) for who in ("sk_keras", "Keras"))
        cases.append(Case(f"Texts: {step}", f"{what} {corpus}", visits, show))
    return cases


def sequences(settings: Settings) -> list[Case]:
    """Return the cases of sequences of indices: padding, and pairs of words."""
    shortest, longest = settings.sequence_lengths
    rows = (
        f"`pad_sequences` of {settings.sequence_rows:,} lists of {shortest} to "
        f"{longest} indices"
    )
    pairs = (
        f"`skipgrams` of {settings.sequence_words:,} words of "
        f"{settings.sequence_vocabulary:,}, drawn by Zipf's law: four words before and "
        "after each, and as many random pairs, shuffled"
    )
    steps = {
        "padding": f"{rows} to the longest.",
        "padding and cutting": f"{rows} to 200.",
        "skipgrams": f"{pairs}.",
        "skipgrams by frequency": f"{pairs}. Frequent words are taken less often.",
    }
    beside = (
        " Beside `tf.keras.preprocessing.sequence`; the median of "
        f"{settings.sequence_repeats} times counts for a round. The mean is that of "
        "the array, or of the labels of pairs."
    )
    show = partial(tables.timings, reference="Keras", unit="ms", score="mean")
    cases = []
    for step, what in steps.items():
        visits = tuple(
            one(who, "sequences", step=step) for who in ("sk_keras", "Keras")
        )
        cases.append(Case(f"Sequences: {step}", what + beside, visits, show))
    return cases
