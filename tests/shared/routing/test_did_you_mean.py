"""The nearest right name."""

import pytest

from sk_keras import KerasClassifier
from sk_keras._shared.routing.did_you_mean import TODAY, suggestion
from tests.builders import dense_classifier


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("hiden", ["hidden", "width"], "Did you mean 'hidden'? "),
        ("nb_epoch", ["batch_size"], "Did you mean 'epochs'? "),
        ("optimizer__lr", [], "Did you mean 'optimizer__learning_rate'? "),
        ("zebra", ["hidden", "width"], ""),
        ("hidden", [], ""),
    ],
)
def test_suggestion(name, known, expected):
    assert suggestion(name, known) == expected


@pytest.mark.parametrize("today", sorted(set(TODAY.values())))
def test_old_spellings_lead_to_names_that_are_taken(today):
    e = KerasClassifier(dense_classifier)
    value = {"epochs": 3}.get(today, 1)
    assert e.set_params(**{today: value}).get_params()[today] == value
