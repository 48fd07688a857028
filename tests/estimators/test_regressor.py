"""What KerasRegressor alone does."""

from sk_keras import KerasRegressor
from tests.builders import dense_regressor
from tests.errors import VALUES, X, refused


def test_a_regressor_has_no_class_weight():
    regressor = KerasRegressor(dense_regressor, epochs=1)
    weight = {"class_weight": {0: 1.0}}
    refused(lambda: regressor.fit(X, VALUES, **weight), TypeError, "sample_weight")
    refused(lambda: KerasRegressor(**weight), TypeError, "'class_weight'")
