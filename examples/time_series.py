"""Forecast the number of sunspots by an LSTM, beside a linear model and naive ones.

What this shows, on the yearly sunspot numbers of 1700 to 2008:

1. `sliding_windows` cuts the series into windows of years, each with the year that
   comes after it: rows that scikit-learn can split;
2. `GridSearchCV` under `TimeSeriesSplit` searches the units and the learning rate of
   `KerasRegressor("lstm")`: every fold is trained on the past of what it is scored on;
3. the best network forecasts the last 50 years, each from the years before it, beside
   a linear model of the same windows, the year before (naive), and the mean of the
   years at the same place of the last two cycles of 11 years.

Run it with ``python examples/time_series.py``. It takes less than a minute on two
cores.

The figures are in the public domain, from the National Geophysical Data Center
(http://www.ngdc.noaa.gov/stp/solar/solarda3.html), as statsmodels 0.14 has them.
"""

import os

# Has to be set before TensorFlow is imported. TensorFlow 2.21 prints a few lines
# to the standard error all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sk_keras import KerasRegressor
from sk_keras.preprocessing import sliding_windows

FIRST_YEAR = 1700
#: Sunspot numbers of the years from then on.
SUNSPOTS = """
5 11 16 23 36 58 29 20 10 8 3 0 0 2 11 27 47 63 60 39 28 26 22 11 21 40 78 122 103
73 47 35 11 5 16 34 70 81 111 101 73 40 20 16 5 11 22 40 60 80.9 83.4 47.7 47.8 30.7
12.2 9.6 10.2 32.4 47.6 54 62.9 85.9 61.2 45.1 36.4 20.9 11.4 37.8 69.8 106.1 100.8
81.6 66.5 34.8 30.6 7 19.8 92.5 154.4 125.9 84.8 68.1 38.5 22.8 10.2 24.1 82.9 132
130.9 118.1 89.9 66.6 60 46.9 41 21.3 16 6.4 4.1 6.8 14.5 34 45 43.1 47.5 42.2 28.1
10.1 8.1 2.5 0 1.4 5 12.2 13.9 35.4 45.8 41.1 30.1 23.9 15.6 6.6 4 1.8 8.5 16.6 36.3
49.6 64.2 67 70.9 47.8 27.5 8.5 13.2 56.9 121.5 138.3 103.2 85.7 64.6 36.7 24.2 10.7
15 40.1 61.5 98.5 124.7 96.3 66.6 64.5 54.1 39 20.6 6.7 4.3 22.7 54.8 93.8 95.8 77.2
59.1 44 47 30.5 16.3 7.3 37.6 74 139 111.2 101.6 66.2 44.7 17 11.3 12.4 3.4 6 32.3
54.3 59.7 63.7 63.5 52.2 25.4 13.1 6.8 6.3 7.1 35.6 73 85.1 78 64 41.8 26.2 26.7
12.1 9.5 2.7 5 24.4 42 63.5 53.8 62 48.5 43.9 18.6 5.7 3.6 1.4 9.6 47.4 57.1 103.9
80.6 63.6 37.6 26.1 14.2 5.8 16.7 44.3 63.9 69 77.8 64.9 35.7 21.2 11.1 5.7 8.7 36.1
79.7 114.4 109.6 88.8 67.8 47.5 30.6 16.3 9.6 33.2 92.6 151.6 136.3 134.7 83.9 69.4
31.5 13.9 4.4 38 141.7 190.2 184.8 159 112.3 53.9 37.6 27.9 10.2 15.1 47 93.8 105.9
105.5 104.5 66.6 68.9 38 34.5 15.5 12.6 27.5 92.5 155.4 154.6 140.4 115.9 66.6 45.9
17.9 13.4 29.4 100.2 157.6 142.6 145.7 94.3 54.6 29.9 17.5 8.6 21.5 64.3 93.3 119.6
111 104 63.7 40.4 29.8 15.2 7.5 2.9
"""

#: Two cycles of the sun.
WINDOW = 22
HELD_OUT = 50
FOLDS = TimeSeriesSplit(4)

PARAM_GRID = {"units": [16, 32], "optimizer__learning_rate": [0.003, 0.01]}


def load_windows():
    """Cut the series into windows and the years after them; in hundreds of spots."""
    series = np.array(SUNSPOTS.split(), dtype="float32") / 100
    X, y = sliding_windows(series, WINDOW)
    return (X[:-HELD_OUT], y[:-HELD_OUT]), (X[-HELD_OUT:], y[-HELD_OUT:])


def make_models():
    """Make the models: a search for the network, and one that is linear."""
    network = KerasRegressor("lstm", loss="mae", epochs=50, random_state=0)
    flat = FunctionTransformer(flatten)
    return {
        "LSTM": GridSearchCV(
            network, PARAM_GRID, cv=FOLDS, scoring="neg_mean_absolute_error"
        ),
        "linear": make_pipeline(flat, RidgeCV(np.logspace(-4, 2, 13))),
    }


def flatten(X):
    """Give a window as a row."""
    return X.reshape(len(X), -1)


def naive_forecasts(X):
    """Forecast without a model: from the windows themselves."""
    return {"two cycles": (X[:, -11, 0] + X[:, -22, 0]) / 2, "year before": X[:, -1, 0]}


def errors_in_folds(models, X, y):
    """Return mean absolute errors under the same folds, and the fitted models."""
    errors = {}
    for name, model in models.items():
        model.fit(X, y)
        if name == "LSTM":
            errors[name] = -model.best_score_
        else:
            scoring = "neg_mean_absolute_error"
            errors[name] = -cross_val_score(
                model, X, y, cv=FOLDS, scoring=scoring
            ).mean()
    for name, forecast in naive_forecasts(X).items():
        folds = (test for _, test in FOLDS.split(X))
        each = [mean_absolute_error(y[test], forecast[test]) for test in folds]
        errors[name] = np.mean(each)
    return errors


def main():
    """Run every step."""
    started = perf_counter()
    (X, y), (X_test, y_test) = load_windows()
    start = FIRST_YEAR + WINDOW
    print(f"{len(X)} windows of {WINDOW} years to learn from, with the years", end=" ")
    print(f"{start} to {start + len(X) - 1} after them; {HELD_OUT} years held out.\n")

    models = make_models()
    in_folds = errors_in_folds(models, X, y)
    forecasts = {name: model.predict(X_test) for name, model in models.items()}
    forecasts.update(naive_forecasts(X_test))
    table = pd.DataFrame(
        {
            "folds of the past": in_folds,
            "years held out": {
                name: mean_absolute_error(y_test, each)
                for name, each in forecasts.items()
            },
        }
    )
    print("Mean absolute error, in sunspots:\n")
    print((100 * table).to_string(float_format="%.1f"))
    print(f"\nBest parameters of the LSTM: {models['LSTM'].best_params_}")

    year = start + len(X) + HELD_OUT
    series = np.concatenate([X_test[-1, 1:, 0], y_test[-1:]])
    future, _ = sliding_windows(series, WINDOW, horizon=0)
    print(f"Forecast for {year}: {100 * models['LSTM'].predict(future)[0]:.0f}.")
    print(f"Done in {perf_counter() - started:.0f} seconds.")


if __name__ == "__main__":
    main()
