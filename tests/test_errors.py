"""Bad input: every message says what came, what was expected, what to do."""

import pickle
import re

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.base import state as state_file
from tests.builders import dense_classifier, dense_regressor

N = 24
RNG = np.random.RandomState(0)
X = RNG.randn(N, 4).astype("float32")
STEPS = RNG.randn(N, 5, 2).astype("float32")
KIND, FLAG = np.arange(N) % 3, np.arange(N) % 2
NAMES = np.array(["a", "b", "c"])[KIND]
MANY = np.c_[FLAG, KIND > 0, KIND > 1].astype(int)
MASKS = RNG.randint(0, 2, (N, 3, 3))
VALUES = RNG.randn(N)

layers = keras.layers
EarlyStopping = keras.callbacks.EarlyStopping


def ends_in(*last, shape=(4,)):
    """Make a builder of a model with these layers: (class, arguments) pairs."""

    def build():
        return keras.Sequential(
            [layers.Input(shape), *(cls(*args, **more) for cls, args, more in last)]
        )

    return build


def dense(units, activation=None):
    return layers.Dense, (units,), {"activation": activation}


def fitting(model, y, estimator=KerasClassifier, rows=X, **params):
    """Postpone a fit of one epoch."""
    return lambda: estimator(model, **{"epochs": 1, **params}).fit(rows, y)


def classifying(**params):
    """Postpone a fit of the shared classifier."""
    return fitting(dense_classifier, KIND, **params)


def refused(call, error, message):
    """Check that a call fails in words, not in a trace of Keras' inside."""
    with pytest.raises(error, match=rf"(?s){message}") as caught:
        call()
    text = str(caught.value)
    assert "in user code" not in text
    assert "Graph execution error" not in text
    assert len(text) < 1500
    return text


def case(name, call, error, message):
    return pytest.param(call, error, message, id=name)


def table(*cases):
    return pytest.mark.parametrize(("call", "error", "message"), cases)


# --- builders --------------------------------------------------------------


def forgets_to_return():
    keras.Sequential([layers.Input((4,)), layers.Dense(3)])


def needs(n_features_in, hidden):
    return dense_classifier({"n_features_in_": n_features_in}, hidden)


def fails():
    raise ZeroDivisionError("in the user's own code")


class NoCall:
    pass


class NeedsArgument:
    def __init__(self, size):
        self.size = size

    def __call__(self):
        """Build nothing."""


def two_inputs():
    inputs = [keras.Input((4,)), keras.Input((2,))]
    return keras.Model(
        inputs, layers.Dense(3, activation="softmax")(layers.Concatenate()(inputs))
    )


def two_outputs():
    inputs = keras.Input((4,))
    kind = layers.Dense(3, activation="softmax", name="kind")(inputs)
    return keras.Model(
        inputs, [kind, layers.Dense(1, activation="sigmoid", name="flag")(inputs)]
    )


@table(
    case(
        "no-return",
        fitting(forgets_to_return, KIND),
        TypeError,
        "forgets_to_return returned None, not a keras.Model.*return statement missing",
    ),
    case(
        "layer",
        fitting(lambda: layers.Dense(3), KIND),
        TypeError,
        "returned a Dense, not a keras.Model",
    ),
    case(
        "list",
        fitting(lambda: [1], KIND),
        TypeError,
        "returned a list, not a keras.Model",
    ),
    case(
        "model-class",
        fitting(lambda: keras.Sequential, KIND),
        TypeError,
        "not a keras.Model",
    ),
    case(
        "argument",
        fitting(needs, KIND),
        ValueError,
        r"needs has an argument 'hidden' without a default.*hidden=\.\.\.",
    ),
    case(
        "own-error", fitting(fails, KIND), ZeroDivisionError, "^in the user's own code$"
    ),
    case("number", fitting(3, KIND), TypeError, "model must be a function.*Got 3"),
    case("list-of", fitting([fails], KIND), TypeError, r"model must be.*Got \["),
    case("dict", fitting({"a": 1}, KIND), TypeError, "model must be.*Got {'a': 1}"),
    case(
        "layer-object",
        fitting(layers.Dense(3), KIND),
        TypeError,
        "model must be a function.*Got <Dense",
    ),
    case("class", fitting(NoCall, KIND), TypeError, "model must be.*the class NoCall"),
    case("class-argument", fitting(NeedsArgument, KIND), TypeError, "Needs.*'size'"),
    case(
        "name",
        fitting("mpl", KIND),
        ValueError,
        r"no ready builder 'mpl'\. Did you mean 'mlp'\?.*\['bilstm', 'cnn'",
    ),
    case(
        "name-far-off",
        fitting("transformer", KIND),
        ValueError,
        r"no ready builder 'transformer'\. The ready builders are \['bilstm'",
    ),
    case(
        "both",
        fitting(dense_classifier, KIND, build_fn=dense_classifier),
        ValueError,
        "model= and build_fn=.*older name.*one of them",
    ),
    case(
        "width-of-X",
        fitting(ends_in(dense(3, "softmax"), shape=(5,)), KIND),
        ValueError,
        r"inputs of shape \(None, 5\), but X has shape .*4.*input_shape",
    ),
    case(
        "rank-of-X",
        fitting(ends_in(dense(3, "softmax"), shape=(5, 4)), KIND),
        ValueError,
        r"inputs of shape \(None, 5, 4\), but X has shape .*4",
    ),
    case(
        "two-inputs",
        fitting(two_inputs, KIND),
        ValueError,
        r"2 inputs \(.*\), but X is one array of shape .*input_columns",
    ),
    case(
        "layer-wants-3-D",
        fitting(
            lambda: keras.Sequential([layers.LSTM(2), layers.Dense(3, "softmax")]), KIND
        ),
        ValueError,
        r"expected ndim=3, found ndim=2.*\(None, 4\)",
    ),
    case("cnn", fitting("cnn", KIND), ValueError, r"cnn needs images.*shape \(4,\)"),
    case(
        "cnn-5-D",
        fitting("cnn", KIND, rows=STEPS[..., None, None]),
        ValueError,
        r"cnn needs images.*\(5, 2, 1, 1\).*reshape",
    ),
    *(
        case(
            name,
            fitting(name, KIND),
            ValueError,
            rf"{name} needs sequences.*shape \(4,\).*reshape",
        )
        for name in ("lstm", "gru", "bilstm")
    ),
    case(
        "lstm-4-D",
        fitting("lstm", KIND, rows=STEPS[..., None]),
        ValueError,
        r"lstm needs sequences.*\(5, 2, 1\)",
    ),
    case("mlp-masks", fitting("mlp", MASKS), ValueError, "'elementwise'.*your own"),
)
def test_builders(call, error, message):
    refused(call, error, message)


