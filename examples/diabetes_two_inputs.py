"""Two inputs and two outputs in one model, searched on the columns of a table.

What this shows, on the diabetes data that come with scikit-learn:

1. a model of two inputs gets each of them from columns of a DataFrame, by name:
   what is known at the desk (age, sex, body mass index, blood pressure), and what
   the laboratory measures;
2. it has two outputs for the same target: the progression of the disease predicted
   from both inputs, and, as an auxiliary output, from the desk's alone. One model
   thus answers before and after the laboratory does;
3. `GridSearchCV` searches over an argument of the function that builds it, the
   weight of the auxiliary loss and the batch size, and standardises the table and
   the target anew in every fold;
4. the best model is compared with a linear one on patients held out, saved with
   pickle, and loaded again.

Run it with ``python examples/diabetes_two_inputs.py``. It takes less than 30 seconds
on two cores.
"""

import os

# Has to be set before TensorFlow is imported. TensorFlow 2.21 prints a few lines
# to the standard error all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pickle
from time import perf_counter

import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasRegressor

INPUTS = {
    "desk": ["age", "sex", "bmi", "bp"],
    "laboratory": ["s1", "s2", "s3", "s4", "s5", "s6"],
}
OUTPUTS = ["with_laboratory", "desk_alone"]

PARAM_GRID = {
    "regressor__kerasregressor__dropout": [0.2, 0.5],
    "regressor__kerasregressor__compile__loss_weights": [[1.0, 0.2], [1.0, 1.0]],
    "regressor__kerasregressor__batch_size": [16, 64],
}


def build(hidden=32, dropout=0.2):
    """Build the network; its inputs have the names that `INPUTS` gives columns."""
    desk = keras.Input((len(INPUTS["desk"]),), name="desk")
    laboratory = keras.Input((len(INPUTS["laboratory"]),), name="laboratory")

    at_desk = layers.Dense(hidden, activation="relu")(desk)
    measured = layers.Dense(hidden, activation="relu")(laboratory)
    both = layers.Concatenate()([at_desk, measured])
    both = layers.Dropout(dropout)(both)
    both = layers.Dense(hidden, activation="relu")(both)

    outputs = [
        layers.Dense(1, name="with_laboratory")(both),
        layers.Dense(1, name="desk_alone")(at_desk),
    ]
    return keras.Model([desk, laboratory], outputs)


def load_and_split():
    """Split the patients; the target has a column for each output."""
    X, progression = load_diabetes(return_X_y=True, as_frame=True)
    y = pd.DataFrame(dict.fromkeys(OUTPUTS, progression))
    return train_test_split(X, y, test_size=0.25, random_state=0)


def search_parameters(X, y):
    """Search the grid with 3-fold cross-validation."""
    # Columns are chosen by their names, which scikit-learn's steps keep in tables.
    scale = StandardScaler().set_output(transform="pandas")
    net = KerasRegressor(build, input_columns=INPUTS, epochs=40, random_state=0)
    model = TransformedTargetRegressor(
        make_pipeline(scale, net), transformer=StandardScaler()
    )
    return GridSearchCV(model, PARAM_GRID, cv=3).fit(X, y)


def results_table(search):
    """Put the results of the search into a table, the best first."""
    results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
    figures = ["mean_test_score", "std_test_score", "mean_fit_time"]
    table = results[[f"param_{name}" for name in PARAM_GRID] + figures]
    return table.rename(columns=lambda name: name.split("__")[-1])


def compare_with_lines(search, X, X_test, y, y_test):
    """Print R2 on patients held out, beside that of ridge regression."""
    columns = {"with_laboratory": list(X), "desk_alone": INPUTS["desk"]}
    predicted = np.asarray(search.predict(X_test))
    print(f"\nR2 on {len(X_test)} patients held out:")
    for i, name in enumerate(OUTPUTS):
        ridge = make_pipeline(StandardScaler(), RidgeCV())
        ridge.fit(X[columns[name]], y[name])
        line = ridge.score(X_test[columns[name]], y_test[name])
        network = r2_score(y_test[name], predicted[:, i])
        print(f"  {name:16} network {network:.2f}   ridge regression {line:.2f}")


def main():
    """Run every step."""
    started = perf_counter()
    X, X_test, y, y_test = load_and_split()
    search = search_parameters(X, y)
    print("Results, best first; scores are the mean R2 of both outputs:\n")
    print(results_table(search).to_string(index=False, float_format="%.3f"))
    compare_with_lines(search, X, X_test, y, y_test)

    loaded = pickle.loads(pickle.dumps(search.best_estimator_))
    same = np.array_equal(loaded.predict(X_test), search.predict(X_test))
    print(f"\nSaved and loaded, it predicts the same: {same}")
    print(f"Done in {perf_counter() - started:.0f} seconds.")


if __name__ == "__main__":
    main()
