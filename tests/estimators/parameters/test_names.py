"""Names of parameters that nobody has, and the nearest right ones."""

import re

import pytest
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasClassifier
from tests.builders import dense_classifier
from tests.errors import KIND, X, refused

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