@pytest.mark.parametrize("model", [3, "mpl", NoCall], ids=["number", "name", "class"])
def test_a_wrong_builder_waits_for_fit(model):
    # As scikit-learn's estimators do: the constructor takes whatever comes.
    e = KerasClassifier(model, hidden=3)
    assert e.get_params()["model"] is model
    assert repr(e).startswith("KerasClassifier(")


def test_one_model_for_two_estimators():
    model = ends_in(dense(3, "softmax"))()
    builder = fitting(lambda: model, KIND)
    builder()
    refused(
        builder, ValueError, "returned a model that it has returned.*each call.*copied"
    )


def compiled():
    model = ends_in(dense(3, "softmax"))()
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"optimizer": "rmsprop"},
            "optimizer was given.*compiled already.*take optimi",
        ),
        ({"optimizer__learning_rate": 0.1}, "optimizer__learning_rate was given"),
        ({"metrics": ["accuracy"]}, "metrics was given.*compile_kwargs.*uncompiled"),
        ({"compile__loss_weights": [1.0]}, "compile__loss_weights was.*compile_kwargs"),
        (
            {"loss": "categorical_crossentropy"},
            "loss='categorical_crossentropy' was given.*'sparse_categorical_cross",
        ),
        ({"loss__from_logits": True}, "loss__from_logits was given"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_models_compiled_with_something_else(params, message):
    call = KerasClassifier(compiled, **params).initialize
    refused(lambda: call(X, KIND), ValueError, message)


def test_a_compiled_model_object_is_not_called_by_a_private_name():
    call = KerasClassifier(compiled(), optimizer="rmsprop").initialize
    text = refused(lambda: call(X, KIND), ValueError, "optimizer was given.*compiled")
    assert "GivenModel" not in text


# --- outputs and losses ----------------------------------------------------


@table(
    case(
        "one-softmax",
        fitting(ends_in(dense(1, "softmax")), FLAG),
        ValueError,
        r"softmax over one unit.*Dense\(1, activation='sigmoid'\)",
    ),
    case(
        "one-softmax-for-three",
        fitting(ends_in(dense(1, "softmax")), KIND),
        ValueError,
        r"softmax over one unit.*(Dense\(3|3 units)",
    ),
    case(
        "too-many",
        fitting(ends_in(dense(4, "softmax")), KIND),
        ValueError,
        r"shape \(None, 4\) with softmax.*label of 3 classes needs 3 units.*n_classes",
    ),
    case(
        "too-few",
        fitting(ends_in(dense(1, "sigmoid")), NAMES),
        ValueError,
        r"shape \(None, 1\) with sigmoid.*3 classes needs 3 units",
    ),
    case(
        "three-for-two",
        fitting(ends_in(dense(3, "softmax")), FLAG),
        ValueError,
        "label of 2 classes needs 1 unit or 2 units",
    ),
    case(
        "steps",
        fitting(ends_in((layers.Reshape, ((2, 2),), {}), dense(3, "softmax")), KIND),
        ValueError,
        r"shape \(None, 2, 3\).*3 classes needs 3 units",
    ),
    case(
        "multilabel",
        fitting(ends_in(dense(2, "sigmoid")), MANY),
        ValueError,
        "multilabel target of 3 columns needs 3 units",
    ),
    case(
        "multilabel-softmax",
        fitting(ends_in(dense(3, "softmax")), MANY),
        ValueError,
        "No loss fits a multilabel-indicator.*activation='sigmoid'",
    ),
    case(
        "columns",
        fitting(ends_in(dense(3, "softmax")), np.c_[KIND, NAMES]),
        ValueError,
        r"1 output \(.*columns.*one output for each column",
    ),
    case(
        "dict",
        fitting(ends_in(dense(3, "softmax")), {"a": KIND, "b": KIND}),
        ValueError,
        r"1 output \(.*\['a', 'b'\].*Name the output layers as the keys of y",
    ),
    case(
        "masks",
        fitting(ends_in(dense(2, "softmax")), MASKS),
        ValueError,
        r"shape \(None, 3, 3\) with 2 classes needs shape \(None, 3, 3, 2\) or",
    ),
    case(
        "relu",
        fitting(ends_in(dense(3, "relu")), KIND),
        ValueError,
        "No loss fits a multiclass.*with relu.*activation='softmax'",
    ),
    case(
        "value",
        fitting(ends_in(dense(2)), VALUES, KerasRegressor),
        ValueError,
        r"shape \(None, 2\) with linear.*needs 1 unit[^s]",
    ),
    case(
        "values",
        fitting(ends_in(dense(1)), np.c_[VALUES, VALUES], KerasRegressor),
        ValueError,
        r"y of shape \(None, 2\) needs 2 units",
    ),
    case(
        "loss-of-several-units",
        fitting(ends_in(dense(1, "sigmoid")), FLAG, loss="categorical_crossentropy"),
        ValueError,
        "'categorical_crossentropy' does not fit a binary.*'binary_crossentropy'",
    ),
    case(
        "loss-of-one-label",
        fitting(
            ends_in(dense(3, "sigmoid")), MANY, loss="sparse_categorical_crossentropy"
        ),
        ValueError,
        "does not fit a multilabel-indicator.*use 'binary_crossentropy'",
    ),
    case(
        "loss-of-classes",
        fitting(ends_in(dense(1)), VALUES, KerasRegressor, loss="hinge"),
        ValueError,
        "'hinge' does not fit a continuous target.*'mean_squared_error'",
    ),
    case(
        "loss-of-fractions",
        fitting(ends_in(dense(1, "sigmoid")), 3 * VALUES, KerasRegressor, loss="bce"),
        ValueError,
        "'binary_crossentropy' does.*between 0 and 1.*y lies between -.*scale y",
    ),
    case(
        "losses-too-few",
        fitting(two_outputs, np.c_[KIND, FLAG], loss=["categorical_crossentropy"]),
        ValueError,
        "loss.*(1|one).*(2|two) outputs|2 outputs.*loss",
    ),
    case(
        "losses-too-many",
        fitting(two_outputs, np.c_[KIND, FLAG], loss=["mse"] * 3),
        ValueError,
        "loss.*3.*2 outputs|2 outputs.*loss",
    ),
    case(
        "losses-by-unknown-name",
        fitting(two_outputs, np.c_[KIND, FLAG], loss={"kind": "mse", "falg": "mse"}),
        ValueError,
        "'flag'.*loss has the keys.*'falg'|loss has the keys.*'falg'.*'flag'",
    ),
    case(
        "loss-by-unknown-name",
        fitting(ends_in(dense(3, "softmax")), KIND, loss={"kind": "mse"}),
        ValueError,
        "loss.*'kind'",
    ),
    case(
        "loss-in-compiled-model",
        fitting(lambda: _compiled_with("categorical_crossentropy", 1, "sigmoid"), FLAG),
        ValueError,
        "'categorical_crossentropy' does not fit a binary",
    ),
)
def test_outputs_and_losses(call, error, message):
    refused(call, error, message)


def _compiled_with(loss, *last):
    model = ends_in(dense(*last))()
    model.compile("sgd", loss)
    return model


def test_a_regressor_is_not_told_about_classes():
    call = fitting(ends_in(dense(2)), VALUES, KerasRegressor)
    assert "n_classes" not in refused(call, ValueError, "n_outputs")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"loss": "binary_crosentropy"}, "loss.*Did you mean 'binary_crossentropy'"),
        ({"optimizer": "adan"}, "optimizer.*'adan'.*Did you mean 'adam'"),
        ({"metrics": ["acuracy"]}, "metric.*'acuracy'.*Did you mean 'accuracy'"),
        ({"loss": 3}, "loss.*(must be.*Got 3|3.*Give)"),
        ({"optimizer": 3}, "optimizer.*(must be.*Got 3|3.*Give)"),
        ({"optimizer": None}, "optimizer.*(must be.*Got None|None.*[Gg]ive)"),
    ],
    ids=lambda value: (
        "-".join(map(str, *value.items())) if isinstance(value, dict) else ""
    ),
)
def test_what_keras_does_not_know(params, message):
    refused(classifying(**params), (ValueError, TypeError), message)


