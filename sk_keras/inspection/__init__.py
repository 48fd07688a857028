"""Looking into fitted estimators and searches.

Importing it does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._shared.lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras.inspection.latent import LatentSpaceDisplay as LatentSpaceDisplay
    from sk_keras.inspection.latent import ManifoldDisplay as ManifoldDisplay
    from sk_keras.inspection.monitor import HistoryMonitor as HistoryMonitor
    from sk_keras.inspection.reconstructions import (
        ReconstructionDisplay as ReconstructionDisplay,
    )
    from sk_keras.inspection.searches import search_history as search_history

_HOME = {
    "HistoryMonitor": "sk_keras.inspection.monitor",
    "LatentSpaceDisplay": "sk_keras.inspection.latent",
    "ManifoldDisplay": "sk_keras.inspection.latent",
    "ReconstructionDisplay": "sk_keras.inspection.reconstructions",
    "search_history": "sk_keras.inspection.searches",
}

__all__ = [
    "HistoryMonitor",
    "LatentSpaceDisplay",
    "ManifoldDisplay",
    "ReconstructionDisplay",
    "search_history",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
