"""Warnings point at the user's line, whatever stands between."""

import warnings
from functools import partial
from importlib.machinery import ModuleSpec
from threading import Thread

import keras
import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sk_keras import KerasAutoencoder, KerasClassifier
from sk_keras._shared.warn import warn
from sk_keras.preprocessing import ImageStandardizer

# --- chains of callers -----------------------------------------------------


def called_through(*modules):
    """Warn where code of each module calls that of the next; return the file.

    Files are called as their modules; "name = spec" is one run by ``python -m``.
    """
    call = partial(warn, "careful")
    for module in reversed(modules):
        name, _, spec = module.partition(" = ")
        made = {"__name__": name, "inner": call}
        if spec:
            made["__spec__"] = ModuleSpec(spec, None)
        exec(compile("def call(): inner()", module, "exec"), made)
        call = made["call"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = Thread(target=call)  # begins without the callers of this function
        thread.start()
        thread.join()
    (warning,) = caught
    return warning.filename


OWN = "sk_keras._estimators"


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        (["user", OWN], "user"),
        (["__main__", OWN], "__main__"),
        (["outer", "user", OWN], "user"),
        (["user", OWN, OWN], "user"),
        (["user", "sklearn.pipeline", OWN], "user"),
        (
            ["user", "sklearn.base", "contextlib", OWN, "keras.src.trainers", OWN],
            "user",
        ),
        (["user", "joblib.parallel", "sklearn.utils.parallel", OWN], "user"),
        (["user", "tensorflow.python.eager", "sk_keras", "keras", OWN], "user"),
        (["user", OWN, "builder", OWN], "builder"),
        (["sklearn_extra.search", OWN], "sklearn_extra.search"),
        (
            ["multiprocessing.process", "joblib.loky", "sk_keras.fit", OWN],
            "sk_keras.fit",
        ),
        (
            ["runpy", "__main__ = joblib.externals.loky", "sk_keras.fit", OWN],
            "sk_keras.fit",
        ),
        (["__main__ = user.train", OWN], "__main__ = user.train"),
    ],
    ids=[
        "direct",
        "script",
        "innermost",
        "deeper",
        "pipeline",
        "callback",
        "parallel",
        "graph",
        "builder",
        "like-sklearn",
        "worker",
        "worker-main",
        "run-as-module",
    ],
)
def test_the_place_is_the_first_that_is_the_users(modules, expected):
    assert called_through(*modules) == expected


def test_a_line_is_told_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            warn("once here")
        warn("once here")
        warn("another text")
    assert [str(w.message) for w in caught] == [
        "once here",
        "once here",
        "another text",
    ]
    assert caught[0].lineno != caught[1].lineno


def test_filters_know_the_users_module():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", module=__name__)
        warn("not heard")
    assert not caught


# --- real calls ------------------------------------------------------------

X = np.random.RandomState(0).normal(size=(24, 4)).astype("float32")
Y = np.arange(24) % 2
WORDS = [[1, 2], [2, 1], [1, 1], [2, 2]]


def classifier(**params):
    return KerasClassifier(epochs=1, batch_size=24, random_state=0, **params)


def words(n_features_in, vocabulary_size):
    return keras.Sequential(
        [
            keras.Input((n_features_in,)),
            keras.layers.Embedding(vocabulary_size, 2),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


IN_PIPELINE = make_pipeline(FunctionTransformer(), classifier())
GRID = {"optimizer__learning_rate": [0.1, 0.2]}
DIVERGING = classifier(optimizer__learning_rate=1e38).set_params(batch_size=6)
BOTH_CENTERS = {"featurewise_center": True, "samplewise_center": True}
IMAGES = np.ones((2, 3, 3, 1), "float32")
ONE_COLUMN = Y[:, None]

CALLS = {
    "fit": lambda: classifier().fit(X, ONE_COLUMN),
    "partial_fit": lambda: classifier().partial_fit(X, ONE_COLUMN),
    "pipeline": lambda: IN_PIPELINE.fit(X, ONE_COLUMN),
    "search": lambda: GridSearchCV(classifier(), GRID, cv=2).fit(X, ONE_COLUMN),
    "search-of-pipelines": lambda: GridSearchCV(IN_PIPELINE, {}).fit(X, ONE_COLUMN),
    "cross_val_score": lambda: cross_val_score(classifier(), X, ONE_COLUMN),
    "diverging": lambda: DIVERGING.fit(X, Y),
    "wide-code": lambda: KerasAutoencoder(encoding_dim=5, epochs=1).fit(X),
    "pairs": lambda: KerasAutoencoder(encoding_dim=2, epochs=1).fit(X, X + 1),
    "standardizer": lambda: ImageStandardizer(**BOTH_CENTERS).fit(IMAGES),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_is_pointed_at(call):
    with pytest.warns() as caught:
        call()
    assert {warning.filename for warning in caught} == {__file__}


@pytest.mark.slow
def test_predict_is_pointed_at():
    model = classifier(model=words).fit(WORDS, [0, 1, 0, 1])
    with pytest.warns(match="which training did not have") as caught:
        model.predict([[1, 9]])
    assert {warning.filename for warning in caught} == {__file__}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_fit_is_pointed_at_from_a_callback_of_keras(engine, monkeypatch):
    monkeypatch.setattr("sk_keras._training.settings.AUTO_EPOCHS", 2)
    model = KerasClassifier(batch_size=24, random_state=0, engine=engine)
    with pytest.warns(ConvergenceWarning, match="still falling") as caught:
        model.fit(X, Y)
    assert {warning.filename for warning in caught} == {__file__}