# --- parameter names -------------------------------------------------------

WRONG_NAMES = {
    "hiden": r"Invalid parameter 'hiden' for.*Did you mean 'hidden'\?",
    "model__hiden": r"hiden.*Did you mean '(model__)?hidden'\?",
    "epoch": r"'epoch' for estimator Keras.*Did you mean 'epochs'\?",
    "nb_epoch": r"'nb_epoch'.*Did you mean 'epochs'\?",
    "n_epochs": r"Did you mean 'epochs'\?",
    "max_iter": r"Did you mean 'epochs'\?",
    "lr": r"'lr'.*Did you mean 'optimizer__learning_rate'\?",
    "learning_rate": r"Did you mean 'optimizer__learning_rate'\?",
    "optimizer__lr": r"'optimizer__lr'.*Did you mean 'optimizer__learning_rate'\?",
    "optimizer__decay": r"'optimizer__decay'.*schedule.*InverseTimeDecay",
    "optimizer_learning_rate": r"Did you mean 'optimizer__learning_rate'\?",
    "optimiser__learning_rate": r"Did you mean 'optimizer__learning_rate'\?",
    "fit__epoch": r"'fit__epoch'.*Did you mean 'fit__epochs'\?",
    "fit__nb_epoch": r"Did you mean 'fit__epochs'\?",
    "predict__batchsize": r"Did you mean 'predict__batch_size'\?",
    "compile__loss_weight": r"Did you mean 'compile__loss_weights'\?",
    "samples_per_epoch": r"Did you mean 'fit__steps_per_epoch'\?",
    "zzz": r"Invalid parameter 'zzz'.*own parameters \['augmenter'.*\['activation'",
}


@pytest.mark.parametrize(
    "give",
    [
        lambda name: KerasClassifier(dense_classifier, **{name: 1}),
        lambda name: KerasClassifier(dense_classifier).set_params(**{name: 1}),
        lambda name: GridSearchCV(
            KerasClassifier(dense_classifier), {name: [1]}, cv=2
        ).fit(X, KIND),
    ],
    ids=["constructor", "set_params", "search"],
)
@pytest.mark.parametrize(("name", "message"), WRONG_NAMES.items(), ids=WRONG_NAMES)
def test_parameter_names(give, name, message):
    text = refused(lambda: give(name), ValueError, message)
    assert name.removeprefix("model__") in text


@pytest.mark.parametrize("name", ["zzz", "hiden", "nb_epoch", "optimizer__decay"])
def test_parameter_messages_are_spaced_as_text_is(name):
    text = refused(lambda: KerasClassifier(**{name: 1}), ValueError, name)
    assert re.search(r"[.?] Valid are", text)
    assert "  " not in text


