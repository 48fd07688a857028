"""How an estimator is copied, cloned and pickled."""

from __future__ import annotations

from typing import Any

from sk_keras._estimators.base.clones import clone_estimator
from sk_keras._estimators.base.state import packed_state, restore_state
from sk_keras._estimators.model.recipe import Recipe
from sk_keras._shared.arrays.parts import stand_in


class CopyingMixin:
    """Copies that share what they may; stands left of an estimator's base."""

    X_shape_: Any
    X_dtype_: Any
    _recipe: Recipe
    _targets: Any

    def __copy__(self) -> Any:
        # As shallow as any: the model is the same. By way of a pickle, as Python
        # has it, the model would be made anew.
        twin = object.__new__(type(self))
        twin.__dict__.update(vars(self))
        return twin

    def __sklearn_clone__(self) -> Any:
        return clone_estimator(self)

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        return packed_state(self, dict(state))

    def __setstate__(self, state: dict[str, Any]) -> None:
        restore_state(self, state)

    def _remake_model(self) -> Any:
        """Make the fitted model again, without its weights."""
        few = stand_in(self.X_shape_, self.X_dtype_)
        return self._recipe.make(few, lambda model, few: self._targets)[0]
