"""Outputs of ready builders: targets they have none for."""

import numpy as np

from tests.errors import MASKS, NAMES, case, fitting, refused, table


@table(
    case("mlp-masks", fitting("mlp", MASKS), ValueError, "'elementwise'.*your own"),
)
def test_builders(call, error, message):
    refused(call, error, message)


@table(
    case(
        "columns-in-dict",
        fitting("mlp", {"a": np.c_[NAMES, NAMES]}),
        ValueError,
        "type 'elementwise'. Give a builder of your own",
    ),
)
def test_targets(call, error, message):
    refused(call, error, message)