def test_parameter_names_count_as_types_and_values():
    # As scikit-learn's InvalidParameterError does.
    for error in (ValueError, TypeError):
        with pytest.raises(error, match="hiden"):
            KerasClassifier(dense_classifier, hiden=1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("epoch", r"fit got an unexpected argument 'epoch'\. Did you mean 'epochs'\?"),
        ("nb_epoch", r"'nb_epoch'\. Did you mean 'epochs'\? It takes \['batch_size'"),
        ("hidden", r"unexpected argument 'hidden'.*It takes \["),
    ],
)
def test_names_in_fit(name, message):
    e = KerasClassifier(dense_classifier)
    refused(lambda: e.fit(X, KIND, **{name: 1}), TypeError, message)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("batchsize", r"unexpected argument 'batchsize'\. Did you mean 'batch_size'\?"),
        ("epochs", r"unexpected argument 'epochs'.*It takes \['batch_size'"),
    ],
)
def test_names_in_predict(method, name, message):
    e = KerasClassifier(dense_classifier).initialize(X, KIND)
    refused(lambda: getattr(e, method)(X, **{name: 1}), TypeError, message)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"optimizer": "sgd", "optimizer__beta_1": 0.5}, "SGD takes no.*'momentum'"),
        (
            {"optimizer__lerning_rate": 0.5},
            r"Adam takes no argument 'lerning_rate'.*'optimizer__learning_rate'\?",
        ),
        (
            {"loss": "sparse_categorical_crossentropy", "loss__from_logit": True},
            r"SparseCategoricalCrossentropy takes no.*mean 'loss__from_logits'\?",
        ),
        ({"loss__from_logits": True}, "loss__from_logits was given, but loss.*None"),
        ({"metrics__name": "m"}, "metrics__name was given, but metrics.*None"),
        (
            {"metrics": [keras.metrics.AUC], "metrics__threshold": 3},
            r"AUC takes no argument 'threshold'.*mean 'metrics__(0__)?thresholds'\?",
        ),
        (
            {"callbacks": EarlyStopping, "callbacks__patienc": 3},
            r"EarlyStopping takes no.*patience'\?",
        ),
        (
            {"callbacks": [EarlyStopping()], "callbacks__0__patienc": 3},
            r"callbacks__0__patienc was given.*Did you mean 'callbacks__0__patience'\?",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_names_that_a_consumer_does_not_take(params, message):
    refused(classifying(**params), (ValueError, TypeError), message)


def test_a_regressor_has_no_class_weight():
    regressor = KerasRegressor(dense_regressor, epochs=1)
    weight = {"class_weight": {0: 1.0}}
    refused(lambda: regressor.fit(X, VALUES, **weight), TypeError, "sample_weight")
    refused(lambda: KerasRegressor(**weight), TypeError, "'class_weight'")


# --- parameter values ------------------------------------------------------


@pytest.mark.parametrize("estimator", [KerasClassifier, KerasRegressor])
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("epochs", 0, r"an int in the range \[1, inf\)"),
        ("epochs", -1, r"an int in the range \[1, inf\)"),
        ("epochs", 1.5, r"a str among {'auto'} or an int"),
        ("epochs", "automatic", r"a str among {'auto'}"),
        ("epochs", None, r"a str among {'auto'} or an int"),
        ("batch_size", 0, r"an int in the range \[1, inf\).*-1.* or None"),
        ("batch_size", -2, r"an int in the range \[1, inf\)"),
        ("batch_size", 2.5, r"an int in the range"),
        ("batch_size", "all", r"an int in the range"),
        ("validation_batch_size", 0, r"an int in the range \[1, inf\)"),
        ("validation_split", 1.0, r"a float in the range \[0.0, 1.0\)"),
        ("validation_split", -0.1, r"a float in the range \[0.0, 1.0\)"),
        ("validation_split", 5, r"a float in the range .* implementing 'split'"),
        ("early_stopping", 0, r"'bool'.*an int in the range \[1, inf\)"),
        ("early_stopping", "yes", r"'bool'.*an int in the range"),
        ("engine", "torch", r"a str among {'\w+', '\w+'}"),
        ("engine", None, r"a str among {'\w+', '\w+'}"),
        ("verbose", -1, r"an int in the range \[0, inf\)"),
        ("verbose", "loud", r"a str among {'auto'}"),
        ("shuffle", "no", "an instance of 'bool'"),
        ("warm_start", 2, "an instance of 'bool'"),
        ("run_eagerly", "no", "an instance of 'bool'"),
        ("random_state", "seed", "an int in the range.*RandomState.*None"),
        ("random_state", -1, r"an int in the range \[0, "),
        ("custom_objects", [1], "an instance of 'dict' or None"),
        ("metrics", 3, "an instance of 'list'.*None"),
    ],
    ids=str,
)
def test_parameter_values(estimator, name, value, expected):
    # scikit-learn's grammar: The 'x' parameter of Y must be ... Got ... instead.
    e = estimator("mlp", **{name: value})
    grammar = (
        f"^The '{name}' parameter of {estimator.__name__} must be .*{expected}"
        rf".* Got {re.escape(repr(value))} instead\.$"
    )
    refused(lambda: e.fit(X, VALUES), ValueError, grammar)
    refused(lambda: e.initialize(X, VALUES), ValueError, grammar)


@pytest.mark.parametrize(
    "give",
    [
        lambda e, name, value: e.fit(X, KIND, **{name: value}),
        lambda e, name, value: e.set_params(**{f"fit__{name}": value}).fit(X, KIND),
    ],
    ids=["call", "routed"],
)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", "x"),
        ("batch_size", 0),
        ("batch_size", 2.5),
        ("verbose", -3),
        ("shuffle", "no"),
        ("validation_split", 2.0),
        ("class_weight", "balance"),
        ("initial_epoch", -1),
        ("validation_freq", 0),
    ],
    ids=str,
)
def test_values_of_fit(give, name, value):
    e = KerasClassifier(dense_classifier, epochs=1)
    message = rf"'{name}'.* must be .*Got {re.escape(repr(value))}"
    refused(lambda: give(e, name, value), (ValueError, TypeError), message)


@pytest.mark.parametrize(
    ("name", "value"),
    [("batch_size", 0), ("batch_size", -3), ("batch_size", "x"), ("verbose", -3)],
    ids=str,
)
def test_values_of_predict(name, value):
    e = KerasClassifier(dense_classifier).initialize(X, KIND)
    message = rf"'{name}'.* must be .*Got {re.escape(repr(value))}"
    refused(lambda: e.predict(X, **{name: value}), (ValueError, TypeError), message)


