"""Data that come batch by batch: generators, PyDatasets and tf.data."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone

from sk_keras import KerasAutoencoder, KerasClassifier, KerasRegressor
from sk_keras._training import epochs
from tests.builders import dense, ends_in
from tests.errors import VALUES, refused
from tests.errors import X as ROWS

RNG = np.random.RandomState(0)
N, SIZE = 60, 12
X = RNG.standard_normal((N, 4)).astype("float32")
Y = np.where(X[:, 0] > 0, "yes", "no")
WEIGHT = RNG.random_sample(N)
NO_YES = ["no", "yes"]


def build():
    return keras.Sequential(
        [keras.layers.Dense(4, "tanh"), keras.layers.Dense(1, "sigmoid")]
    )


def classifier(**params):
    usual = {"epochs": 3, "batch_size": SIZE, "shuffle": False, "random_state": 0}
    # What Keras traces for Adam takes four times as long.
    return KerasClassifier(build, **{"optimizer": "sgd", **usual, **params})


class Batches(keras.utils.PyDataset):
    """Batches of arrays; remembers which were asked for, and how passes ended."""

    def __init__(self, *arrays, count=N // SIZE, **kwargs):
        super().__init__(**kwargs)
        self.arrays, self.count = arrays or (X, Y), count
        self.asked, self.ended = [], 0

    @property
    def num_batches(self):
        return self.count

    def __getitem__(self, index):
        self.asked.append(index)
        index = index % (N // SIZE)
        rows = slice(index * SIZE, (index + 1) * SIZE)
        return tuple(array[rows] for array in self.arrays)

    def on_epoch_end(self):
        self.ended += 1


def generator(*arrays, passes=None, batch=tuple):
    done = 0
    while passes is None or done < passes:
        for start in range(0, N, SIZE):
            rows = slice(start, start + SIZE)
            yield batch(array[rows] for array in arrays or (X, Y))
        done += 1


def dataset(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays or (X, Y)).batch(SIZE)


@pytest.fixture(scope="module")
def reference():
    return classifier().fit(X, Y)


STEPS = {"fit__steps_per_epoch": N // SIZE}
SOURCES = {
    "generator": (generator, STEPS),
    "lists": (lambda: generator(batch=list), STEPS),
    "PyDataset": (Batches, {}),
    "workers": (lambda: Batches(workers=3, max_queue_size=2), {}),
    "tf.data": (dataset, {}),
    "endless tf.data": (lambda: dataset().repeat(), STEPS),
    "bytes": (lambda: generator(X, Y.astype("S")), STEPS),
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_stream_trains_as_its_arrays(reference, name, engine):
    source, params = SOURCES[name]
    e = classifier(engine=engine, **params).fit(source(), classes=NO_YES)
    np.testing.assert_allclose(e.history_["loss"], reference.history_["loss"], 1e-5)
    p = reference.predict_proba(X)
    np.testing.assert_allclose(e.predict_proba(X), p, atol=1e-5)
    assert e.engine_.startswith("compiled" if engine == "auto" else "keras")
    assert list(e.classes_) == NO_YES


@pytest.mark.parametrize("name", ["generator", "PyDataset", "tf.data"])
def test_predictions_and_scores_of_a_stream(reference, name):
    source, _ = SOURCES[name]
    steps = {"steps": N // SIZE} if name == "generator" else {}
    labels, p = reference.predict(X), reference.predict_proba(X)
    np.testing.assert_array_equal(reference.predict(source(), **steps), labels)
    np.testing.assert_allclose(reference.predict_proba(source(), **steps), p, 1e-5)
    if not steps:
        assert reference.score(source()) == reference.score(X, Y)
    assert reference.predict(generator(), steps=2).shape == (2 * SIZE,)


def test_scores_with_weights_in_the_batches(reference):
    wanted = reference.score(X, Y, WEIGHT)
    assert reference.score(Batches(X, Y, WEIGHT)) == pytest.approx(wanted)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_weights_of_rows_and_classes(engine):
    by_class = {"no": 1.0, "yes": 3.0}
    weight = np.where(Y == "yes", 3.0, 1.0)
    weight /= weight.mean()
    e = classifier(engine=engine)
    wanted = clone(e).fit(X, Y, weight).history_["loss"]
    got = clone(e).fit(Batches(X, Y, weight), classes=NO_YES).history_["loss"]
    np.testing.assert_allclose(got, wanted, rtol=1e-5)
    # Weights of classes keep their scale: a stream does not know its mean.
    e.set_params(class_weight=by_class).fit(Batches(), classes=NO_YES)
    scale = np.where(Y == "yes", 3.0, 1.0).mean()
    assert e.history_["loss"][0] == pytest.approx(wanted[0] * scale, rel=0.05)
    with pytest.raises(ValueError, match="'balanced' cannot be known from a part"):
        e.set_params(class_weight="balanced").fit(Batches(), classes=NO_YES)


def test_a_batch_of_a_class_without_weight():
    order = np.argsort(Y)
    e = classifier(class_weight={"no": 0.0, "yes": 1.0})
    e.fit(Batches(X[order], Y[order]), classes=NO_YES)
    assert np.isfinite(e.history_["loss"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize(
    "validation",
    [
        lambda: {"X_val": X[:24], "y_val": Y[:24]},
        lambda: {"validation_data": Batches(count=2)},
        lambda: {"X_val": Batches(count=2)},
        lambda: {"validation_data": generator()},
        lambda: {"validation_data": dataset().take(2)},
    ],
    ids=["arrays", "PyDataset", "X_val", "generator", "tf.data"],
)
def test_validation_streams(engine, validation):
    wanted = classifier(epochs=1).fit(X, Y, X_val=X[:24], y_val=Y[:24]).history_
    e = classifier(epochs=1, engine=engine, fit__validation_steps=2)
    history = e.fit(Batches(), classes=NO_YES, **validation()).history_
    np.testing.assert_allclose(history["val_loss"], wanted["val_loss"], rtol=1e-5)


def test_early_stopping_on_a_stream():
    e = classifier(epochs=9, early_stopping=1, optimizer__learning_rate=0.0)
    e.fit(Batches(), classes=NO_YES, validation_data=Batches())
    assert e.n_iter_ == 2


def test_steps_go_on_where_the_last_epoch_ended():
    source = Batches()
    e = classifier(epochs=4, fit__steps_per_epoch=3).fit(source, classes=NO_YES)
    assert len(e.history_["loss"]) == 4
    assert source.asked[-12:] == [*range(5), *range(5), 0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["generator", "PyDataset", "tf.data"])
def test_both_engines_take_the_same_batches(name):
    """No batch is lost where Keras looks at some before it begins."""
    losses = [
        classifier(engine=engine, fit__steps_per_epoch=2)
        .fit(SOURCES[name][0](), classes=NO_YES)
        .history_["loss"]
        for engine in ("auto", "keras")
    ]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_shuffle_draws_the_order_of_batches():
    orders = []
    for state in (0, 0, 1):
        source = Batches()
        e = classifier(shuffle=True, random_state=state).fit(source, classes=NO_YES)
        orders.append(source.asked[-15:])
        assert source.ended == 3
    assert orders[0] == orders[1] != orders[2]
    assert all(sorted(orders[0][i : i + 5]) == list(range(5)) for i in (0, 5, 10))
    assert e.n_iter_ == 3


def test_partial_fit_takes_a_pass(reference):
    e = classifier().partial_fit(Batches(), classes=NO_YES)
    e.partial_fit(Batches()).partial_fit(Batches())
    np.testing.assert_allclose(e.history_["loss"], reference.history_["loss"], 1e-5)


@pytest.mark.slow
def test_dicts_in_batches():
    def two():
        a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
        x = keras.layers.Concatenate()([a, b])
        outputs = [
            keras.layers.Dense(1, "sigmoid", name="yes")(x),
            keras.layers.Dense(3, "softmax", name="kind")(x),
        ]
        return keras.Model([a, b], outputs)

    kind = RNG.randint(0, 3, N)
    inputs = {"a": X[:, :2], "b": X[:, 2:]}
    wanted = (
        classifier()
        .set_params(model=two)
        .fit(inputs, {"yes": Y, "kind": kind})
        .history_
    )
    by_name = tf.data.Dataset.from_tensor_slices(
        (inputs, {"yes": Y, "kind": kind})
    ).batch(SIZE)
    by_place = tf.data.Dataset.from_tensor_slices(
        ((X[:, :2], X[:, 2:]), (Y, kind))
    ).batch(SIZE)
    named = {"yes": NO_YES, "kind": [0, 1, 2]}
    for source, classes in [(by_name, named), (by_place, list(named.values()))]:
        e = classifier().set_params(model=two).fit(source, classes=classes)
        np.testing.assert_allclose(e.history_["loss"], wanted["loss"], rtol=1e-5)
        assert 0 <= e.score(source) <= 1


@pytest.mark.slow
def test_a_regressor_on_a_stream():
    def line():
        return keras.Sequential([keras.layers.Dense(1)])

    e = KerasRegressor(line, epochs=2, shuffle=False, batch_size=SIZE, random_state=0)
    wanted = clone(e).fit(X, X[:, 0])
    e.fit(dataset(X, X[:, 0]))
    np.testing.assert_allclose(e.predict(X), wanted.predict(X), rtol=1e-4, atol=1e-5)
    scores = e.score(dataset(X, X[:, 0])), wanted.score(X, X[:, 0])
    np.testing.assert_allclose(*scores, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_batches_are_not_kept(engine):
    class Held(np.ndarray):
        """An array that can be watched."""

    alive, most = [], []

    def source():
        while True:
            batch = RNG.standard_normal((SIZE, 4)).astype("float32").view(Held)
            alive.append(None)
            weakref.finalize(batch, alive.pop)
            if len(alive) > 12:
                gc.collect()  # what is kept by a circle only
            most.append(len(alive))
            yield batch, Y[:SIZE]

    e = classifier(engine=engine, epochs=2, fit__steps_per_epoch=30)
    e.fit(source(), classes=NO_YES)
    assert len(most) >= 60
    assert max(most) <= 14


ENDLESS = "does not say how many batches it has, .*Give fit__steps_per_epoch"
REFUSED = {
    "generator": (lambda: classifier().fit(generator(), classes=NO_YES), ENDLESS),
    "PyDataset": (
        lambda: classifier().fit(Batches(count=None), classes=NO_YES),
        ENDLESS,
    ),
    "tf.data": (lambda: classifier().fit(dataset().repeat(), classes=NO_YES), ENDLESS),
    "unknown": (
        lambda: classifier().fit(dataset().filter(lambda *_: True), classes=NO_YES),
        ENDLESS + ".*, or tell it by tf.data.experimental.assert_card",
    ),
    "too short": (
        lambda: classifier(**STEPS).fit(generator(passes=2), classes=NO_YES),
        "generator ended after 10 batches, and each pass takes 5",
    ),
    "no classes": (lambda: classifier().fit(Batches()), r"Give classes=\[...\]"),
    "another class": (
        lambda: classifier().fit(Batches(), classes=["no", "maybe"]),
        r"not seen in fit: \['yes'\]",
    ),
    "split": (
        lambda: classifier(validation_split=0.2).fit(Batches(), classes=NO_YES),
        "X comes batch by batch. Give X_val",
    ),
    "early stopping": (
        lambda: classifier(early_stopping=True).fit(Batches(), classes=NO_YES),
        "X comes batch by batch. Give X_val",
    ),
    "four parts": (
        lambda: classifier().fit(Batches(X, Y, Y, Y), classes=NO_YES),
        "A batch must be X, or a tuple .* tuple of 4",
    ),
    "no targets": (
        lambda: classifier().fit(Batches(X), classes=NO_YES),
        r"batches without targets. .* tuple \(X, y\)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=rf"(?s){message}"):
        call()


def test_targets_beside_a_stream(reference):
    with pytest.raises(TypeError, match="whose batches hold the targets"):
        reference.score(Batches(), Y)
    with pytest.raises(ValueError, match="Give predict__steps"):
        reference.predict(generator())


def batches():
    yield ROWS, VALUES


@pytest.mark.parametrize(
    ("stream", "error", "message"),
    [
        (batches, TypeError, r"makes generators. Call it.*batches\(\)"),
        (
            tf.data.Dataset.from_tensor_slices((ROWS, VALUES)),
            ValueError,
            r"single rows, and batches are needed.*batch\(32\)",
        ),
    ],
    ids=["function", "rows"],
)
def test_streams_of_another_kind(stream, error, message):
    refused(lambda: KerasRegressor(epochs=1).fit(stream), error, message)


@pytest.mark.parametrize("name", ["generator", "PyDataset", "tf.data"])
def test_batches_together_train_as_one_by_one(name, monkeypatch):
    source, params = SOURCES[name]
    trained = []
    for at_most in (32, 2, 1):
        monkeypatch.setattr(epochs, "TOGETHER", at_most)
        e = classifier(**params).fit(source(), classes=NO_YES)
        trained.append([*e.model_.get_weights(), e.history_["loss"]])
    for other in trained[1:]:
        for value, expected in zip(other, trained[0], strict=True):
            np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_an_epoch_ends_when_its_batches_are_trained(engine):
    class Ended(Batches):
        def on_epoch_end(self):
            self.steps = [*getattr(self, "steps", []), int(iterations())]

    e = classifier(engine=engine, epochs=2).initialize(X, Y)

    def iterations():
        return e.model_.optimizer.iterations

    source = Ended()
    e.set_params(warm_start=True).fit(source)
    assert source.steps == [N // SIZE, 2 * N // SIZE]


@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("filled", ["generator", "PyDataset"])
def test_a_source_may_fill_one_array_again(reference, engine, filled):
    buffer = np.empty((SIZE, 4), "float32")

    def refilled(x, y):
        buffer[:] = x
        return buffer, y

    class Filling(Batches):
        def __getitem__(self, index):
            return refilled(*super().__getitem__(index))

    source, params = Filling(), {}
    if filled == "generator":
        source, params = (refilled(*batch) for batch in generator()), STEPS
    e = classifier(engine=engine, **params).fit(source, classes=NO_YES)
    np.testing.assert_allclose(e.history_["loss"], reference.history_["loss"], 1e-5)


def endless():
    return tf.data.Dataset.from_tensor_slices((X, Y == "yes")).batch(SIZE).repeat()


NOTHING = {
    "tf.data": (lambda: endless().take(0), {}),
    "tf.data that does not tell": (
        lambda: endless().take(5).filter(lambda x, y: False),
        {"fit__steps_per_epoch": 2},
    ),
    "PyDataset": (lambda: Batches(count=0), {}),
}


@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize(("source", "params"), NOTHING.values(), ids=NOTHING)
def test_a_source_without_batches_is_refused(source, params, engine):
    e = classifier(engine=engine, **params)
    refused(lambda: e.fit(source(), classes=[0, 1]), ValueError, "without batches")


@pytest.mark.parametrize("source", [lambda: Batches(), lambda: endless().take(5)])
def test_a_pass_that_goes_round_is_warned_of(source):
    e = classifier(fit__steps_per_epoch=7, epochs=1)
    with pytest.warns(UserWarning, match="fit__steps_per_epoch=7 is more than the 5"):
        e.fit(source(), classes=NO_YES if isinstance(source(), Batches) else [0, 1])
    e.set_params(fit__steps_per_epoch=5)
    e.fit(source(), classes=NO_YES if isinstance(source(), Batches) else [0, 1])
    e.fit(endless(), classes=[0, 1])


# --- batches that do not count ----------------------------------------------

WEIGHTED = np.r_[np.zeros(10), np.ones(30)].astype("float32")
SOME = np.random.RandomState(0).randn(40, 3).astype("float32")
VALUE = SOME[:, 0] + 1


def weighted_batches(weight=WEIGHTED, y=VALUE):
    rows = tf.data.Dataset.from_tensor_slices((SOME, y.astype("float32"), weight))
    return rows.batch(10)


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_batches_may_have_no_weight(engine):
    build = ends_in(dense(1), shape=(3,))
    e = KerasRegressor(build, epochs=2, random_state=0, engine=engine)
    e.fit(weighted_batches(), validation_data=weighted_batches())
    by_hand = clone(e).initialize(SOME, VALUE).model_
    history = by_hand.fit(
        weighted_batches(), epochs=2, shuffle=False, verbose=0
    ).history
    np.testing.assert_allclose(e.history_["loss"], history["loss"], rtol=1e-5)
    counted = e.score(SOME[10:], VALUE[10:])
    assert e.score(weighted_batches()) == pytest.approx(counted, rel=1e-5)


def test_a_score_needs_some_weight():
    e = KerasRegressor(ends_in(dense(1), shape=(3,)), epochs=1).fit(SOME, VALUE)
    with pytest.raises(ValueError, match="weights are zero: there is nothing to score"):
        e.score(weighted_batches(0 * WEIGHTED))


def test_scores_of_autoencoders_count_weights():
    e = KerasAutoencoder(encoding_dim=1, epochs=1, random_state=0).fit(SOME)
    weight = np.linspace(0, 1, 40).astype("float32")
    batches = tf.data.Dataset.from_tensor_slices((SOME, SOME, weight)).batch(10)
    expected = e.score(SOME, sample_weight=weight)
    assert e.score(batches) == pytest.approx(expected, rel=1e-6)
    assert e.score(SOME) == pytest.approx(
        e.score(tf.data.Dataset.from_tensor_slices(SOME).batch(10))
    )
