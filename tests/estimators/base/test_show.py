"""What a user looks at: summary, history, representations."""

import re

import keras
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_classifier


def test_summary_prints_the_layers(fitted_classifier, capsys):
    fitted_classifier.summary(line_length=80)
    printed = capsys.readouterr().out
    assert printed.count("Dense") == 2
    assert "Total params" in printed


@pytest.mark.slow
def test_history_frame_counts_epochs_from_1(iris):
    X, y = iris
    fitted = KerasClassifier(
        dense_classifier,
        epochs=4,
        validation_split=0.2,
        metrics=["accuracy"],
        fit__validation_freq=2,
        random_state=0,
    ).fit(X, y)
    frame = fitted.history_frame()
    assert frame.index.tolist() == [1, 2, 3, 4]
    assert frame.index.name == "epoch"
    assert set(frame) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert frame["val_loss"].isna().tolist() == [True, False, True, False]
    assert fitted.best_epoch_ == frame["val_loss"].idxmin()
    assert all(
        isinstance(v, float) for values in fitted.history_.values() for v in values
    )


@pytest.mark.parametrize("method", ["summary", "history_frame"])
def test_unfitted_estimators_say_so(method):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(KerasRegressor(), method)()


def test_html_shows_the_layers_of_a_fitted_model(fitted_classifier):
    html = fitted_classifier._repr_html_()
    table = rows(html)
    shapes = {name: shape for name, _, shape, _ in table}
    assert [kind for _, kind, _, _ in table] == ["Dense", "Dense"]
    assert list(shapes.values()) == ["(None, 8)", "(None, 3)"]
    assert [int(count) for *_, count in table] == [4 * 8 + 8, 8 * 3 + 3]
    assert "67 parameters" in html


def rows(html):
    """Read the last table's rows."""
    body = html.rpartition("<tbody>")[2]
    return [
        re.findall(r"<td[^>]*>([^<]*)</td>", row)
        for row in body.split("</tr>")
        if "<td" in row
    ]


def test_html_of_an_unfitted_estimator_has_no_layers(fitted_classifier):
    html = clone(fitted_classifier)._repr_html_()
    assert "output shape" not in html


def test_html_of_a_model_without_a_graph(iris):
    class Net(keras.Model):
        def __init__(self, units=3):
            super().__init__()
            self.out = keras.layers.Dense(units, activation="softmax")

        def call(self, x):
            return self.out(x)

    X, y = iris
    fitted = KerasClassifier(
        Net, loss="sparse_categorical_crossentropy", epochs=1, random_state=0
    ).fit(X, y)
    assert [row[1] for row in rows(fitted._repr_html_())] == ["Dense"]


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (KerasClassifier(), "KerasClassifier()"),
        (KerasRegressor(epochs=3), "KerasRegressor(epochs=3)"),
        (KerasClassifier(dropout=0.5), "KerasClassifier(dropout=0.5)"),
        (clone(KerasClassifier(dropout=0.5)), "KerasClassifier(dropout=0.5)"),
        (
            KerasClassifier(optimizer__learning_rate=0.1),
            "KerasClassifier(optimizer__learning_rate=0.1)",
        ),
    ],
    ids=lambda value: str(value),
)
def test_repr_shows_what_differs_from_the_defaults(estimator, expected):
    assert repr(estimator) == expected


def test_pipeline_repr_names_the_estimator(fitted_classifier):
    pipeline = make_pipeline(StandardScaler(), fitted_classifier)
    assert "KerasClassifier(" in repr(pipeline)
    assert "KerasClassifier" in pipeline._repr_html_()


def test_repr_in_meta_estimators():
    estimator = KerasClassifier("mlp", epochs=3)
    pipeline = Pipeline([("net", estimator)])
    assert repr(pipeline) == f"Pipeline(steps=[('net', {estimator!r})])"
    search = GridSearchCV(estimator, {})
    assert repr(search) == f"GridSearchCV(estimator={estimator!r}, param_grid={{}})"
