"""Losses of this package, which go by a name as those of Keras do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sk_keras._shared.keras_objects.losses_metrics import make_losses

#: By name, the class in `sk_keras.models.losses`.
READY = {"pinball": "PinballLoss", "contrastive": "ContrastiveLoss"}


def by_class(loss: Any) -> Any:
    """Put the classes of ready losses in place of their names.

    Parameters
    ----------
    loss : str, callable, class, keras.losses.Loss, list, dict or None
    """
    if isinstance(loss, Mapping):
        return {key: by_class(one) for key, one in loss.items()}
    if isinstance(loss, list | tuple):
        return type(loss)(map(by_class, loss))
    if not isinstance(loss, str) or loss not in READY:
        return loss
    from sk_keras.models import losses

    return getattr(losses, READY[loss])


def n_quantiles(loss: Any, routed: Mapping[str, Any]) -> int:
    """Count the values that a loss of quantiles wants for one of the target.

    Parameters
    ----------
    loss : str, callable, class, keras.losses.Loss, list, dict or None
    routed : dict
        What is routed to it, prefix taken off.

    Returns
    -------
    int
        1 for any other loss.
    """
    loss = by_class(loss)
    if not hasattr(loss, "n_quantiles"):
        return 1
    count: int = make_losses(loss, routed).n_quantiles
    return count
