"""What an estimator shows of itself and of its model."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from sk_keras._estimators.base.layers_table import layers_table


class LookingMixin:
    """Summaries and representations of an estimator; stands left of its base."""

    model_: Any
    history_: dict[str, list[float]]
    n_iter_: int

    def summary(self, **kwargs: Any) -> None:
        """Print the fitted model's layers.

        Parameters
        ----------
        **kwargs : dict
            Passed to `keras.Model.summary`.
        """
        check_is_fitted(self)
        self.model_.summary(**kwargs)

    def history_frame(self) -> pd.DataFrame:
        """Return the training history as a table.

        Returns
        -------
        pandas.DataFrame of shape (n_iter_, n_figures)
            A row for each epoch, counted from 1; the columns are the keys of
            ``history_``.
        """
        check_is_fitted(self)
        index = pd.RangeIndex(1, self.n_iter_ + 1, name="epoch")
        return pd.DataFrame(self.history_, index=index)

    def _html_repr(self) -> str:
        html = super()._html_repr()  # type: ignore[misc]
        return html + layers_table(self.model_) if "model_" in vars(self) else html
