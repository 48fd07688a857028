"""The ready builders for texts, small."""

import pytest

from sk_keras.models import bilstm, fasttext, gru, lstm, text_cnn

TEXT_BUILDERS = [text_cnn, fasttext, lstm, gru, bilstm]
SMALL = {
    text_cnn: {"filters": 2, "kernel_sizes": (2, 3)},
    fasttext: {},
    lstm: {"units": 3},
    gru: {"units": 3},
    bilstm: {"units": 2},
}


def text_builders(function):
    ids = [builder.__name__ for builder in TEXT_BUILDERS]
    return pytest.mark.parametrize("builder", TEXT_BUILDERS, ids=ids)(function)
