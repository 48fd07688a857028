"""Fine-tuning: which layers are trained, and going on with others."""

import copy
import pickle
import warnings
from functools import partial

import joblib
import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.model.trainable import set_trainable
from sk_keras._shared.keras_objects.flags import flags_of, set_flags

LOSS = "sparse_categorical_crossentropy"

ENGINES = pytest.mark.parametrize("engine", ["auto", "keras"])


# --- models ----------------------------------------------------------------


def base_model(name="base"):
    """Two blocks of a dense layer and batch normalisation each."""
    inputs = x = keras.Input((4,))
    for block in ("block1", "block5"):
        x = layers.Dense(5, name=f"{block}_dense")(x)
        x = layers.BatchNormalization(name=f"{block}_norm")(x)
    return keras.Model(inputs, x, name=name)


def nested():
    """A base as one layer, and a head."""
    inputs = keras.Input((4,))
    x = layers.Dropout(0.1)(base_model()(inputs))
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="head")(x))


def flat():
    """The base's own layers, and a head."""
    base = base_model()
    head = layers.Dense(3, activation="softmax", name="head")
    return keras.Model(base.input, head(base.output))


def sequential():
    return keras.Sequential(
        [
            layers.Input((4,)),
            base_model(),
            layers.Dense(3, activation="softmax", name="head"),
        ]
    )


class Subclassed(keras.Model):
    """A model with a weight of its own beside its layers."""

    def __init__(self):
        super().__init__(name="whole")
        self.base = base_model()
        self.head = layers.Dense(3, activation="softmax", name="head")
        self.shift = self.add_weight(shape=(5,), initializer="zeros", name="shift")

    def call(self, x):
        return self.head(self.base(x) + self.shift)