@pytest.mark.parametrize(
    ("value", "came"),
    [
        (3, "Got 3"),
        ("early", "Got 'early'"),
        ([3], "Got 3"),
        ([EarlyStopping(), int], "Got <class 'int'>"),
        ({"stop": 3}, "Got 3 .*'stop'"),
        (len, "Got <built-in function len>"),
    ],
    ids=["number", "name", "list", "class", "dict", "function"],
)
def test_callbacks_that_are_none(value, came):
    message = f"callbacks must be Keras callbacks.*{came}"
    refused(classifying(callbacks=value), TypeError, message)


# --- X ---------------------------------------------------------------------


def test_callbacks_of_scikit_learn():
    callback = pytest.importorskip("sklearn.callback").ProgressBar()
    refused(classifying(callbacks=[callback]), TypeError, r"set_callbacks\(")


def with_value(a, value):
    changed = np.array(a, dtype=np.float64)
    changed[1] = value
    return changed


@pytest.fixture(scope="module")
def built():
    """A classifier for X, and one for sequences; not to be fitted."""
    return (
        KerasClassifier(dense_classifier).initialize(X, KIND),
        KerasClassifier("gru", units=2).initialize(STEPS, KIND),
    )


@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "predict_proba"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "Input X contains NaN"),
        (
            np.inf,
            r"Input X contains infinity or a value too large for dtype\('float32'",
        ),
        (
            -np.inf,
            r"Input X contains infinity or a value too large for dtype\('float32'",
        ),
        (1e300, r"Input X contains infinity or a value too large for dtype\('float32'"),
    ],
    ids=["nan", "inf", "minus-inf", "too-large"],
)
def test_values_of_X(method, value, message, built):
    rows = with_value(X, value)
    if "predict" in method:
        refused(lambda: getattr(built[0], method)(rows), ValueError, message)
    else:
        fit = getattr(KerasClassifier(dense_classifier, epochs=1), method)
        refused(lambda: fit(rows, KIND), ValueError, message)


FRAME = pd.DataFrame(X, columns=list("abcd"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[:, :3], "X has 3 features, but KerasClassifier is expecting 4 features"),
        (X[0], r"Expected 2D array, got 1D array.*reshape\(1, -1\)"),
        (X[:0], "Found array with 0 sample.*minimum of 1 is required by KerasClass"),
        (STEPS[:, :4], r"\(24, 4, 2\).*KerasClassifier is expecting"),
        ([["a", "b", "c", "d"]], "could not convert string to float.*OneHotEncoder"),
        ([[1, 2, 3, 4], [1]], "unequal length"),
    ],
    ids=["width", "1-D", "empty", "rank", "text", "ragged"],
)
def test_X_unlike_that_of_fit(rows, message, built):
    refused(lambda: built[0].predict(rows), ValueError, message)


@pytest.mark.parametrize(
    ("rows", "shape"),
    [
        (STEPS[:, :4], r"\(24, 4, 2\)"),
        (STEPS[:, :, :1], r"\(24, 5, 1\)"),
        (STEPS[0], r"\(5, 2\)"),
        (np.zeros((3, 5)), r"\(3, 5\)"),
        (STEPS[..., None], r"\(24, 5, 2, 1\)"),
    ],
    ids=["steps", "features", "one-sample", "2-D", "4-D"],
)
def test_sequences_unlike_those_of_fit(rows, shape, built):
    # The second axis counts steps here: "X has 4 features" would be wrong.
    message = rf"X has shape {shape}, but KerasClassifier is expecting .*5, 2"
    refused(lambda: built[1].predict(rows), ValueError, message)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (FRAME[list("bacd")], "same order as they were in fit"),
        (FRAME[list("abc")], "now missing:\n- d"),
        (FRAME.rename(columns={"a": "z"}), "unseen at fit time:\n- z.*missing:\n- a"),
    ],
    ids=["order", "missing", "renamed"],
)
def test_column_names(rows, message):
    e = KerasClassifier(dense_classifier).initialize(FRAME, KIND)
    refused(lambda: e.predict(rows), ValueError, message)


def test_rows_without_the_names_of_fit():
    e = KerasClassifier(dense_classifier).initialize(FRAME, KIND)
    with pytest.warns(
        UserWarning, match="X does not have valid feature names, but Ker"
    ):
        e.predict(X)


@table(
    case(
        "empty", fitting("mlp", KIND[:0], rows=X[:0]), ValueError, "0 sample.*min.* 1"
    ),
    case("no-columns", fitting("mlp", KIND, rows=X[:, :0]), ValueError, "0 feature"),
    case("1-D", fitting("mlp", KIND, rows=X[:, 0]), ValueError, r"reshape\(-1, 1\)"),
    case(
        "lengths",
        fitting("mlp", KIND[:4]),
        ValueError,
        r"inconsistent numbers of samples: \[24, 4\]",
    ),
    case(
        "lengths-in-dict",
        fitting("mlp", {"a": KIND, "b": KIND[:4]}),
        ValueError,
        r"inconsistent numbers of samples: \[24, 4\]",
    ),
    case(
        "complex",
        fitting("mlp", KIND, rows=X + 1j),
        ValueError,
        "Complex data not supp",
    ),
)
def test_rows(call, error, message):
    # Not `refused`: scikit-learn prints a complex X in full.
    with pytest.raises(error, match=message):
        call()


# --- y ---------------------------------------------------------------------


