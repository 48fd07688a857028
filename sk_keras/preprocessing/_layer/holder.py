"""Parameters and copies of an estimator that holds a Keras layer."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from sklearn.base import BaseEstimator, _clone_parametrized
from sklearn.utils._param_validation import Interval

from sk_keras._shared.attributes import shallow_copy
from sk_keras._shared.pickle_format import checked, stamped
from sk_keras._shared.serialization import from_plain, to_plain
from sk_keras.preprocessing._layer.copies import (
    GivenLayer,
    PackedLayer,
    check_arguments,
    is_layer,
)


class LayerHolder(BaseEstimator):
    """Base of `LayerTransformer`: what is not learning or transforming.

    The layer's own arguments are parameters with the prefix ``layer__``. Clones and
    pickles copy layers by means of their own, for those of Keras do not find
    unregistered classes again, and fail for layers that have not learned anything.
    """

    _parameter_constraints: dict[str, Any] = {
        "layer": "no_validation",  # fit tells layers without importing Keras
        "batch_size": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, layer: Any, *, batch_size: int = 256, **routed: Any) -> None:
        self.layer = layer
        self.batch_size = batch_size
        self._routed = routed
        check_arguments(layer, routed)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters, the routed ones that were given among them.

        Parameters
        ----------
        deep : bool, default=True
            Makes no difference.

        Returns
        -------
        params : dict
        """
        return {**super().get_params(deep=False), **self._routed}

    def set_params(self, **params: Any) -> Any:
        """Set parameters, arguments of the layer included.

        Parameters
        ----------
        **params : dict
            ``layer``, ``batch_size``, and names with the prefix ``layer__``.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            If there is no such parameter. Nothing is set then.
        """
        given = {
            name: value
            for name, value in params.items()
            if name.startswith("layer__") or name in self._routed
        }
        routed = {**self._routed, **given}
        check_arguments(params.get("layer", self.layer), routed)
        own = {name: value for name, value in params.items() if name not in given}
        for name in set(own) - set(self.get_params()):
            super().set_params(**{name: own[name]})  # raises, before one is set
        super().set_params(**own)
        self._routed = routed
        return self

    def __sklearn_clone__(self) -> Any:
        if not is_layer(self.layer):
            return _clone_parametrized(self)
        twin = shallow_copy(self, layer=GivenLayer(self.layer))
        cloned = _clone_parametrized(twin)
        cloned.layer = cloned.layer.layer
        return cloned

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        for name in {"layer", "layer_"} & set(state):
            if is_layer(state[name]):
                state[name] = PackedLayer.of(state[name], learned=name == "layer_")
        return stamped(to_plain(state))

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(from_plain(checked(self, state)))
