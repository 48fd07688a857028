"""Builders that return the same model twice."""

from tests.builders import dense, ends_in
from tests.errors import KIND, fitting, refused


def test_one_model_for_two_estimators():
    model = ends_in(dense(3, "softmax"))()
    builder = fitting(lambda: model, KIND)
    builder()
    refused(
        builder, ValueError, "returned a model that it has returned.*each call.*copied"
    )