@table(
    case(
        "none", fitting("mlp", None), ValueError, "requires y to be passed.*y is None"
    ),
    case(
        "none-regressor",
        fitting("mlp", None, KerasRegressor),
        ValueError,
        "KerasRegressor estimator requires y to be passed.*y is None",
    ),
    case("missing", lambda: KerasClassifier().fit(X), ValueError, "requires y to be"),
    case(
        "continuous",
        fitting("mlp", VALUES),
        ValueError,
        "Unknown label type: contin.*regr",
    ),
    case(
        "continuous-columns",
        fitting("mlp", np.c_[VALUES, VALUES]),
        ValueError,
        "Unknown label type: continuous-multioutput",
    ),
    case(
        "mixed-labels",
        fitting("mlp", np.array([1, "a", None] * 8, dtype=object)),
        ValueError,
        "Unknown label type",
    ),
    case(
        "nan-label",
        fitting("mlp", with_value(KIND, np.nan)),
        ValueError,
        "Input y contains NaN",
    ),
    case(
        "scalar", fitting("mlp", 3), (ValueError, TypeError), "at least 1 dim.*got sc"
    ),
    case("empty-dict", fitting("mlp", {}), ValueError, r"\by\b.*(empty|no target)"),
    case(
        "columns-in-dict",
        fitting("mlp", {"a": np.c_[NAMES, NAMES]}),
        ValueError,
        "type 'elementwise'. Give a builder of your own",
    ),
    case(
        "text",
        fitting("mlp", NAMES, KerasRegressor),
        ValueError,
        r"\by\b.*(numeric|KerasClassifier)",
    ),
    case(
        "text-of-numbers",
        fitting("mlp", KIND.astype(str), KerasRegressor),
        ValueError,
        r"\by\b.*(numeric|numbers)",
    ),
    case(
        "nan",
        fitting("mlp", with_value(VALUES, np.nan), KerasRegressor),
        ValueError,
        "Input y contains NaN",
    ),
    case(
        "inf",
        fitting("mlp", with_value(VALUES, np.inf), KerasRegressor),
        ValueError,
        "Input y contains infinity",
    ),
    case(
        "too-large",
        fitting("mlp", with_value(VALUES, 1e300), KerasRegressor),
        ValueError,
        r"Input y contains infinity or a value too large for dtype\('float32'\)",
    ),
    case(
        "nan-in-dict",
        fitting("mlp", {"a": with_value(VALUES, np.nan)}, KerasRegressor),
        ValueError,
        "Input y contains NaN",
    ),
)
def test_targets(call, error, message):
    refused(call, error, message)


def test_labels_in_a_column_are_taken_with_a_warning():
    # As scikit-learn's classifiers do.
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        e = KerasClassifier("mlp").initialize(X, KIND[:, None])
    assert e.predict(X).shape == (N,)


UNSEEN = r"labels that were not seen in fit: \[7\].*classes are \[0, 1, 2\]"
SEVENS = np.full(N, 7)


@table(
    case(
        "score",
        lambda: KerasClassifier("mlp").initialize(X, KIND).score(X, SEVENS),
        ValueError,
        UNSEEN,
    ),
    case(
        "score-other-type",
        lambda: KerasClassifier("mlp").initialize(X, KIND).score(X, NAMES),
        ValueError,
        r"not seen in fit: \['a', 'b', 'c'\]",
    ),
    case(
        "y_val",
        lambda: KerasClassifier("mlp", epochs=1).fit(X, KIND, X_val=X, y_val=SEVENS),
        ValueError,
        UNSEEN,
    ),
    case(
        "validation_data",
        lambda: KerasClassifier("mlp", epochs=1).fit(
            X, KIND, validation_data=(X, SEVENS)
        ),
        ValueError,
        UNSEEN,
    ),
    case(
        "partial_fit",
        lambda: KerasClassifier("mlp").initialize(X, KIND).partial_fit(X, SEVENS),
        ValueError,
        UNSEEN + ".*or give classes=",
    ),
    case(
        "partial_fit-classes",
        lambda: KerasClassifier("mlp").partial_fit(X, SEVENS, classes=[0, 1, 2]),
        ValueError,
        UNSEEN,
    ),
    case(
        "partial_fit-other-classes",
        lambda: (
            KerasClassifier("mlp")
            .initialize(X, KIND)
            .partial_fit(X, KIND, classes=[0, 1, 2, 3])
        ),
        ValueError,
        "classes.*not the same as",
    ),
    case(
        "warm_start",
        lambda: (
            KerasClassifier("mlp", epochs=1, warm_start=True)
            .initialize(X, KIND)
            .fit(X, SEVENS)
        ),
        ValueError,
        UNSEEN,
    ),
)
def test_labels_that_fit_has_not_seen(call, error, message):
    refused(call, error, message)


@pytest.mark.parametrize(
    ("estimator", "y", "other", "message"),
    [
        (KerasClassifier, {"a": KIND}, {"b": KIND}, r"no target for \['a'\].*\['b'\]"),
        (
            KerasRegressor,
            {"a": VALUES},
            {"b": VALUES},
            r"no target for \['a'\].*\['b'\]",
        ),
        (KerasClassifier, {"a": KIND}, KIND, r"dict.*\['a'\]"),
        (KerasRegressor, {"a": VALUES}, VALUES, r"dict.*\['a'\]"),
        (KerasClassifier, KIND, {"a": KIND}, "y .*dict"),
        (KerasRegressor, VALUES, {"a": VALUES}, "y .*dict"),
        (KerasRegressor, VALUES, np.c_[VALUES, VALUES], r"\(24, 2\).*seen in fit had"),
        (KerasRegressor, VALUES, VALUES[:3], "inconsistent numbers of samples"),
        (KerasClassifier, KIND, KIND[:3], "inconsistent numbers of samples"),
        (KerasClassifier, MANY, MANY[:, :2], r"\(24, 2\).*3 columns"),
        (KerasClassifier, np.c_[KIND, NAMES], KIND, r"shape \(24,\).*2 columns"),
    ],
    ids=[
        "key",
        "key-regressor",
        "array-for-dict",
        "array-for-dict-regressor",
        "dict-for-array",
        "dict-for-array-regressor",
        "columns",
        "length",
        "length-classifier",
        "labels",
        "one-column",
    ],
)
def test_scores_of_another_form_of_target(estimator, y, other, message):
    e = estimator("mlp").initialize(X, y)
    refused(lambda: e.score(X, other), ValueError, message)


# --- validation sets -------------------------------------------------------

SET = {"X_val": X, "y_val": KIND}
DATA = {"validation_data": (X, KIND)}


