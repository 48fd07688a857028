"""Public data sets of texts as sequences of integers."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sk_keras._shared.set_module import set_module
from sk_keras.data._dataset_files import (
    KERAS_FILES,
    SUBSETS,
    DataHome,
    RemoteFile,
    check_option,
    load_arrays,
    readable,
)
from sk_keras.data._word_sequences import (
    begun,
    check_numbers,
    cut_words,
    load_words,
    shuffled,
    text_bunch,
)

IMDB = RemoteFile(
    "imdb.npz",
    KERAS_FILES + "imdb.npz",
    "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
)
IMDB_WORDS = RemoteFile(
    "imdb_word_index.json", KERAS_FILES + "imdb_word_index.json"
)  # fmt: skip
REUTERS = RemoteFile(
    "reuters.npz",
    KERAS_FILES + "reuters.npz",
    "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
)
REUTERS_WORDS = RemoteFile(
    "reuters_word_index.json", KERAS_FILES + "reuters_word_index.json"
)

TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade "
    "reserves ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed "
    "alum oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber heat "
    "jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
).split()

DESCR_IMDB = """\
IMDB: 50,000 reviews of films, half of them positive. 25,000 are for training and
25,000 for tests; no film is in both. A word is the integer of its rank by frequency,
plus the offset that the loader adds.

A. Maas et al.: Learning word vectors for sentiment analysis (2011)."""
DESCR_REUTERS = """\
Reuters: 11,228 news of 1987 on 46 topics, after Reuters-21578. A word is the integer of
its rank by frequency, plus the offset that the loader adds."""


@set_module("sk_keras.data")
def fetch_imdb(
    *,
    subset: str = "train",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    as_text: bool = False,
    random_state: Any = 113,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load the IMDB reviews, positive and negative ones.

    The options, and what they do to the integers, are those of
    `keras.datasets.imdb.load_data`. A word is its rank by frequency plus
    `index_from`: the most frequent one is 4, since 0 is left for padding, 1 marks
    the start of a review, 2 stands for words that were cut out, and 3 is not used.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        25,000 reviews for training, 25,000 for tests, or the ones after the others.
    num_words : int, default=None
        Integers from this on are cut out. It counts the offset in: 1,000 keeps 996
        words. None keeps all; `load_data` cuts out the last of them.
    skip_top : int, default=0
        Integers below this are cut out. It counts the offset in, and the start.
    maxlen : int, default=None
        Reviews of so many integers or more are left out, not cut.
    start_char : int or None, default=1
        Put before each review; None puts nothing.
    oov_char : int or None, default=2
        Stands for words that are cut out; None leaves them out.
    index_from : int, default=3
        Added to the rank of each word.
    as_text : bool, default=False
        Whether the reviews are texts: their words with blanks between. Starts, and
        words that were cut out, are left out.
    random_state : int, RandomState instance or None, default=113
        Shuffles the reviews. The default gives the order of `load_data`.
    data_home : str or path, default=None
        Folder of ``imdb.npz`` and ``imdb_word_index.json``. None is that of
        `keras.datasets`, ``~/.keras/datasets``.
    download_if_missing : bool, default=True
        Whether a file that is not there is downloaded; False is an error then.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` in place of the Bunch.

    Returns
    -------
    sklearn.utils.Bunch
        data : array of shape (n_samples,), objects
            Lists of integers, or texts.
        target : array of shape (n_samples,), int64
            1 for a positive review.
        target_names : array of shape (2,)
        word_index : dict of str to int
            Words as the integers of `data`: the offset is in it, which
            `keras.datasets.imdb.get_word_index` leaves to be added.
        DESCR : str

    Raises
    ------
    OSError
        If a file is not there and cannot be downloaded; the message says where to
        put it.
    ValueError
        If a file cannot be read, nothing is left, or an argument has no such value.

    Examples
    --------
    >>> from sk_keras.data import fetch_imdb
    >>> reviews = fetch_imdb(num_words=5000, maxlen=400)  # doctest: +SKIP
    >>> reviews.word_index["the"]  # doctest: +SKIP
    4
    """
    check_option("subset", subset, SUBSETS)
    cut = (num_words, skip_top, oov_char)
    check_numbers(*cut, maxlen, start_char, index_from)
    path = IMDB.path(data_home, download_if_missing)
    rng = check_random_state(random_state)
    xs: list[Any] = []
    labels: list[np.ndarray] = []
    with readable(path, "the IMDB reviews"):
        arrays = load_arrays(path, ["x_train", "y_train", "x_test", "y_test"])
        # Both are shuffled, whatever is asked for, so that the order stays.
        parts = {
            part: shuffled(arrays[f"x_{part}"], arrays[f"y_{part}"], rng)
            for part in ("train", "test")
        }
    for part, (x, y) in parts.items():
        if subset in (part, "all"):
            x, y = begun(x, y, start_char, index_from, maxlen)
            xs.extend(x)
            labels.append(y)
    xs = [cut_words(x, *cut) for x in xs]
    target = np.concatenate(labels)
    wanted = as_text or not return_X_y
    words = load_words(IMDB_WORDS, data_home, download_if_missing) if wanted else {}
    special = (start_char, oov_char)
    names, descr = ["negative", "positive"], DESCR_IMDB
    made = text_bunch(xs, target, names, words, index_from, special, as_text, descr)
    return (made.data, made.target) if return_X_y else made


@set_module("sk_keras.data")
def fetch_reuters(
    *,
    subset: str = "train",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    as_text: bool = False,
    random_state: Any = 113,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
) -> Any:
    """Load the Reuters news, on 46 topics.

    Parameters and result are those of `fetch_imdb`, and one parameter more. The
    files are ``reuters.npz`` and ``reuters_word_index.json``.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
    num_words : int, default=None
    skip_top : int, default=0
    maxlen : int, default=None
    test_split : float, default=0.2
        Share of the news that is the test set: the last ones, after shuffling.
    start_char : int or None, default=1
    oov_char : int or None, default=2
    index_from : int, default=3
    as_text : bool, default=False
    random_state : int, RandomState instance or None, default=113
    data_home : str or path, default=None
    download_if_missing : bool, default=True
    return_X_y : bool, default=False

    Examples
    --------
    >>> from sk_keras.data import fetch_reuters
    >>> news = fetch_reuters(subset="test")  # doctest: +SKIP
    >>> len(news.target_names)  # doctest: +SKIP
    46
    """
    check_option("subset", subset, SUBSETS)
    cut = (num_words, skip_top, oov_char)
    check_numbers(*cut, maxlen, start_char, index_from)
    if not isinstance(test_split, Real) or not 0 <= test_split <= 1:
        raise ValueError(f"test_split must be between 0 and 1. Got {test_split!r}.")
    path = REUTERS.path(data_home, download_if_missing)
    rng = check_random_state(random_state)
    with readable(path, "the Reuters news"):
        arrays = load_arrays(path, ["x", "y"])
        x, y = shuffled(arrays["x"], arrays["y"], rng)
    x, y = begun(x, y, start_char, index_from, maxlen)
    end = int(len(x) * (1 - test_split))
    rows = {"train": slice(end), "test": slice(end, None), "all": slice(None)}[subset]
    xs = [cut_words(each, *cut) for each in x[rows]]
    wanted = as_text or not return_X_y
    words = load_words(REUTERS_WORDS, data_home, download_if_missing) if wanted else {}
    special = (start_char, oov_char)
    made = text_bunch(
        xs, y[rows], TOPICS, words, index_from, special, as_text, DESCR_REUTERS
    )
    return (made.data, made.target) if return_X_y else made
