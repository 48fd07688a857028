"""Losses, metrics and optimizers that Keras does not know."""

import pytest

from tests.errors import classifying, refused


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