@pytest.mark.parametrize(
    ("params", "given", "message"),
    [
        (
            {"validation_split": 0.2},
            SET,
            "two ways: X_val, y_val and validation_split=0.2. Give one of them",
        ),
        ({"validation_split": 0.2}, DATA, "validation_data and validation_split=0.2"),
        ({}, {**SET, **DATA}, "two ways: X_val, y_val and validation_data. Give one"),
        ({}, {**SET, "validation_split": 0.3}, "X_val, y_val and validation_split=0.3"),
        (
            {"validation_split": KFold(3)},
            SET,
            "X_val, y_val and validation_split=KFold",
        ),
        ({}, {"X_val": X}, "X_val and y_val go together, but only X_val was given"),
        ({}, {"y_val": KIND}, "X_val and y_val go together, but only y_val was given"),
        (
            {},
            {"sample_weight_val": X[:, 0]},
            "sample_weight_val was given without X_val",
        ),
        ({}, {"validation_data": X}, r"must be a tuple \(X, y\) or .*Got ndarray"),
        ({}, {"validation_data": "all"}, r"must be a tuple \(X, y\) or .*Got str"),
        ({}, {"validation_data": (X,)}, r"must be a tuple \(X, y\) or .*Got .*\b1\b"),
        ({}, {"validation_data": (X,) * 4}, r"must be a tuple .*Got .*\b4\b"),
        (
            {"validation_split": KFold(30)},
            {},
            "n_splits=30 greater than the number of samples: n_samples=24",
        ),
    ],
    ids=[
        "set-and-split",
        "data-and-split",
        "set-and-data",
        "set-and-split-in-call",
        "set-and-splitter",
        "no-y",
        "no-X",
        "weights-alone",
        "array",
        "text",
        "one",
        "four",
        "too-many-folds",
    ],
)
def test_validation_sets(params, given, message):
    e = KerasClassifier("mlp", epochs=1, **params)
    refused(lambda: e.fit(X, KIND, **given), ValueError, message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X_val": with_value(X, np.nan), "y_val": KIND}, "X_val.*NaN"),
        ({"X_val": X[:, :3], "y_val": KIND}, "X_val.*3 features"),
        ({"X_val": X, "y_val": KIND[:3]}, r"X_val.*\[24, 3\]"),
        ({"X_val": X, "y_val": SEVENS}, "y_val.*7"),
        ({**SET, "sample_weight_val": -(X[:, 0] ** 2)}, "sample_weight_val"),
        ({**SET, "sample_weight_val": [1.0]}, r"sample_weight_val.*\(1,\).*\(24,\)"),
    ],
    ids=["nan", "width", "lengths", "label", "negative-weight", "weights"],
)
def test_messages_name_the_validation_set(given, message):
    # X itself is in order: who reads "X contains NaN" looks in the wrong place.
    e = KerasClassifier("mlp", epochs=1)
    refused(lambda: e.fit(X, KIND, **given), ValueError, message)


# --- monitors --------------------------------------------------------------

LOGGED = r"Logged are \["


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {
                "callbacks": EarlyStopping(monitor="val_acc"),
                "metrics": ["accuracy"],
                "validation_split": 0.25,
            },
            r"EarlyStopping monitors 'val_acc'.*Did you mean 'val_accuracy'\?.*"
            + LOGGED,
        ),
        (
            {"callbacks": EarlyStopping(monitor="acc"), "metrics": ["accuracy"]},
            r"monitors 'acc'.*Did you mean 'accuracy'\?.*" + LOGGED,
        ),
        (
            {
                "callbacks": EarlyStopping,
                "callbacks__monitor": "val_los",
                "validation_split": 0.25,
            },
            r"monitors 'val_los'.*Did you mean 'val_loss'\?",
        ),
        (
            {
                "callbacks": [
                    keras.callbacks.ReduceLROnPlateau(monitor="val_accuracy")
                ],
                "validation_split": 0.25,
            },
            r"ReduceLROnPlateau monitors 'val_accuracy'.*metrics=\['accuracy'\]",
        ),
        ({"callbacks": EarlyStopping(monitor="f1")}, "monitors 'f1'.*" + LOGGED),
        (
            {"callbacks": EarlyStopping()},
            "EarlyStopping monitors 'val_loss'.*no validation data.*validation_split",
        ),
        (
            {"callbacks": {"stop": EarlyStopping(monitor="val_accuracy", mode="max")}},
            "monitors 'val_accuracy'.*no validation data",
        ),
    ],
    ids=[
        "val_acc",
        "acc",
        "routed",
        "no-metrics",
        "never-logged",
        "no-validation",
        "no-validation-mode",
    ],
)
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_monitors(params, message, engine):
    # Keras warns at every epoch and trains on; see P12 and P13.
    call = classifying(epochs=3, engine=engine, run_eagerly=True, **params)
    refused(call, ValueError, message)


def test_monitors_that_the_validation_set_in_fit_serves():
    e = KerasClassifier(
        dense_classifier,
        metrics=["accuracy"],
        epochs=1,
        callbacks=EarlyStopping(monitor="val_accuracy", mode="max"),
    )
    assert "val_accuracy" in e.fit(X, KIND, X_val=X, y_val=KIND).history_


# --- weights ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (-np.ones(N), "Negative values in data passed to `sample_weight`"),
        (with_value(np.ones(N), -1), "Negative values in data passed"),
        (np.zeros(N), "(?i)sample weights.*zero"),
        (np.ones(4), r"sample_weight.shape == \(4,\), expected \(24,\)"),
        (np.full(N, np.nan), "Input sample_weight contains NaN"),
        (np.ones((N, 2)), "must be 1D array or scalar"),
    ],
    ids=["negative", "one-negative", "zero", "length", "nan", "2-D"],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_sample_weights(method, weight, message):
    fit = getattr(KerasClassifier("mlp", epochs=1), method)
    refused(lambda: fit(X, KIND, sample_weight=weight), ValueError, message)


