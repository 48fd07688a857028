"""Ready builders for images: what they refuse."""

from tests.errors import KIND, STEPS, case, fitting, refused, table


@table(
    case("cnn", fitting("cnn", KIND), ValueError, r"cnn needs images.*shape \(4,\)"),
    case(
        "cnn-5-D",
        fitting("cnn", KIND, rows=STEPS[..., None, None]),
        ValueError,
        r"cnn needs images.*\(5, 2, 1, 1\).*reshape",
    ),
)
def test_builders(call, error, message):
    refused(call, error, message)
