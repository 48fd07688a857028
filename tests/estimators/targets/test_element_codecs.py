"""Labels for elements: the rule for the last axis of y, beside plain Keras."""

import keras
import numpy as np
import pytest

from sk_keras import KerasClassifier
from tests.errors import refused

L = keras.layers
RNG = np.random.RandomState(0)

#: Axes of a sample: steps, pixels, voxels.
AXES = {"steps": (5,), "pixels": (4, 3), "voxels": (3, 2, 2)}
K = 3


def elements(units, activation):
    """Return a builder with an output of one more axis than the elements have."""

    def build(input_shape):
        inputs = L.Input(input_shape)
        return keras.Model(inputs, L.Dense(units, activation)(inputs))

    return build


def data(axes, k=K):
    """Return X with two features for each element, and the classes of elements."""
    X = RNG.randn(40, *axes, 2).astype("float32")
    score = np.stack([X[..., 0], -X[..., 0], X[..., 1]][:k], axis=-1)
    return X, np.argmax(score, axis=-1)


#: What y may look like for an output of one unit a class, and how Keras takes it.
FORMS = {
    "labels": (lambda t: t, "sparse_categorical_crossentropy"),
    "labels with a last axis": (
        lambda t: t[..., None],
        "sparse_categorical_crossentropy",
    ),
    "one-hot": (lambda t: np.eye(K)[t], "categorical_crossentropy"),
    "one-hot integers": (
        lambda t: np.eye(K, dtype=int)[t],
        "categorical_crossentropy",
    ),
    "words": (lambda t: np.array(["a", "b", "c"])[t], None),
    "words with a last axis": (lambda t: np.array(["a", "b", "c"])[t][..., None], None),
}


@pytest.mark.slow
@pytest.mark.parametrize("given", [False, True], ids=["picked loss", "given loss"])
@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
@pytest.mark.parametrize(("form", "loss"), FORMS.values(), ids=FORMS)
def test_as_keras_trains(axes, form, loss, given):
    X, classes = data(axes)
    y = form(classes)
    settings = {"epochs": 3, "batch_size": 8, "shuffle": False, "random_state": 0}
    if given and loss:
        settings["loss"] = loss
    e = KerasClassifier(elements(K, "softmax"), **settings)
    e.initialize(X, y)
    model = elements(K, "softmax")(X.shape[1:])
    model.set_weights(e.model_.get_weights())
    coded = classes if loss is None or "sparse" in loss else np.eye(K)[classes]
    sparse = "sparse_categorical_crossentropy"
    model.compile("adam", sparse if loss is None else loss)
    model.fit(X, coded, epochs=3, batch_size=8, shuffle=False, verbose=0)
    e.fit(X, y)
    raw = model.predict(X, verbose=0)
    np.testing.assert_allclose(e.predict_proba(X), raw, rtol=1e-4, atol=1e-6)
    predicted = e.predict(X)
    np.testing.assert_array_equal(predicted, form(np.argmax(raw, axis=-1)))
    assert predicted.shape == y.shape
    share = np.mean(np.argmax(raw, axis=-1) == classes)
    assert e.score(X, y) == pytest.approx(share)
    assert e.n_classes_ == K


def asked(counts):
    """Return a builder that notes what numbers of classes it is asked with."""

    def build(input_shape, n_classes):
        counts.append(n_classes)
        return elements(n_classes, "softmax")(input_shape)

    return build


NUMBERS = {
    "tags": (lambda t: t, (5,), 3),
    "tags with a last axis": (lambda t: t[..., None], (5,), 3),
    "two tags": (lambda t: np.minimum(t, 1), (5,), 2),
    "one-hot steps": (lambda t: np.eye(K)[t], (5,), 3),
    "a mask": (lambda t: t, (4, 3), 3),
    "a mask of two": (lambda t: np.minimum(t, 1), (4, 3), 2),
    "one-hot pixels": (lambda t: np.eye(K)[t], (4, 3), 3),
}