class Block(layers.Layer):
    """A layer with layers inside, which is one to those outside."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(5, name="first")
        self.second = layers.Dense(5, name="second")

    def build(self, shape):
        self.first.build(shape)
        self.second.build((None, 5))

    def call(self, x):
        return self.second(self.first(x))


def composite():
    """Layers that have layers inside: recurrent ones, own ones, wrapped models."""
    inputs = keras.Input((4,))
    x = layers.Reshape((2, 2))(Block(name="block")(inputs)[:, :4])
    x = layers.Bidirectional(layers.LSTM(3), name="rnn")(x)
    y = layers.Reshape((1, 4))(inputs)
    y = layers.Flatten()(layers.TimeDistributed(base_model(), name="steps")(y))
    x = layers.Concatenate()([x, y])
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="head")(x))


def shared():
    """A layer that is used twice, and two models that share one."""
    dense = layers.Dense(4, name="twice")
    first, second = (keras.Input((4,)) for _ in range(2))
    a = keras.Model(first, layers.Dense(4, name="own_a")(dense(first)), name="a")
    b = keras.Model(second, layers.Dense(4, name="own_b")(dense(second)), name="b")
    inputs = keras.Input((4,))
    head = layers.Dense(3, activation="softmax", name="head")
    return keras.Model(inputs, head(a(inputs) + b(inputs)))


def built(make):
    model = make()
    model(np.zeros((2, 4), dtype=np.float32))
    return model


def open_layers(model):
    """Name those layers without layers inside that have weights and are trained."""
    return {
        layer.name
        for layer in model._flatten_layers()
        if layer.weights and not layer._layers and layer.trainable_weights
    }


BLOCK1 = {"block1_dense", "block1_norm"}
BLOCK5 = {"block5_dense", "block5_norm"}
BASE = BLOCK1 | BLOCK5

#: What is given, and the layers that it opens, for a base inside a model.
PATTERNS = {
    "head*": {"head"},
    "head": {"head"},
    "base": BASE,
    "base*": BASE,
    "base/*": BASE,
    "base/block5_*": BLOCK5,
    "block5_*": BLOCK5,
    "base/block5_dense": {"block5_dense"},
    "*_norm": {"block1_norm", "block5_norm"},
    "block[15]_dense": {"block1_dense", "block5_dense"},
    "*": BASE | {"head"},
    ("head*", "base/block5_*"): {"head"} | BLOCK5,
    ("head", "block1_norm"): {"head", "block1_norm"},
}


@pytest.mark.parametrize("make", [nested, sequential, Subclassed])
@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_patterns(pattern, make):
    model = built(make)
    set_trainable(model, list(pattern) if isinstance(pattern, tuple) else pattern, {})
    expected = PATTERNS[pattern]
    assert open_layers(model) == expected
    for layer in model._flatten_layers(include_self=False):
        if layer.weights and not layer._layers:
            assert layer.trainable == (layer.name in expected)
    assert model.get_layer("base").trainable == bool(expected & BASE)
    names = {v.path.split("/")[-2] for v in model.trainable_variables}
    own = {"whole"} if make is Subclassed and pattern == "*" else set()
    assert names - expected <= {"whole"} and len(names - expected) == len(own)


@pytest.mark.parametrize(
    ("make", "chosen", "expected"),
    [
        (flat, "head", {"head"}),
        (flat, ["head", "block5_*"], {"head"} | BLOCK5),
        (composite, "head", {"head"}),
        (composite, "block", {"first", "second"}),
        (composite, "rnn", {"lstm_cell"}),
        (composite, "steps", BASE),
        (composite, "steps/base/block5_dense", {"block5_dense"}),
        (composite, "base/block5_dense", {"block5_dense"}),
        (composite, ["block", "base"], {"first", "second"} | BASE),
        (shared, "a", {"own_a", "twice"}),
        (shared, "b", {"own_b", "twice"}),
        (shared, "b/own_b", {"own_b"}),
        (shared, ["twice", "head"], {"twice", "head"}),
        (Subclassed, "whole", set()),
        (nested, lambda layer: layer.name == "head", {"head"}),
        (
            nested,
            lambda layer: not isinstance(layer, layers.BatchNormalization),
            {"block1_dense", "block5_dense", "head"},
        ),
        (
            composite,
            lambda layer: isinstance(layer, Block | layers.Bidirectional),
            {"first", "second", "lstm_cell"},
        ),
        (nested, lambda layer: np.bool_(layer.name == "head"), {"head"}),
    ],
)
def test_what_is_opened(make, chosen, expected):
    model = built(make)
    set_trainable(model, chosen, {})
    assert open_layers(model) == expected


def test_a_function_is_asked_for_layers_with_weights():
    asked = []

    def ask(layer):
        asked.append(layer.name)
        return True

    set_trainable(built(nested), ask, {})
    assert asked == ["block1_dense", "block1_norm", "block5_dense", "block5_norm"] + [
        "head"
    ]


def test_what_the_builder_froze_is_opened():
    model = built(nested)
    model.trainable = False
    set_trainable(model, ["base/block5_*", "head"], {})
    assert model.trainable
    assert open_layers(model) == BLOCK5 | {"head"}


def test_a_layer_that_is_open_is_left_as_it_is():
    """A matching layer may have frozen a weight of its own."""
    model = built(nested)
    model.get_layer("head").kernel.trainable = False
    set_trainable(model, "head", {})
    assert [v.name for v in model.trainable_variables] == ["bias"]


def unnamed():
    return keras.Sequential(
        [layers.Input((4,)), layers.Dense(4), layers.Dense(3, activation="softmax")]
    )


def one_named_like_keras():
    return keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(4, name="dense_1"),
            layers.Dense(3, activation="softmax", name="dense"),
        ]
    )


def partly_named():
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(4, name="in")])
    head = layers.Dense(3, activation="softmax", name="head")
    return keras.Sequential([layers.Input((4,)), inner, head])


REFUSED = {
    "nothing like it": (nested, "heda", ValueError, r"'heda' matches no.*'head'\?"),
    "one of two": (nested, ["head", "bse/*"], ValueError, r"'bse/\*' matches no"),
    "the names": (
        nested,
        "zzz",
        ValueError,
        r"The layers with weights are \['base/block1_dense', 'base/block1_norm', "
        r"'base/block5_dense', 'base/block5_norm', 'head'\]",
    ),
    "a layer without weights": (nested, "dropout*", ValueError, "matches no layer"),
    "empty": (nested, "", ValueError, "matches no layer"),
    "upper case": (nested, "HEAD", ValueError, "matches no layer"),
    "no pattern": (nested, [], TypeError, r"list of patterns.*Got \[\]"),
    "no string": (nested, ["head", 3], TypeError, r"list of patterns.*Got \['head', 3"),
    "a set": (nested, {"head"}, (TypeError, ValueError), "trainable.*must be"),
    "a bool": (nested, False, (TypeError, ValueError), "trainable.*must be.*False"),
    "no answer": (
        nested,
        lambda layer: None,
        TypeError,
        "must return True or False.*'base/block1_dense' it returned None",
    ),
    "nothing left": (nested, lambda layer: False, ValueError, "nothing to train"),
    "a number": (unnamed, "dense_[1-9]*", ValueError, "counts on the number in 'dense"),
    "no number": (unnamed, "dense", ValueError, "counts on the number|matches no"),
    "a number inside": (
        partly_named,
        "sequential_[1-9]*/in",
        ValueError,
        "counts on the number in 'sequential.*/in'.*a name",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(case, iris):
    make, chosen, error, message = case
    for _ in range(2):  # so that Keras gives numbers
        make()
    e = KerasClassifier(make, trainable=chosen, epochs=1)
    with pytest.raises(error, match=message):
        e.fit(*iris)
    assert not hasattr(e, "model_")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "chosen", "n_open"),
    [
        (unnamed, "dense*", 4),
        (one_named_like_keras, "dense_1", 2),
        (one_named_like_keras, "dense", 2),
        (partly_named, "sequential*", 2),
        (partly_named, "in", 2),
    ],
)
def test_names_that_keras_numbers(make, chosen, n_open, iris):
    """A pattern may take any number; and a user's name may look like one of Keras'."""
    for _ in range(3):
        e = KerasClassifier(make, trainable=chosen, epochs=1, random_state=0).fit(*iris)
        assert len(e.model_.trainable_variables) == n_open


def test_a_number_that_happens_to_fit(iris):
    """The name that Keras will give here is another one in the next process."""
    number = int(unnamed().layers[-1].name.split("_")[1]) + 1
    e = KerasClassifier(unnamed, trainable=f"dense_{number}", epochs=1)
    with pytest.raises(ValueError, match="counts on the number"):
        e.fit(*iris)


def test_numbers_in_a_given_model_are_its_own(iris):
    model = unnamed()
    name = model.layers[1].name
    for _ in range(2):
        e = KerasClassifier(model, trainable=name, epochs=1).fit(*iris)
        assert [v.path for v in e.model_.trainable_variables] == [
            f"{name}/kernel",
            f"{name}/bias",
        ]


@pytest.mark.slow
def test_a_long_list_of_names_is_cut():
    model = keras.Sequential([layers.Input((2,))])
    for i in range(50):
        model.add(layers.Dense(2, name=f"layer{i}"))
    with pytest.raises(ValueError, match=r"'layer39'\] and 10 more\."):
        set_trainable(model, "x", {})


# --- training --------------------------------------------------------------


def values(model):
    """Map the path of each variable to its value."""
    return {v.path: v.numpy().copy() for v in model.variables if v.dtype == "float32"}


def changed(before, after):
    """Name the layers whose variables are not equal to the last bit."""
    paths = [p for p in before if before[p].tobytes() != after[p].tobytes()]
    return {path.split("/")[-2] for path in paths}


def classifier(make=nested, **params):
    usual = {"epochs": 2, "random_state": 0, "optimizer__learning_rate": 0.01}
    # What Keras traces for Adam takes four times as long.
    return KerasClassifier(make, **{"optimizer": "sgd", **usual, **params})


def plain_builder(make):
    return make


def compiling_builder(make):
    return partial(compiled_by_builder, make)


def given_model(make):
    return built(make)


def given_compiled(make):
    return compiled_by_builder(make)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "way", "engine"),
    [  # each kind of model and each way with both engines
        (nested, plain_builder, "auto"),
        (nested, compiling_builder, "keras"),
        (sequential, given_model, "auto"),
        (sequential, given_model, "keras"),
        (sequential, given_compiled, "auto"),
        (flat, plain_builder, "auto"),
        (flat, given_compiled, "keras"),
        (Subclassed, plain_builder, "keras"),
        (Subclassed, compiling_builder, "auto"),
        (Subclassed, given_compiled, "auto"),
    ],
)
def test_frozen_weights_stay_to_the_last_bit(make, way, engine, iris):
    chosen = ["head", "block5_*"]
    e = KerasClassifier(
        way(make),
        trainable=chosen,
        loss=LOSS,
        epochs=2,
        random_state=0,
        engine=engine,
    ).initialize(*iris)
    before = values(e.model_)
    e.set_params(warm_start=True).fit(*iris)
    assert changed(before, values(e.model_)) == {"head"} | BLOCK5
    assert (e.engine_ == "compiled") == (engine == "auto")


def momentum():
    return keras.optimizers.SGD(0.03, momentum=0.5)


def compiled_by_builder(make):
    model = make()
    if not model.built:
        model(np.zeros((2, 4), dtype=np.float32))
    model.compile(momentum(), LOSS, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.mark.slow
@ENGINES
@pytest.mark.parametrize(
    "params",
    [
        {"optimizer": "adamw", "optimizer__weight_decay": 0.5},
        {
            "optimizer": "adam",
            "optimizer__use_ema": True,
            "optimizer__ema_overwrite_frequency": 2,
        },
        {"optimizer": "sgd", "optimizer__momentum": 0.9},
        {"batch_size": 47, "shuffle": False},
    ],
    ids=["weight decay", "averages", "momentum", "odd batches"],
)
def test_optimizers_leave_frozen_weights_alone(params, engine, iris):
    e = classifier(trainable="head", engine=engine, **params).initialize(*iris)
    before = values(e.model_)
    e.set_params(warm_start=True).fit(*iris)
    assert changed(before, values(e.model_)) == {"head"}


@pytest.mark.slow
def test_both_engines_train_the_same(iris):
    chosen = ["head", "base/block5_dense"]
    compiled, reference = (
        classifier(
            trainable=chosen, engine=engine, shuffle=False, optimizer="adam"
        ).fit(*iris)
        for engine in ("auto", "keras")
    )
    a, b = values(compiled.model_), values(reference.model_)
    for left, right in zip(a.values(), b.values(), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-5)


def test_frozen_normalisation_is_in_inference_mode(iris):
    """Its averages stay, and it normalises by them, not by the batch."""
    X, y = iris
    e = classifier(trainable="head").fit(X, y)
    norm = e.model_.get_layer("base").get_layer("block1_norm")
    np.testing.assert_array_equal(norm.moving_mean.numpy(), np.zeros(5))
    x = np.random.RandomState(0).randn(8, 5).astype(np.float32) + 3
    np.testing.assert_allclose(norm(x, training=True), norm(x), rtol=1e-6)


@pytest.mark.slow
def test_none_leaves_what_the_builder_froze(iris):
    def build():
        model = nested()
        model.get_layer("base").trainable = False
        return model

    e = classifier(build).initialize(*iris)
    before = values(e.model_)
    e.set_params(warm_start=True).fit(*iris)
    assert changed(before, values(e.model_)) == {"head"}
    opened = classifier(build, trainable="*").fit(*iris)
    assert len(opened.model_.trainable_variables) == 10


def frozen_base(make):
    model = built(make)
    model.get_layer("base").trainable = False
    return model


def frozen_weight(make):
    model = built(make)
    model.get_layer("head").bias.trainable = False
    return model


def frozen_inside(make):
    model = built(make)
    model.get_layer("base").get_layer("block1_norm").trainable = False
    return model


COPIES = {
    "clone": clone,
    "clone of a clone": lambda e: clone(clone(e)),
    "pickle": lambda e: pickle.loads(pickle.dumps(e)),
    "pickle of a clone": lambda e: pickle.loads(pickle.dumps(clone(e))),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "freeze", "compiled"),
    [  # each with each of the others
        (nested, frozen_base, False),
        (nested, frozen_weight, True),
        (nested, frozen_inside, False),
        (sequential, frozen_base, True),
        (sequential, frozen_weight, False),
        (sequential, frozen_inside, True),
        (Subclassed, frozen_base, False),
        (Subclassed, frozen_weight, True),
        (Subclassed, frozen_inside, False),
    ],
)
def test_copies_of_a_given_model_keep_flags_and_weights(make, freeze, compiled):
    model = freeze(make)
    if compiled:
        model.compile("adam", LOSS)
    for way in COPIES.values():
        twin = way(KerasClassifier(model)).model
        assert flags_of(twin) == flags_of(model)
        for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "freeze", "frozen", "engine"),
    [  # each kind of model and each way to freeze with both engines
        (nested, frozen_base, BASE, "auto"),
        (nested, frozen_inside, {"block1_norm"}, "keras"),
        (sequential, frozen_base, BASE, "keras"),
        (sequential, frozen_weight, set(), "auto"),
        (Subclassed, frozen_weight, set(), "keras"),
        (Subclassed, frozen_inside, {"block1_norm"}, "auto"),
    ],
)
def test_a_given_model_keeps_its_flags(make, freeze, frozen, engine, iris):
    model = freeze(make)
    params = {"optimizer": "sgd"}
    if make is Subclassed:
        model.compile(momentum(), LOSS)
        params = {}
    e = clone(KerasClassifier(model, epochs=1, random_state=0, engine=engine, **params))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        e.fit(*iris)
    assert flags_of(e.model_) == flags_of(model)
    before, after = values(model), values(e.model_)
    after = dict(zip(before, after.values(), strict=True))
    assert changed(before, after) & (BASE | {"head"}) == (BASE | {"head"}) - frozen
    for path, variable in zip(before, e.model_.weights, strict=True):
        if not variable.trainable and "moving" not in path:
            np.testing.assert_array_equal(before[path], after[path])
    twin = pickle.loads(pickle.dumps(e))
    assert flags_of(twin.model_) == flags_of(model)


@pytest.mark.slow
def test_flags_that_the_optimizer_does_not_know_survive_a_pickle(iris):
    """A model that was trained, then frozen, and not compiled again."""
    model = built(nested)
    model.compile(momentum(), LOSS)
    model.fit(iris[0], np.arange(150) % 3, epochs=1, verbose=0)
    model.get_layer("base").trainable = False
    e = pickle.loads(pickle.dumps(KerasClassifier(model, epochs=1)))
    before = values(e.model)
    e.fit(*iris)
    after = dict(zip(before, values(e.model_).values(), strict=True))
    assert changed(before, after) == {"head"}


@pytest.mark.parametrize("make", [nested, composite, shared, Subclassed])
def test_flags_are_written_as_they_were_read(make):
    model = built(make)
    model.get_layer("head").trainable = False
    flags = flags_of(model)
    model.trainable = False
    assert flags_of(model) != flags
    assert set_flags(model, flags)
    assert flags_of(model) == flags
    assert not set_flags(model, flags)


# --- going on --------------------------------------------------------------


@pytest.mark.slow
@ENGINES
def test_two_stages(engine, iris):
    """First the head, then the last block with it, at a lower rate."""
    e = classifier(trainable="head", engine=engine, metrics=["accuracy"]).fit(*iris)
    model, first = e.model_, values(e.model_)
    assert float(model.optimizer.learning_rate.numpy()) == pytest.approx(0.01)
    e.set_params(
        trainable=["head", "base/block5_*"],
        optimizer__learning_rate=1e-4,
        warm_start=True,
    ).fit(*iris)
    assert e.model_ is model
    second = values(e.model_)
    assert changed(first, second) == {"head"} | BLOCK5
    assert max(np.abs(first[p] - second[p]).max() for p in first if "dense" in p) < 0.01
    assert float(model.optimizer.learning_rate.numpy()) == pytest.approx(1e-4)
    assert int(model.optimizer.iterations.numpy()) == 2 * 5  # it began anew
    assert list(e.history_) == ["accuracy", "loss"]
    # None is what the builder has set: everything.
    e.set_params(trainable=None).fit(*iris)
    assert changed(second, values(e.model_)) == BASE | {"head"}


@pytest.mark.slow
def test_none_goes_back_to_what_the_builder_froze(iris):
    def build():
        model = nested()
        model.get_layer("base").get_layer("block1_dense").trainable = False
        return model

    e = classifier(build, trainable="*", warm_start=True).fit(*iris)
    before = values(e.model_)
    e.set_params(trainable=None).fit(*iris)
    assert "block1_dense" not in changed(before, values(e.model_))


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [None, "head", ["head", "base*"], str.isalpha])
def test_what_does_not_change_keeps_the_optimizer(chosen, iris):
    if callable(chosen):
        chosen = is_head
    e = classifier(trainable=chosen, warm_start=True).fit(*iris)
    optimizer = e.model_.optimizer
    e.set_params(trainable=copy.deepcopy(chosen)).fit(*iris)
    assert e.model_.optimizer is optimizer
    assert int(optimizer.iterations.numpy()) == 4 * 5


def is_head(layer):
    return layer.name == "head"


@pytest.mark.slow
def test_another_way_to_say_the_same_keeps_the_optimizer(iris):
    e = classifier(warm_start=True).fit(*iris)
    optimizer = e.model_.optimizer
    e.set_params(trainable="*").fit(*iris)
    assert e.model_.optimizer is optimizer
    assert int(optimizer.iterations.numpy()) == 4 * 5


@pytest.mark.slow
@ENGINES
def test_partial_fit_takes_other_flags(engine, iris):
    e = classifier(trainable="head", engine=engine).partial_fit(*iris)
    before = values(e.model_)
    e.set_params(trainable="base").partial_fit(*iris)
    assert changed(before, values(e.model_)) == BASE
    assert e.n_iter_ == 2


@pytest.mark.slow
@ENGINES
@pytest.mark.parametrize("way", ["builder", "by the builder", "model"])
def test_going_on_with_what_the_builder_compiled(way, engine, iris):
    """It is compiled anew as it was, with a fresh optimizer."""
    given = compiled_by_builder(nested) if way == "model" else compiled_nested
    if way == "builder":
        given = takes_optimizer
    e = KerasClassifier(
        given, trainable="head", warm_start=True, epochs=1, engine=engine
    ).fit(*iris)
    optimizer, before = e.model_.optimizer, values(e.model_)
    e.set_params(trainable="base").fit(*iris)
    assert changed(before, values(e.model_)) == BASE
    assert e.model_.optimizer is not optimizer
    assert type(e.model_.optimizer) is keras.optimizers.SGD
    assert e.model_.optimizer.get_config()["learning_rate"] == pytest.approx(0.03)
    assert list(e.history_) == ["accuracy", "loss"]
    assert int(e.model_.optimizer.iterations.numpy()) == 5


def compiled_nested():
    return compiled_by_builder(nested)


def takes_optimizer(compile_kwargs):
    compile_kwargs.update(optimizer=momentum(), loss=LOSS, metrics=["accuracy"])
    model = nested()
    model.compile(**compile_kwargs)
    return model


class OwnCompile(Subclassed):
    """A model with more to compile than Keras knows."""

    def compile(self, factor, **kwargs):
        super().compile(**kwargs)
        self.factor = factor

    def call(self, x):
        return super().call(x)


class OwnCompileAgain(OwnCompile):
    """One that says how that is repeated."""

    def get_compile_config(self):
        return {"factor": self.factor}

    def compile_from_config(self, config):
        self.compile(**config, optimizer="sgd", loss=LOSS)


def with_own_compile(cls=OwnCompile):
    model = cls()
    model.compile(2.0, optimizer="sgd", loss=LOSS)
    return model


@pytest.mark.slow
def test_a_compile_of_the_models_own(iris):
    e = KerasClassifier(with_own_compile, trainable="head", epochs=1)
    with pytest.raises(ValueError, match="'whole' has a compile.. of its own"):
        e.fit(*iris)
    assert e.set_params(trainable=None).fit(*iris).model_.factor == 2.0
    e = KerasClassifier(
        with_own_compile, cls=OwnCompileAgain, trainable="head", epochs=1
    )
    assert e.fit(*iris).model_.factor == 2.0
    assert open_layers(e.model_) == {"head"}


# --- flags set by hand -----------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "method", "engine"),
    [
        (nested, "fit", "auto"),
        (nested, "partial_fit", "keras"),
        (compiled_nested, "fit", "keras"),
        (compiled_nested, "partial_fit", "auto"),
    ],
)
def test_flags_set_by_hand_count(make, method, engine, iris):
    """P21: Keras goes on with the old flags until the model is compiled again."""
    compiled = make is compiled_nested
    params = {} if compiled else {"optimizer": "sgd"}
    e = KerasClassifier(
        make, epochs=1, random_state=0, warm_start=True, engine=engine, **params
    ).fit(*iris)
    e.model_.get_layer("base").trainable = False
    before = values(e.model_)
    getattr(e, method)(*iris)
    assert changed(before, values(e.model_)) == {"head"}
    optimizer = e.model_.optimizer
    e.model_.get_layer("base").get_layer("block5_dense").trainable = True
    e.model_.get_layer("base").get_layer("block5_norm").trainable = True
    before = values(e.model_)
    getattr(e, method)(*iris)
    assert changed(before, values(e.model_)) == {"head"} | BLOCK5
    assert e.model_.optimizer is not optimizer
    assert e.model_.optimizer.get_config()["learning_rate"] == pytest.approx(
        0.03 if compiled else 0.01
    )
    # Without a change the optimizer goes on.
    optimizer = e.model_.optimizer
    getattr(e, method)(*iris)
    assert e.model_.optimizer is optimizer


@pytest.mark.slow
@ENGINES
def test_flags_set_by_hand_before_the_first_epoch(engine, iris):
    e = classifier(warm_start=True, engine=engine).initialize(*iris)
    e.model_.get_layer("base").trainable = False
    before = values(e.model_)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        e.fit(*iris)
    assert changed(before, values(e.model_)) == {"head"}


@pytest.mark.slow
def test_a_model_compiled_by_hand_stays_so(iris):
    """Flags set and compiled, as it is done in Keras."""
    e = classifier(warm_start=True).fit(*iris)
    e.model_.get_layer("base").trainable = False
    e.model_.compile(
        keras.optimizers.SGD(0.125),
        LOSS,
        metrics=["accuracy"],
    )
    before = values(e.model_)
    e.fit(*iris)
    assert changed(before, values(e.model_)) == {"head"}
    assert e.model_.optimizer.get_config()["learning_rate"] == 0.125
    assert list(e.history_) == ["accuracy", "loss"]


@pytest.mark.slow
def test_the_parameter_comes_before_flags_set_by_hand_once_it_changes(iris):
    e = classifier(trainable="head", warm_start=True).fit(*iris)
    e.model_.get_layer("base").trainable = True
    before = values(e.model_)
    e.fit(*iris)
    assert changed(before, values(e.model_)) == BASE | {"head"}
    before = values(e.model_)
    e.set_params(trainable="base").fit(*iris)
    assert changed(before, values(e.model_)) == BASE


def test_without_warm_start_the_builder_and_the_parameter_decide(iris):
    e = classifier(trainable="head").fit(*iris)
    e.model_.get_layer("base").trainable = True
    assert open_layers(e.fit(*iris).model_) == {"head"}


def test_a_refused_change_leaves_the_model_as_it_was(iris):
    e = classifier(trainable="head", warm_start=True).fit(*iris)
    before, optimizer = flags_of(e.model_), e.model_.optimizer
    for wrong in ("zzz", lambda layer: False, lambda layer: None):
        with pytest.raises((ValueError, TypeError), match="trainable"):
            e.set_params(trainable=wrong).fit(*iris)
        assert flags_of(e.model_) == before
    e.set_params(trainable="head").fit(*iris)
    assert e.model_.optimizer is optimizer


# --- copies and searches ---------------------------------------------------


WAYS = {
    "pickle": lambda e, _: pickle.loads(pickle.dumps(e)),
    "joblib": lambda e, path: (joblib.dump(e, path), joblib.load(path))[1],
    "deepcopy": lambda e, _: copy.deepcopy(e),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("chosen", ["head", ["head", "base/block5_*"], is_head])
def test_copies_train_on_alike(chosen, way, iris, tmp_path):
    e = classifier(trainable=chosen, shuffle=False, optimizer="adam").fit(*iris)
    twin = way(e, tmp_path / "e")
    assert twin.trainable == chosen
    assert flags_of(twin.model_) == flags_of(e.model_)
    before = values(e.model_)
    for one in (e, twin):
        one.partial_fit(*iris)
    assert changed(before, values(e.model_)) == open_layers(e.model_)
    pairs = zip(values(e.model_).values(), values(twin.model_).values(), strict=True)
    for a, b in pairs:
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert int(twin.model_.optimizer.iterations.numpy()) == 3 * 5


@pytest.mark.slow
@pytest.mark.parametrize("trained_on", [False, True])
def test_flags_set_by_hand_are_in_the_pickle(trained_on, iris):
    e = classifier(warm_start=True).fit(*iris)
    e.model_.get_layer("base").trainable = False
    if trained_on:
        e.fit(*iris)
    twin = pickle.loads(pickle.dumps(e))
    assert flags_of(twin.model_) == flags_of(e.model_)
    before = values(twin.model_)
    twin.fit(*iris)
    assert changed(before, values(twin.model_)) == {"head"}
    steps = int(twin.model_.optimizer.iterations.numpy())
    assert steps == (4 if trained_on else 2) * 5  # compiled anew where it was not yet


@pytest.mark.slow
def test_a_search_over_what_is_trained(iris):
    def count(estimator, X, y):
        return len(estimator.model_.trainable_variables)

    search = GridSearchCV(
        classifier(epochs=1),
        {"trainable": [None, "head*", ["head", "block5_*"], is_head]},
        scoring=count,
        cv=2,
        error_score="raise",
    ).fit(*iris)
    assert search.cv_results_["mean_test_score"].tolist() == [10, 2, 6, 2]
    assert search.best_params_ == {"trainable": None}
    wrong = GridSearchCV(
        classifier(), {"trainable": ["hed"]}, cv=2, error_score="raise"
    )
    with pytest.raises(ValueError, match="'hed' matches no layer"):
        wrong.fit(*iris)


@pytest.mark.slow
def test_a_regressor_has_it_too(diabetes):
    X, y = diabetes
    e = KerasRegressor("mlp", trainable=lambda layer: layer.units == 1, epochs=1)
    assert [v.shape for v in e.fit(X, y).model_.trainable_variables] == [(100, 1), (1,)]


@pytest.mark.slow
def test_a_builders_own_argument_of_that_name(iris):
    """It means another thing, as in Keras' constructors."""

    class Net(keras.Sequential):
        pass

    def build(n_classes, trainable=False):
        hidden = layers.Dense(4, name="hidden", trainable=trainable)
        head = layers.Dense(n_classes, activation="softmax", name="head")
        return keras.Sequential([layers.Input((4,)), hidden, head])

    def count(*model, **params):
        e = KerasClassifier(*model, epochs=1, loss=LOSS, **params).fit(*iris)
        return len(e.model_.trainable_variables)

    assert count(build) == 2
    assert count(build, model__trainable=True) == 4
    assert count(build, trainable="*") == 4
    assert count(build, trainable="hidden") == 2
    head = layers.Dense(3, name="head", activation="softmax")
    assert count(Net, layers=[layers.Input((4,)), head], trainable="head") == 2


