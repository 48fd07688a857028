"""Ready builders: plain functions that return an uncompiled `keras.Model`.

They size themselves from the facts about the data that the estimators hand to
builders by name. ``KerasClassifier("mlp", hidden_layer_sizes=(64,))`` names
one; `mlp` itself can be given too, or called.
"""

from __future__ import annotations

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
