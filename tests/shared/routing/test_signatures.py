"""What functions and constructors take."""

import keras
import pytest

from sk_keras._shared.routing.signatures import argument_names, constructor_names


class Holder:
    def method(self, a, b=1):
        """Take a and b."""


def _positional(a, /, b):
    """Take b by name, a by place only."""


@pytest.mark.parametrize(
    ("function", "names", "takes_any"),
    [
        (lambda: 0, [], False),
        (lambda a, b=1: 0, ["a", "b"], False),
        (lambda *args, c, **rest: 0, ["c"], True),
        (Holder().method, ["a", "b"], False),
        (_positional, ["b"], False),
    ],
    ids=["nothing", "plain", "kwargs", "bound", "positional-only"],
)
def test_argument_names(function, names, takes_any):
    arguments, takes = argument_names(function)
    assert list(arguments) == names
    assert takes is takes_any


class Open(keras.callbacks.Callback):
    def __init__(self, own=1, **kwargs):
        super().__init__()
        self.own = own


class Plain:
    pass


@pytest.mark.parametrize(
    ("cls", "some", "takes_any"),
    [
        (keras.optimizers.Adam, {"learning_rate", "beta_1", "clipnorm"}, False),
        (keras.optimizers.SGD, {"momentum", "nesterov", "weight_decay"}, False),
        (keras.losses.BinaryCrossentropy, {"from_logits", "label_smoothing"}, False),
        (keras.metrics.AUC, {"num_thresholds", "name"}, False),
        (keras.callbacks.EarlyStopping, {"patience", "monitor"}, False),
        (Open, {"own"}, True),
        (Plain, set(), False),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_constructor_names(cls, some, takes_any):
    names, takes = constructor_names(cls)
    assert some <= names
    assert "self" not in names
    assert takes is takes_any