@pytest.mark.parametrize(
    ("weight", "y", "message"),
    [
        (
            {0: 1, 1: 2, 2: 3},
            NAMES,
            r"The classes, \['a', 'b', 'c'\], are not in class_w",
        ),
        (
            {"a": 2, "bee": 3},
            NAMES,
            r"The classes, \['b', 'c'\], are not in class_weight",
        ),
        ({0: -1, 1: 1, 2: 1}, KIND, "(?i)negative"),
        ({0: 0, 1: 0, 2: 0}, KIND, "(?i)zero"),
        (
            "balance",
            KIND,
            "'class_weight' parameter of KerasClassifier must be.*balance",
        ),
        (3, KIND, "'class_weight' parameter of KerasClassifier must be"),
        ({0: 0, 1: 0}, MASKS, "(?i)zero"),
        ({"b": "balanced"}, {"a": KIND}, r"keys \['b'\], but the targets are \['a'\]"),
    ],
    ids=["codes", "typo", "negative", "zero", "text", "number", "masks", "dict"],
)
def test_class_weights(weight, y, message):
    model = "mlp"
    if y is MASKS:
        model = ends_in(dense(9, "sigmoid"), (layers.Reshape, ((3, 3, 1),), {}))
    refused(fitting(model, y, class_weight=weight), ValueError, message)


def test_classes_without_a_weight_count_once():
    # As in scikit-learn.
    few, all_ = (
        KerasClassifier(
            dense_classifier, class_weight=weight, epochs=2, random_state=0
        ).fit(X, KIND)
        for weight in ({0: 5.0}, {0: 5.0, 1: 1.0, 2: 1.0})
    )
    np.testing.assert_allclose(few.predict_proba(X), all_.predict_proba(X), atol=1e-6)


# --- state -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimator", "method"),
    [
        *((KerasClassifier, name) for name in ("predict_proba", "predict_log_proba")),
        *(
            (estimator, name)
            for estimator in (KerasClassifier, KerasRegressor)
            for name in ("predict", "score", "summary", "history_frame")
        ),
    ],
)
def test_estimators_that_are_not_fitted(estimator, method):
    arguments = {"score": (X, KIND), "summary": (), "history_frame": ()}.get(
        method, (X,)
    )
    message = f"This {estimator.__name__} instance is not fitted yet. Call 'fit'"
    call = getattr(estimator("mlp"), method)
    refused(lambda: call(*arguments), NotFittedError, message)


def test_a_refused_fit_leaves_no_fitted_estimator():
    e = KerasClassifier(ends_in(dense(4, "softmax")))
    refused(lambda: e.fit(X, KIND), ValueError, "needs 3 units")
    refused(lambda: e.predict(X), NotFittedError, "not fitted yet")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: e.set_params(hidden=3), "hidden.* was 8 .*3.*warm_start=False"),
        (lambda e: e.set_params(model="mlp"), "builder.*mlp.*warm_start=False"),
    ],
    ids=["argument", "builder"],
)
def test_warm_start_with_another_model(change, message):
    e = KerasClassifier(dense_classifier, warm_start=True, epochs=1).initialize(X, KIND)
    refused(lambda: change(e).fit(X, KIND), ValueError, message)


@pytest.mark.parametrize("estimator", [KerasClassifier, KerasRegressor])
def test_a_pickle_of_another_format(estimator, monkeypatch):
    e = estimator("mlp")
    here = state_file.FORMAT
    with monkeypatch.context() as patch:
        patch.setattr(state_file, "FORMAT", 99)
        data = pickle.dumps(e)
    message = f"{estimator.__name__} was saved in format 99 by sk_keras .*format {here}"
    refused(lambda: pickle.loads(data), ValueError, message + ".*or fit it again")


def test_a_state_without_a_format():
    e = KerasClassifier("mlp")
    state = e.__getstate__()
    del state["_format"]
    refused(lambda: e.__setstate__(state), ValueError, "format")


class Fails(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("as was asked for")


@pytest.mark.parametrize(
    "fails",
    [
        lambda e, X, y: e.set_params(callbacks=Fails()).fit(X, y),
        lambda e, X, y: e.set_params(callbacks=Fails()).partial_fit(X, y),
        lambda e, X, y: e.set_params(validation_split=GroupKFold(2)).fit(X, y),
    ],
    ids=["fit", "partial_fit", "split"],
)
def test_a_first_fit_that_fails_leaves_nothing_fitted(fails, iris):
    e = KerasClassifier(dense_classifier, epochs=1)
    with pytest.raises((RuntimeError, ValueError)):
        fails(e, *iris)
    refused(lambda: e.predict(iris[0]), NotFittedError, "not fitted yet")
    e.set_params(callbacks=None, validation_split=0.0).partial_fit(*iris)
    assert e.n_iter_ == 1


def test_a_later_partial_fit_that_fails_leaves_the_model(iris):
    e = KerasClassifier(dense_classifier).partial_fit(*iris)
    e.set_params(callbacks=Fails())
    refused(lambda: e.partial_fit(*iris), RuntimeError, "as was asked for")
    assert e.set_params(callbacks=None).partial_fit(*iris).n_iter_ == 2


# --- what goes into inputs -------------------------------------------------


def counted(meta):
    return keras.Sequential(
        [
            layers.Input((4,), dtype="int32"),
            layers.Embedding(50, 2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def test_fractions_for_an_input_of_integers():
    whole = np.abs(X.round()) % 50
    e = KerasClassifier(counted, epochs=1).fit(whole.astype(float), KIND)
    np.testing.assert_array_equal(e.predict(whole), e.predict(whole.astype(int)))
    message = "takes integers, and X has fractions"
    refused(lambda: e.predict(whole + 0.5), ValueError, message)
    refused(fitting(counted, KIND), ValueError, message)


def batches():
    yield X, VALUES


@pytest.mark.parametrize(
    ("stream", "error", "message"),
    [
        (batches, TypeError, r"makes generators. Call it.*batches\(\)"),
        (
            tf.data.Dataset.from_tensor_slices((X, VALUES)),
            ValueError,
            r"single rows, and batches are needed.*batch\(32\)",
        ),
    ],
    ids=["function", "rows"],
)
def test_streams_of_another_kind(stream, error, message):
    refused(lambda: KerasRegressor(epochs=1).fit(stream), error, message)
