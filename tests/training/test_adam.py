"""Adam in few operations: to the last bit what Keras computes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras._training.adam import few_operations

ops = keras.ops


def operations(function):
    """Count the operations of a traced function, those of inner functions included."""
    definition = function.graph.as_graph_def()
    return len(definition.node) + sum(
        len(inner.node_def) for inner in definition.library.function
    )


def trained(optimizer, dtype="float32", *, few, steps=5, table=False, jit=False):
    """Train variables in a graph; return all values, and the number of operations."""
    rng = np.random.RandomState(0)
    variables = [
        keras.Variable(rng.randn(*shape), dtype=dtype) for shape in ((3, 2), (2,), ())
    ]
    if table:  # has gradients for some of its rows only
        variables.append(keras.Variable(rng.randn(6, 2), dtype=dtype))
    optimizer.build(variables)
    some = rng.randn(steps, 3).astype(dtype)

    def step(x):
        with tf.GradientTape() as tape:
            kernel, bias, scale, *tables = variables
            out = ops.matmul(x[None], kernel) * scale + bias
            for one in tables:
                out += ops.sum(ops.take(one, [1, 4], axis=0), axis=0)
            loss = ops.mean(out**4)
            if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
                loss = optimizer.scale_loss(loss)
        values = [v.value for v in variables]
        optimizer.apply(tape.gradient(loss, values), variables)

    traced = tf.function(step, autograph=False, jit_compile=jit)
    with few_operations(optimizer if few else None):
        function = traced.get_concrete_function(tf.TensorSpec((3,), dtype))
    for x in some:
        function(tf.constant(x))
    values = [np.asarray(v) for v in (*variables, *optimizer.variables)]
    return values, operations(function)


ADAMS = {
    "adam": lambda: keras.optimizers.Adam(),
    "adam-of-other-numbers": lambda: keras.optimizers.Adam(0.3, 0.77, 0.9, 1e-3),
    "adam-w": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "clipped": lambda: keras.optimizers.Adam(0.1, clipnorm=0.5),
    "clipped-together": lambda: keras.optimizers.Adam(0.1, global_clipnorm=0.5),
    "averaged": lambda: keras.optimizers.Adam(
        0.1, use_ema=True, ema_overwrite_frequency=2
    ),
    "accumulating": lambda: keras.optimizers.Adam(0.1, gradient_accumulation_steps=2),
    "scheduled": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    ),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(0.1), initial_scale=64.0
    ),
}


@pytest.mark.parametrize("adam", ADAMS.values(), ids=ADAMS)
def test_equal_to_keras_to_the_last_bit(adam):
    expected, many = trained(adam(), few=False)
    values, few = trained(adam(), few=True)
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_array_equal(value, other)
    assert few < 0.8 * many


def test_equal_over_many_steps():
    expected, _ = trained(keras.optimizers.Adam(0.01), few=False, steps=500)
    values, _ = trained(keras.optimizers.Adam(0.01), few=True, steps=500)
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_array_equal(value, other)


def test_rows_of_a_table_are_moved_by_keras_itself():
    expected, many = trained(keras.optimizers.Adam(), few=False, table=True)
    values, few = trained(keras.optimizers.Adam(), few=True, table=True)
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_array_equal(value, other)
    assert few < many


def test_compiled_by_xla():
    expected, _ = trained(keras.optimizers.Adam(), few=False, jit=True)
    values, _ = trained(keras.optimizers.Adam(), few=True, jit=True)
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-6)


class Own(keras.optimizers.Adam):
    """Moves less than Adam does."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient / 2, variable, learning_rate / 2)


def patched():
    """Make an Adam whose update was set on the object."""
    adam = keras.optimizers.Adam()
    usual = adam.update_step
    adam.update_step = lambda g, v, rate: usual(-g, v, rate)
    return adam


OTHERS = {
    "amsgrad": lambda: keras.optimizers.Adam(amsgrad=True),
    "subclass": Own,
    "update-of-the-object": patched,
    "number of NumPy's": lambda: keras.optimizers.Adam(beta_1=np.float64(0.8)),
    "sgd": lambda: keras.optimizers.SGD(momentum=0.9),
    "nadam": keras.optimizers.Nadam,
}


@pytest.mark.parametrize(
    ("optimizer", "dtype"),
    [(make, "float32") for make in OTHERS.values()]
    + [(keras.optimizers.Adam, dtype) for dtype in ("float16", "float64")],
    ids=[*OTHERS, "half-precision", "double-precision"],
)
def test_others_are_left_as_they_are(optimizer, dtype):
    expected, many = trained(optimizer(), dtype, few=False)
    values, few = trained(optimizer(), dtype, few=True)
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_array_equal(value, other)
    assert 0 <= many - few < 10  # the sum over devices


REPLACED = {"apply", "update_step", "_backend_update_step"}


def test_the_optimizer_is_as_before_afterwards():
    adam = keras.optimizers.Adam()
    before = set(vars(adam))
    with pytest.raises(KeyError), few_operations(adam):
        assert set(vars(adam)) - before == REPLACED
        raise KeyError
    assert set(vars(adam)) == before
    with few_operations(None):
        pass