@pytest.mark.slow
def test_kept_graphs_do_not_mix_flags(iris):
    """Fits that differ in flags alone, one after the other on the same graphs."""
    for chosen, expected in [
        ("head", {"head"}),
        (None, BASE | {"head"}),
        ("head", {"head"}),
        ("base", BASE),
    ]:
        e = classifier(trainable=chosen).initialize(*iris)
        before = values(e.model_)
        e.set_params(warm_start=True).fit(*iris)
        assert e.engine_ == "compiled"
        assert changed(before, values(e.model_)) == expected


# --- layers in several models ----------------------------------------------


def on_a_shared_base(base, **params):
    def build(n_classes):
        head = layers.Dense(n_classes, activation="softmax", name="head")
        return keras.Sequential([layers.Input((4,)), base, head])

    return classifier(build, **params)


@pytest.mark.slow
def test_models_may_share_a_frozen_base(iris):
    base = base_model()
    e = on_a_shared_base(base, trainable="head")
    start = [w.copy() for w in base.get_weights()]
    first, second = clone(e).fit(*iris), clone(e).fit(*iris)
    assert first.model_.get_layer("base") is second.model_.get_layer("base") is base
    for a, b in zip(start, base.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_models_do_not_train_each_others_layers(iris):
    """P22: two models with a layer in common influence each other."""
    message = "build put the layer 'block.*into more than one model.*KerasClassifier"
    e = on_a_shared_base(base_model()).fit(*iris)
    with pytest.raises(ValueError, match=message):
        e.fit(*iris)
    # Nor while one of them freezes it, before or after.
    with pytest.raises(ValueError, match=message):
        e.set_params(trainable="head").fit(*iris)
    base = base_model()
    frozen = on_a_shared_base(base, trainable="head").fit(*iris)
    other = on_a_shared_base(base, trainable="head", warm_start=True).fit(*iris)
    with pytest.raises(ValueError, match=message):
        on_a_shared_base(base, trainable="*").fit(*iris)
    with pytest.raises(ValueError, match=message):
        other.set_params(trainable="*").fit(*iris)
    assert open_layers(other.model_) == {"head"}
    frozen.predict(iris[0])


@pytest.mark.slow
def test_a_base_of_ones_own_may_be_opened_later(iris):
    e = on_a_shared_base(base_model(), trainable="head", warm_start=True).fit(*iris)
    before = values(e.model_)
    e.set_params(trainable="*").fit(*iris).fit(*iris)
    assert changed(before, values(e.model_)) == BASE | {"head"}


@pytest.mark.slow
@pytest.mark.parametrize("way", ["fit", "warm"])
def test_frozen_by_one_estimator_is_not_left_frozen_by_the_builder(way, iris):
    """None means what the builder leaves open, whoever came before."""
    base = base_model()
    if way == "fit":
        on_a_shared_base(base, trainable="head").fit(*iris)
    else:
        first = on_a_shared_base(base, trainable="*", warm_start=True).fit(*iris)
        first.set_params(trainable="head").fit(*iris)
    e = on_a_shared_base(base)
    with pytest.raises(ValueError, match="'base'.*another estimator has frozen it"):
        e.fit(*iris)
    base = base_model()
    base.trainable = False  # by hand, as a builder does
    on_a_shared_base(base, trainable="head").fit(*iris)
    assert open_layers(on_a_shared_base(base).fit(*iris).model_) == {"head"}


@pytest.mark.slow
def test_loading_does_not_overwrite_a_shared_base(iris):
    """As estimators of a search in several processes come back to this one."""
    base = base_model()
    e = on_a_shared_base(base, trainable="head").fit(*iris)
    saved = e.__getstate__()
    base.set_weights([w + 1.0 for w in base.get_weights()])
    expected = e.predict_proba(iris[0])
    with pytest.raises(ValueError, match="'base', which other estimators use"):
        clone(e).__setstate__(saved)
    np.testing.assert_array_equal(e.predict_proba(iris[0]), expected)
    clone(e).__setstate__(e.__getstate__())  # the same weights
    del e  # nobody's any more
    alone = on_a_shared_base(base, trainable="head")
    alone.__setstate__(saved)
    assert not np.array_equal(alone.predict_proba(iris[0]), expected)
