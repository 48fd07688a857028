"""Ready builders: plain functions that return an uncompiled `keras.Model`.

They size themselves from the facts about the data that the estimators hand to
builders by name. ``KerasClassifier("mlp", hidden_layer_sizes=(64,))`` names
one; `mlp` itself can be given too, or called.
"""

from sk_keras.models.image import cnn
from sk_keras.models.pairs import siamese
from sk_keras.models.sequence import bilstm, gru, lstm
from sk_keras.models.tabular import mlp
from sk_keras.models.text import fasttext, text_cnn

__all__ = ["bilstm", "cnn", "fasttext", "gru", "lstm", "mlp", "siamese", "text_cnn"]
