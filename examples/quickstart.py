"""Search a digit classifier, save the best one, and score it in a new process.

What this shows, on the handwritten digits that come with scikit-learn:

1. a function that builds a Keras model becomes a scikit-learn classifier;
2. in a `Pipeline`, `GridSearchCV` searches over its batch size, its epochs and two
   arguments of the function, with the progress visible;
3. the results are a pandas table;
4. the best pipeline is saved with joblib, and a new Python process loads it and
   scores it on digits that neither the search nor the training has seen;
5. the learning curves are drawn to ``examples/output/learning_curves.png``.

Run it with ``python examples/quickstart.py``. It takes less than a minute on two
cores.
"""

import os

# Has to be set before TensorFlow is imported. TensorFlow 2.21 prints a few lines
# to the standard error all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import joblib
import keras
import pandas as pd
from matplotlib.figure import Figure
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier

OUTPUT = Path(__file__).parent / "output"
SAVED_PIPELINE = OUTPUT / "digits.joblib"
CURVES = OUTPUT / "learning_curves.png"

PARAM_GRID = {
    "net__batch_size": [32, 128],
    "net__epochs": [10, 20],
    "net__hidden": [32, 128],
    "net__dropout": [0.0, 0.3],
}


def build(n_features_in, n_classes, hidden=64, dropout=0.0):
    """Build the network.

    The first two arguments have no default: they are filled in from the data. The
    others are parameters of the estimator.
    """
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def load_and_split():
    """Split the digits in the same way in every process."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)


def search_parameters(X, y):
    """Search the grid with 3-fold cross-validation."""
    pipeline = Pipeline(
        [
            ("scale", StandardScaler()),
            ("net", KerasClassifier(build, random_state=0)),
        ]
    )
    search = GridSearchCV(pipeline, PARAM_GRID, cv=3)
    show_progress(search)
    return search.fit(X, y)


def show_progress(search):
    """Show a bar in a terminal, and a line for each fit anywhere else."""
    try:
        from sklearn.callback import ProgressBar
    except ImportError:  # scikit-learn before 1.9
        ProgressBar = None
    if ProgressBar is not None and sys.stdout.isatty():
        search.set_callbacks(ProgressBar(max_propagation_depth=0))
    else:
        search.set_params(verbose=2)


def results_table(search):
    """Put the results of a search into a table, the best first."""
    results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
    figures = ["mean_test_score", "std_test_score", "mean_fit_time"]
    table = results[[f"param_{name}" for name in PARAM_GRID] + figures]
    return table.rename(columns=lambda name: name.removeprefix("param_net__"))


def draw_learning_curves(pipeline, X, y):
    """Fit a copy that watches a fifth of the rows, and draw its history."""
    watched = clone(pipeline).set_params(
        net__metrics=["accuracy"], net__validation_split=0.2
    )
    history = watched.fit(X, y).named_steps["net"].history_frame()

    figure = Figure(figsize=(9.5, 3.8), layout="constrained", dpi=150)
    figure.get_layout_engine().set(w_pad=0.15)
    labels = {"loss": "Loss (cross-entropy)", "accuracy": "Accuracy"}
    panels = zip(figure.subplots(1, 2), labels.items(), strict=True)
    for axes, (name, label) in panels:
        axes.plot(history[name], marker="o", markersize=3, label="Training")
        axes.plot(history[f"val_{name}"], marker="s", markersize=3, label="Validation")
        axes.set(xlabel="Epoch", ylabel=label)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.suptitle("Learning curves of the best digit classifier")
    figure.savefig(CURVES)


def main():
    """Run every step but the last, and start a new process for that."""
    started = perf_counter()
    sys.stdout.reconfigure(line_buffering=True)  # show the progress in a pipe, too
    OUTPUT.mkdir(exist_ok=True)
    X, _, y, _ = load_and_split()

    search = search_parameters(X, y)
    print("\nResults, best first:\n")
    print(results_table(search).to_string(index=False, float_format="%.3f"))
    print(f"\nBest parameters: {search.best_params_}")

    draw_learning_curves(search.best_estimator_, X, y)
    joblib.dump(search.best_estimator_, SAVED_PIPELINE)
    print(f"Learning curves: {CURVES}")
    print(f"Saved pipeline:  {SAVED_PIPELINE}")

    # A pickle refers to `build` as a function of the script that was run, so that
    # the new process runs the same script. In a project of more than one file,
    # `build` would live in a module that both import.
    subprocess.run([sys.executable, __file__, "score"], check=True)
    print(f"\nDone in {perf_counter() - started:.0f} seconds.")


def score_saved():
    """Load the saved pipeline and score it on the digits held out."""
    _, X_test, _, y_test = load_and_split()
    pipeline = joblib.load(SAVED_PIPELINE)
    accuracy = pipeline.score(X_test, y_test)
    print(
        f"\nIn a new process (id {os.getpid()}): accuracy {accuracy:.3f} on "
        f"{len(y_test)} held-out digits."
    )
    print("First ten predictions:", *pipeline.predict(X_test[:10]))
    print("       and the truth: ", *y_test[:10])


if __name__ == "__main__":
    score_saved() if sys.argv[1:] == ["score"] else main()
