"""Ready builders for sequences: what they refuse."""

from tests.errors import KIND, STEPS, case, fitting, refused, table


@table(
    *(
        case(
            name,
            fitting(name, KIND),
            ValueError,
            rf"{name} needs sequences.*shape \(4,\).*reshape",
        )
        for name in ("lstm", "gru", "bilstm")
    ),
    case(
        "lstm-4-D",
        fitting("lstm", KIND, rows=STEPS[..., None]),
        ValueError,
        r"lstm needs sequences.*\(5, 2, 1\)",
    ),
)
def test_builders(call, error, message):
    refused(call, error, message)
