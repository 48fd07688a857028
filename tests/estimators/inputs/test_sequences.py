"""Sequences: of unequal length, labelled step by step, and with a state."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras.data import ArrayDict

RNG = np.random.RandomState(0)
N = 40
ROWS = [RNG.randint(1, 20, 2 + i % 6) for i in range(N)]
Y = np.array(["up" if row[-1] > 10 else "down" for row in ROWS])
TAGS = [np.where(row > 12, "x", np.where(row > 6, "y", "z")) for row in ROWS]
QUICK = {"epochs": 2, "optimizer": "sgd", "random_state": 0}
LEARNS = {"epochs": 15, "random_state": 0, "optimizer__learning_rate": 0.03}


def held(rows):
    """Put rows in an array of objects."""
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


def reader(mask=True, kind="int", recurrent=True):
    """Build a network that reads a sequence."""
    start = keras.layers.Embedding(21, 4, mask_zero=mask)
    if kind == "float":
        start = keras.layers.Masking() if mask else keras.layers.Identity()
    # Both mind the mask; the other one is traced in a third of the time.
    middle = keras.layers.LSTM(4)
    if not recurrent:
        middle = keras.layers.GlobalAveragePooling1D()
    last = keras.layers.Dense(1, activation="sigmoid")
    return keras.Sequential([start, middle, last])


def tagger(n_classes, mask=True, units=None, recurrent=False):
    """Build a network that labels every step."""
    # Of a matrix of labels the builder is told the classes of each column.
    units = units or (n_classes if isinstance(n_classes, int) else n_classes[0])
    middle = keras.layers.Dense(6)
    if recurrent:
        middle = keras.layers.LSTM(6, return_sequences=True)
    return keras.Sequential(
        [
            keras.layers.Embedding(21, 6, mask_zero=mask),
            middle,
            keras.layers.Dense(units, "sigmoid" if units == 1 else "softmax"),
        ]
    )


def follower():
    """Build a network that gives a value for every step."""
    return keras.Sequential(
        [
            keras.layers.Embedding(21, 6, mask_zero=True),
            keras.layers.Dense(6),
            keras.layers.Dense(1),
        ]
    )


@pytest.fixture(scope="module")
def fitted():
    return KerasClassifier(reader, **QUICK).fit(ROWS, Y)


@pytest.mark.slow
@pytest.mark.parametrize(
    "form",
    [list, tuple, held, pd.Series, lambda rows: [row.tolist() for row in rows]],
    ids=["list", "tuple", "objects", "Series", "lists"],
)
def test_forms_of_unequal_sequences(fitted, form):
    e = KerasClassifier(reader, **QUICK).fit(form(ROWS), Y)
    assert e.X_shape_ == (N, None)
    assert e.engine_ == "compiled"
    assert e.history_ == fitted.history_
    p = e.predict_proba(form(ROWS))
    np.testing.assert_array_equal(p, fitted.predict_proba(ROWS))
    assert e.score(form(ROWS), Y) == np.mean(fitted.predict(ROWS) == Y)


@pytest.mark.slow
def test_a_sequence_predicts_alone_as_among_others(fitted):
    p = fitted.predict_proba(ROWS)
    for i in range(8):
        np.testing.assert_allclose(fitted.predict_proba([ROWS[i]])[0], p[i], atol=1e-6)
    same = [i for i in range(N) if len(ROWS[i]) == 4]
    array = np.array([ROWS[i] for i in same])
    for equal in (array, list(array), pd.Series(list(array))):
        np.testing.assert_allclose(fitted.predict_proba(equal), p[same], atol=1e-6)
    empty = fitted.predict_proba([[]])
    np.testing.assert_allclose(empty.sum(), 1)


@pytest.mark.slow
def test_both_engines_agree_on_unequal_sequences(fitted):
    e = KerasClassifier(reader, engine="keras", **QUICK).fit(ROWS, Y)
    np.testing.assert_allclose(e.history_["loss"], fitted.history_["loss"], rtol=1e-5)
    np.testing.assert_allclose(e.predict_proba(ROWS), fitted.predict_proba(ROWS), 1e-4)


@pytest.mark.slow
def test_sequences_in_cross_validation_and_pickles(fitted):
    for rows in (ROWS, held(ROWS), pd.Series(ROWS), ArrayDict({"x": ROWS})):
        scores = cross_val_score(clone(fitted), rows, Y, cv=2, error_score="raise")
        assert scores.shape == (2,)
    twin = pickle.loads(pickle.dumps(fitted))
    p = fitted.predict_proba(ROWS)
    np.testing.assert_array_equal(twin.predict_proba(ROWS), p)


@pytest.mark.slow
def test_equal_lengths_in_a_fold():
    def build():
        inputs = keras.Input((None,), dtype="int32")
        return keras.Model(inputs, reader(recurrent=False)(inputs))

    equal = [row[:2] for row in ROWS]
    e = KerasClassifier(build, **QUICK).fit(equal, Y)
    assert e.predict(ROWS).shape == (N,)
    fixed = KerasClassifier(reader, recurrent=False, **QUICK).fit(equal, Y)
    with pytest.raises(ValueError, match=r"unequal length, but in fit .* 2 steps"):
        fixed.predict(ROWS)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1, 3])
def test_steps_of_numbers(width):
    rows = [RNG.standard_normal((len(row), width)) for row in ROWS]
    e = KerasClassifier(reader, model__kind="float", recurrent=False, **QUICK)
    e.fit(rows, Y)
    assert (e.X_shape_, e.n_features_in_) == ((N, None, width), width)
    p = e.predict_proba(rows)
    np.testing.assert_allclose(e.predict_proba(rows[:1])[0], p[0], atol=1e-6)


@pytest.mark.slow
def test_a_model_without_mask_is_warned_of():
    e = KerasClassifier(reader, mask=False, recurrent=False, **QUICK)
    with pytest.warns(UserWarning, match="no Masking layer"):
        e.fit(ROWS, Y)
    e.fit([row[:2] for row in ROWS], Y)  # nothing to mask


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            [np.zeros((2, 3)), np.zeros((4, 5))],
            r"differ in length only.*\('n_steps', 3\)",
        ),
        ([[[1], [1, 2]], [[1]]], "steps of a sequence must all have the same shape"),
        ([["a"], ["a", "b"]], "could not convert"),
        ([[1.0], [np.nan, 1.0]], "NaN"),
    ],
)
def test_sequences_that_are_refused(X, message):
    with pytest.raises(ValueError, match=message):
        KerasClassifier(reader, **QUICK).fit(X, [0, 1])


@pytest.mark.slow
def test_a_sequence_alone_is_no_list_of_them(fitted):
    with pytest.raises(ValueError, match=r"write \[sequence\]"):
        fitted.predict(np.arange(5))


# --- targets of unequal length -------------------------------------------------


@pytest.fixture(scope="module")
def tagged():
    e = KerasClassifier(tagger, recurrent=True, metrics=["accuracy"], **LEARNS)
    return e.fit(ROWS, TAGS)


@pytest.mark.slow
def test_a_label_for_each_step_of_unequal_rows(tagged):
    labels, p = tagged.predict(ROWS), tagged.predict_proba(ROWS)
    assert list(map(len, labels)) == list(map(len, p)) == list(map(len, ROWS))
    assert p[0].shape == (len(ROWS[0]), 3)
    assert (tagged.target_type_, list(tagged.classes_)) == ("elementwise", list("xyz"))
    right = [np.mean(a == b) for a, b in zip(TAGS, labels, strict=True)]
    assert tagged.score(ROWS, TAGS) == pytest.approx(np.mean(right))
    assert tagged.score(ROWS, TAGS) > 0.8
    weight = np.arange(N)
    wanted = np.average(right, weights=weight)
    assert tagged.score(ROWS, TAGS, weight) == pytest.approx(wanted)
    assert tagged.score(ROWS[:1], TAGS[:1]) == right[0]
    assert tagged.engine_ == "compiled"
    twin = pickle.loads(pickle.dumps(tagged))
    np.testing.assert_array_equal(twin.predict(ROWS)[3], labels[3])


@pytest.mark.slow
def test_what_rows_are_filled_up_with_does_not_count():
    still = {"optimizer": "sgd", "optimizer__learning_rate": 1e-9, "epochs": 1}
    e = KerasClassifier(tagger, metrics=["accuracy"], batch_size=-1, random_state=0)
    e.set_params(**still, recurrent=True).fit(ROWS, TAGS)
    p, steps = np.concatenate(e.predict_proba(ROWS)), np.concatenate(TAGS)
    of_label = p[np.arange(len(p)), np.searchsorted(e.classes_, steps)]
    assert e.history_["loss"][0] == pytest.approx(-np.log(of_label).mean(), rel=1e-5)
    right = np.concatenate(e.predict(ROWS)) == steps
    assert e.history_["accuracy"][0] == pytest.approx(right.mean(), rel=1e-5)
    keras_path = clone(e).set_params(engine="keras").fit(ROWS, TAGS)
    np.testing.assert_allclose(keras_path.history_["loss"], e.history_["loss"], 1e-5)


@pytest.mark.slow
def test_values_for_each_step_of_unequal_rows():
    y = [row / 10 for row in ROWS]
    e = KerasRegressor(follower, **LEARNS).fit(ROWS, y, sample_weight=np.arange(N) + 1)
    p = e.predict(ROWS)
    assert list(map(len, p)) == list(map(len, ROWS))
    steps = np.concatenate(y), np.concatenate(p)
    assert e.score(ROWS, y) == pytest.approx(r2_score(*steps))
    each = np.repeat(np.arange(N), list(map(len, ROWS)))
    wanted = r2_score(*steps, sample_weight=each)
    assert e.score(ROWS, y, np.arange(N)) == pytest.approx(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["categorical_crossentropy", "hinge"])
def test_losses_on_unequal_targets(loss):
    units = 1 if loss == "hinge" else None
    y = TAGS if units is None else [tags == "x" for tags in TAGS]
    e = KerasClassifier(tagger, loss=loss, units=units, **QUICK).fit(ROWS, y)
    assert e.predict(ROWS)[0].dtype == y[0].dtype


@pytest.mark.slow
def test_unequal_targets_in_cross_validation():
    e = KerasClassifier(tagger, validation_split=0.2, **QUICK)
    for X, y in [
        (held(ROWS), held(TAGS)),
        (ROWS, TAGS),
        (pd.Series(ROWS), pd.Series(TAGS)),
    ]:
        scores = cross_val_score(e, X, y, cv=2, error_score="raise")
        assert scores.shape == (2,)


@pytest.mark.slow
def test_unequal_targets_beside_others():
    def build():
        inputs = keras.Input((None,), name="words", dtype="int32")
        x = keras.layers.Embedding(21, 4, mask_zero=True)(inputs)
        tags = keras.layers.Dense(3, "softmax", name="tags")(x)
        whole = keras.layers.GlobalAveragePooling1D()(x)
        level = keras.layers.Dense(1, "sigmoid", name="level")(whole)
        return keras.Model(inputs, [tags, level])

    y = ArrayDict({"tags": TAGS, "level": Y})
    e = KerasClassifier(build, **QUICK)
    X = ArrayDict({"words": ROWS})
    assert cross_val_score(e, X, y, cv=2, error_score="raise").shape == (2,)
    labels = e.fit(X, {"tags": TAGS, "level": Y}).predict(X)
    assert list(map(len, labels["tags"])) == list(map(len, ROWS))


@pytest.mark.parametrize(
    ("X", "y", "params", "message"),
    [
        (
            ROWS,
            [t[1:] for t in TAGS],
            {},
            "Row 0 of y has 1 steps, but row 0 of X has 2",
        ),
        (np.ones((N, 3)), TAGS, {}, "y has rows of unequal length, but X has not"),
    ],
)
def test_unequal_targets_that_are_refused(X, y, params, message):
    with pytest.raises(ValueError, match=message):
        KerasClassifier(tagger, **QUICK, **params).fit(X, y)


@pytest.mark.filterwarnings("ignore:Sequences of unequal length")
def test_unequal_targets_need_a_mask():
    with pytest.raises(ValueError, match="no mask that tells its outputs' steps"):
        KerasClassifier(tagger, mask=False, **QUICK).fit(ROWS, TAGS)


BY_STEP = [1.0 + np.arange(len(row)) for row in ROWS]


def weights_of_tags(by_tag):
    return [np.array([by_tag[tag] for tag in tags]) for tags in TAGS]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_steps_of_unequal_rows_have_weights(engine):
    e = KerasClassifier(tagger, **QUICK, engine=engine)
    plain = clone(e).fit(ROWS, TAGS).history_["loss"]
    ones = [np.ones(len(row)) for row in ROWS]
    same = clone(e).fit(ROWS, TAGS, sample_weight=ones).history_["loss"]
    np.testing.assert_allclose(same, plain, rtol=1e-5)
    listed = clone(e).fit(ROWS, TAGS, sample_weight=BY_STEP)
    assert not np.allclose(listed.history_["loss"], plain)
    longest = max(map(len, ROWS))
    padded = np.array([np.pad(w, (0, longest - len(w))) for w in BY_STEP])
    again = clone(e).fit(ROWS, TAGS, sample_weight=padded)
    assert again.history_ == listed.history_
    # Rows whose steps have one weight each.
    rows = np.arange(1.0, len(ROWS) + 1)
    each = [np.full(len(row), w) for row, w in zip(ROWS, rows, strict=True)]
    by_step = clone(e).fit(ROWS, TAGS, sample_weight=each).history_["loss"]
    assert np.isfinite(by_step).all()
    predicted = listed.predict(ROWS)
    right = [a == b for a, b in zip(predicted, TAGS, strict=True)]
    expected = np.average(np.concatenate(right), weights=np.concatenate(BY_STEP))
    assert listed.score(ROWS, TAGS, BY_STEP) == pytest.approx(expected)


@pytest.mark.slow
def test_classes_of_steps_have_weights():
    labels = np.unique(np.concatenate(TAGS))
    by_tag = dict(zip(labels, 1.0 + np.arange(len(labels)), strict=True))
    e = KerasClassifier(tagger, **QUICK)
    got = clone(e).set_params(class_weight=by_tag).fit(ROWS, TAGS).history_["loss"]
    by_hand = clone(e).fit(ROWS, TAGS, sample_weight=weights_of_tags(by_tag))
    assert got == by_hand.history_["loss"]
    both = clone(e).set_params(class_weight="balanced")
    both.fit(ROWS, TAGS, sample_weight=BY_STEP)
    every = np.concatenate(TAGS)
    balanced = {t: len(every) / len(labels) / (every == t).sum() for t in labels}
    multiplied = [
        a * b for a, b in zip(weights_of_tags(balanced), BY_STEP, strict=True)
    ]
    by_hand = clone(e).fit(ROWS, TAGS, sample_weight=multiplied)
    np.testing.assert_allclose(
        both.history_["loss"], by_hand.history_["loss"], rtol=1e-6
    )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([w[1:] for w in BY_STEP], "a weight for each row, or for each step"),
        ([-w for w in BY_STEP], "(?i)negative"),
        ([0 * w for w in BY_STEP], "All sample weights are zero"),
    ],
)
def test_weights_of_steps_that_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        KerasClassifier(tagger, **QUICK).fit(ROWS, TAGS, sample_weight=weights)


# --- targets of one length with more axes --------------------------------------

STEPS = RNG.randint(1, 20, (N, 3))
STEP_TAGS = np.where(STEPS > 12, "x", np.where(STEPS > 6, "y", "z"))


@pytest.mark.slow
@pytest.mark.parametrize("mask", [False, True])
def test_weights_of_rows_and_of_steps(mask):
    e = KerasClassifier(tagger, mask=mask, batch_size=-1, **QUICK)
    rows = np.arange(N) + 1.0
    by_row = clone(e).fit(STEPS, STEP_TAGS, rows).history_["loss"]
    by_step = clone(e).fit(STEPS, STEP_TAGS, np.repeat(rows[:, None], 3, axis=1))
    np.testing.assert_allclose(by_row, by_step.history_["loss"], rtol=1e-5)
    right = by_step.predict(STEPS) == STEP_TAGS
    weight = RNG.random_sample((N, 3))
    wanted = np.average(right, weights=weight)
    assert by_step.score(STEPS, STEP_TAGS, weight) == pytest.approx(wanted)


@pytest.mark.slow
def test_class_weights_of_steps():
    """As many steps as classes: no matrix of columns."""
    e = KerasClassifier(tagger, batch_size=-1, **QUICK)
    by_class = {"x": 5.0, "y": 1.0, "z": 1.0}
    weight = np.where(STEP_TAGS == "x", 5.0, 1.0)
    wanted = clone(e).fit(STEPS, STEP_TAGS, weight).history_["loss"]
    got = clone(e).set_params(class_weight=by_class).fit(STEPS, STEP_TAGS)
    np.testing.assert_allclose(got.history_["loss"], wanted, rtol=1e-6)
    counts = {c: np.mean(STEP_TAGS == c) for c in "xyz"}
    by_class = {c: 1 / (3 * share) for c, share in counts.items()}
    losses = [
        clone(e).set_params(class_weight=w).fit(STEPS, STEP_TAGS).history_["loss"]
        for w in ("balanced", by_class)
    ]
    np.testing.assert_allclose(*losses, rtol=1e-5)


@pytest.mark.slow
def test_masks_of_images_with_weights():
    images = RNG.random_sample((N, 4, 4, 1)).astype("float32")
    y = (images[..., 0] > 0.5).astype(int)

    def build():
        last = keras.layers.Conv2D(1, 1, activation="sigmoid")
        return keras.Sequential([keras.Input((4, 4, 1)), last])

    e = KerasClassifier(build, batch_size=4, **QUICK)  # as many rows as the last axis
    rows = np.arange(N) + 1.0
    losses = [
        clone(e).fit(images, y, weight).history_["loss"]
        for weight in (rows, np.broadcast_to(rows[:, None, None], y.shape))
    ]
    np.testing.assert_allclose(*losses, rtol=1e-5)
    e.fit(images, y, rows)
    assert e.predict(images).shape == y.shape
    assert e.predict_proba(images).shape == (*y.shape, 2)


@pytest.mark.slow
def test_sequence_to_sequence_of_fixed_lengths():
    y = STEP_TAGS[:, :2]

    def build():
        return keras.Sequential(
            [
                keras.layers.Embedding(21, 4),
                keras.layers.GlobalAveragePooling1D(),
                keras.layers.RepeatVector(2),
                keras.layers.Dense(3, "softmax"),
            ]
        )

    e = KerasClassifier(build, **QUICK).fit(STEPS, y)
    assert e.predict(STEPS).shape == y.shape
    few = clone(e).partial_fit(STEPS[:4], np.full((4, 2), "x"), classes=list("xyz"))
    assert list(few.partial_fit(STEPS, y).classes_) == list("xyz")


@pytest.mark.slow
def test_steps_beside_other_targets():
    def build():
        inputs = keras.Input((3,), dtype="int32")
        x = keras.layers.Embedding(21, 4)(inputs)
        tags = keras.layers.Dense(3, "softmax", name="tags")(x)
        flat = keras.layers.Flatten()(x)
        flags = keras.layers.Dense(1, "sigmoid", name="flags")(x)
        level = keras.layers.Dense(1, "sigmoid", name="level")(flat)
        return keras.Model(inputs, [tags, flags, level])

    y = {"tags": STEP_TAGS, "flags": STEPS % 2, "level": Y}
    e = KerasClassifier(build, **QUICK).fit(STEPS, y)
    shapes = {name: part.shape for name, part in e.predict(STEPS).items()}
    assert shapes == {name: part.shape for name, part in y.items()}
    assert e.target_type_["flags"] == "elementwise"
    assert list(e.classes_["flags"]) == [0, 1]


# --- models with a state --------------------------------------------------------

SERIES = RNG.standard_normal((48, 3, 2)).astype("float32")
AHEAD = SERIES.sum(axis=(1, 2))


def stateful(size=16, stateful=True):
    return keras.Sequential(
        [
            keras.Input(batch_shape=(size, 3, 2)),
            keras.layers.LSTM(3, stateful=stateful),
            keras.layers.Dense(1),
        ]
    )


STATEFUL = {"epochs": 3, "optimizer": "sgd", "random_state": 0}


@pytest.fixture(scope="module")
def goes_on():
    return KerasRegressor(stateful, **STATEFUL).fit(SERIES, AHEAD)


@pytest.mark.slow
def test_a_state_as_in_a_loop_by_hand(goes_on):
    e = KerasRegressor(stateful, **STATEFUL).initialize(SERIES, AHEAD)
    model, losses = e.model_, []
    for _ in range(3):
        model.layers[0].reset_state()
        each = []
        for start in range(0, 48, 16):
            rows = slice(start, start + 16)
            model.reset_metrics()
            each.append(model.train_on_batch(SERIES[rows], AHEAD[rows, None]))
        losses.append(np.mean(each))
    np.testing.assert_allclose(goes_on.history_["loss"], losses, rtol=1e-4)
    model.layers[0].reset_state()
    wanted = model.predict(SERIES, batch_size=16, verbose=0)[:, 0]
    np.testing.assert_allclose(goes_on.predict(SERIES), wanted, rtol=1e-3, atol=1e-5)
    assert goes_on.engine_ == "keras (the model is stateful)"


@pytest.mark.slow
def test_predictions_leave_no_state(goes_on):
    whole = goes_on.predict(SERIES)
    for n_rows in (1, 16, 20, 48):
        np.testing.assert_array_equal(goes_on.predict(SERIES[:n_rows]), whole[:n_rows])
    np.testing.assert_array_equal(goes_on.predict(SERIES[:20], verbose=0), whole[:20])
    eager = pickle.loads(pickle.dumps(goes_on))
    np.testing.assert_array_equal(eager.predict(SERIES), whole)
    eager.model_.run_eagerly = True
    np.testing.assert_allclose(eager.predict(SERIES[:20]), whole[:20], rtol=1e-4)
    batches = (SERIES[start : start + 16] for start in range(0, 48, 16))
    np.testing.assert_array_equal(goes_on.predict(batches, steps=3), whole)


@pytest.mark.slow
def test_stateful_models_in_cross_validation():
    e = KerasRegressor(stateful, **{**STATEFUL, "epochs": 1})
    cv = TimeSeriesSplit(2, test_size=16)
    assert cross_val_score(e, SERIES, AHEAD, cv=cv, error_score="raise").shape == (2,)
    e.set_params(validation_split=cv).fit(SERIES, AHEAD)
    assert "val_loss" in e.history_


@pytest.mark.parametrize(
    ("params", "rows", "message"),
    [
        ({"batch_size": 8}, 48, "batch_size=8 was given, but .* of 16"),
        ({}, 40, "batches of exactly 16 rows, and the 40 rows .* Leave 8 out"),
        ({"validation_split": 0.25}, 48, "stateful: .* Give X_val and y_val"),
        ({"early_stopping": True}, 48, "stateful: .* Give X_val and y_val"),
    ],
)
def test_stateful_models_refuse(params, rows, message):
    with pytest.raises(ValueError, match=message):
        KerasRegressor(stateful, **params).fit(SERIES[:rows], AHEAD[:rows])


def test_batches_of_a_stream_have_the_model_s_size():
    batches = ((SERIES[:8], AHEAD[:8]) for _ in range(9))
    e = KerasRegressor(stateful, fit__steps_per_epoch=2, epochs=1)
    with pytest.raises(ValueError, match="gives batches of 8"):
        e.fit(batches)


@pytest.mark.slow
def test_fixed_batches_without_a_state():
    e = KerasRegressor(stateful, stateful=False, **STATEFUL).fit(SERIES, AHEAD)
    assert e.engine_ == "keras (the model's batch size is fixed)"
    whole = e.predict(SERIES)
    np.testing.assert_allclose(e.predict(SERIES[20:25]), whole[20:25], rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unequal", "equal"])
def test_scores_of_other_rows(tagged, name):
    X, y = (ROWS, TAGS) if name == "unequal" else (STEPS, STEP_TAGS)
    e = tagged if name == "unequal" else KerasClassifier(tagger, **QUICK).fit(X, y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        e.score(X, y[:10])


def masks(*values):
    def build(n_classes):
        parts = [keras.layers.Masking(value) for value in values]
        ends = [keras.layers.LSTM(2), keras.layers.Dense(n_classes, "softmax")]
        return keras.Sequential([keras.layers.Input((None, 2)), *parts, *ends])

    return build


@pytest.mark.parametrize("value", [-1.0, 9, [0.0, 1.0]])
def test_a_mask_of_another_value_than_the_filling_is_refused(value):
    rows = [np.ones((n, 2), "float32") for n in (3, 1, 2, 4)]
    with pytest.raises(ValueError, match=r"masks .*SequencePadder\(value="):
        KerasClassifier(masks(value)).initialize(rows, [0, 1, 2, 0])
    KerasClassifier(masks(0.0)).initialize(rows, [0, 1, 2, 0])
    even = np.ones((4, 3, 2), "float32")
    KerasClassifier(masks(value)).initialize(even, [0, 1, 2, 0])


# --- padding is no class -------------------------------------------------------


@pytest.mark.slow
def test_padding_is_not_balanced():
    """Padded and masked rows weigh their classes as rows of unequal length do."""
    words = [[1 + i % 4] * (1 + i % 5) for i in range(20)]
    tags = [[word[0] % 3] * len(word) for word in words]
    padded, padded_tags = (
        np.array([row + [0] * (5 - len(row)) for row in rows]) for rows in (words, tags)
    )
    e = KerasClassifier(tagger, class_weight="balanced", **QUICK)
    unequal, filled = clone(e).fit(words, tags), clone(e).fit(padded, padded_tags)
    by_hand = np.concatenate(tags)
    counts = np.bincount(by_hand)
    given = dict(enumerate(len(by_hand) / 3 / counts))
    same = clone(e).set_params(class_weight=given).fit(padded, padded_tags)
    assert filled.history_ == same.history_
    np.testing.assert_allclose(
        np.concatenate(unequal.predict_proba(words)).shape, (len(by_hand), 3)
    )