@pytest.mark.parametrize(("form", "axes", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_n_classes_is_one_number(form, axes, expected):
    X, classes = data(axes)
    counts = []
    e = KerasClassifier(asked(counts)).initialize(X, form(classes))
    assert counts[-1] == e.n_classes_ == expected
    assert e.model_.output_shape == (None, *axes, expected)
    np.testing.assert_array_equal(np.size(e.classes_), expected)


def in_an_object_array(rows):
    made = np.empty(len(rows), dtype=object)
    made[:] = rows
    return made


HELD = {"lists": list, "an array": in_an_object_array}


@pytest.mark.parametrize("hold", HELD.values(), ids=HELD)
@pytest.mark.parametrize(
    "lengths", [[5, 5, 5, 5], [5, 3, 4, 5]], ids=["even", "ragged"]
)
def test_n_classes_of_ragged_tags(lengths, hold):
    X = hold([RNG.randint(1, 9, n).tolist() for n in lengths])
    y = hold([(np.arange(n) % 3).tolist() for n in lengths])

    def build(n_classes):
        layers = [L.Embedding(9, 4, mask_zero=True), L.Dense(n_classes, "softmax")]
        return keras.Sequential([L.Input((None,)), *layers])

    e = KerasClassifier(build, epochs=1, random_state=0).fit(X, y)
    assert e.n_classes_ == 3


def test_columns_for_several_outputs_stay_columns():
    X, classes = RNG.randn(12, 4), RNG.randint(0, 3, (12, 2))
    classes[:, 1] = classes[:, 1] % 2

    def build(n_features_in, n_classes):
        inputs = L.Input((n_features_in,))
        return keras.Model(inputs, [L.Dense(n, "softmax")(inputs) for n in n_classes])

    e = KerasClassifier(build, epochs=1).fit(X, classes)
    assert e.n_classes_ == [3, 2]
    assert e.predict(X).shape == (12, 2)


def test_the_error_of_the_builder_is_told():
    def build(n_classes):
        raise ValueError(f"no model for {n_classes}")

    with pytest.raises(ValueError, match=r"no model for \[3, 3\]"):
        KerasClassifier(build).initialize(RNG.randn(6, 2), np.c_[KINDS, KINDS])


KINDS = np.array([0, 1, 2, 0, 1, 2])


@pytest.mark.slow
def test_several_ones_are_labels_of_their_own():
    X, classes = data((4, 3))
    several = np.stack([classes > 0, classes > 1, classes == 1], axis=-1).astype(int)
    e = KerasClassifier(elements(K, "sigmoid"), epochs=2, random_state=0)
    e.fit(X, several)
    assert e.model_.loss.name == "binary_crossentropy"
    assert set(np.unique(e.predict(X))) <= {0, 1}
    # One-hot, but a sigmoid each: the model says that several can be true.
    again = e.fit(X, np.eye(K, dtype=int)[classes])
    assert again.model_.loss.name == "binary_crossentropy"


@pytest.mark.slow
@pytest.mark.parametrize("form", [lambda t: t, lambda t: np.eye(K)[t]])
def test_weights_of_classes_count_alike(form):
    X, classes = data((4, 3))
    settings = {"epochs": 2, "shuffle": False, "random_state": 0}
    weight = {0: 1.0, 1: 5.0, 2: 0.5}
    build = elements(K, "softmax")
    one = KerasClassifier(build, class_weight=weight, **settings).fit(X, form(classes))
    by_rows = np.vectorize(weight.get)(classes)
    other = KerasClassifier(build, **settings)
    other.fit(X, form(classes), sample_weight=by_rows)
    np.testing.assert_allclose(
        one.predict_proba(X), other.predict_proba(X), rtol=1e-4, atol=1e-6
    )


X, CLASSES = data((4, 3))
PIXELS = np.eye(K)[CLASSES]

REFUSED = {
    "another width": (
        lambda: KerasClassifier(elements(4, "softmax")).fit(X, PIXELS),
        r"one-hot y of shape \(None, 4, 3, 3\) needs shape \(None, 4, 3, 3\)",
    ),
    "another width for a last axis": (
        lambda: KerasClassifier(elements(4, "softmax")).fit(X, CLASSES[..., None]),
        r"y of shape \(None, 4, 3, 1\) with 3 classes needs shape \(None, 4, 3, 3\)",
    ),
    "several ones later": (
        lambda: (
            KerasClassifier(elements(K, "softmax"), epochs=1)
            .partial_fit(X, PIXELS)
            .partial_fit(X, np.ones_like(PIXELS))
        ),
        "several ones or none along its last axis",
    ),
    "labels later": (
        lambda: (
            KerasClassifier(elements(K, "softmax"), epochs=1)
            .partial_fit(X, PIXELS)
            .partial_fit(X, CLASSES)
        ),
        r"y has shape \(40, 4, 3\), but .* had shape \('n_samples', 4, 3, 3\)",
    ),
    "one-hot later": (
        lambda: (
            KerasClassifier(elements(K, "softmax"), epochs=1)
            .partial_fit(X, CLASSES)
            .score(X, PIXELS)
        ),
        r"y has shape \(40, 4, 3, 3\), but .* had shape \('n_samples', 4, 3\)",
    ),
    "one-hot rows after labels": (
        lambda: (
            KerasClassifier("mlp", loss="mse", epochs=1)
            .partial_fit(X[:, 0, 0], CLASSES[:, 0, 0] > 0)
            .partial_fit(X[:, 0, 0], np.eye(2)[(CLASSES[:, 0, 0] > 0) * 1])
        ),
        r"y has shape \(40, 2\), but in fit it had a label for each row",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    refused(call, ValueError, message)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
@pytest.mark.parametrize("y", [CLASSES, PIXELS, CLASSES[:, 0, 0]], ids=["a", "b", "c"])
def test_weights_of_classes_are_finite_numbers(y, value):
    build = elements(K, "softmax") if y.ndim > 1 else "mlp"
    e = KerasClassifier(build, class_weight={0: 1.0, 1: value, 2: 1.0})
    message = "negative weights" if value == -1 else "no finite numbers"
    with pytest.raises(ValueError, match=message):
        e.fit(X if y.ndim > 1 else X[:, 0, 0], y)
