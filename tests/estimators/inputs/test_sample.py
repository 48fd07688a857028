"""X and y belong together."""

import pytest

from tests.errors import KIND, case, fitting, refused, table


@table(
    case(
        "lengths",
        fitting("mlp", KIND[:4]),
        ValueError,
        r"inconsistent numbers of samples: \[24, 4\]",
    ),
    case(
        "lengths-in-dict",
        fitting("mlp", {"a": KIND, "b": KIND[:4]}),
        ValueError,
        r"inconsistent numbers of samples: \[24, 4\]",
    ),
)
def test_rows(call, error, message):
    # Not `refused`: scikit-learn prints a complex X in full.
    with pytest.raises(error, match=message):
        call()


@table(
    case(
        "scalar", fitting("mlp", 3), (ValueError, TypeError), "at least 1 dim.*got sc"
    ),
)
def test_targets(call, error, message):
    refused(call, error, message)
