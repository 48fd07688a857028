from .latent import LatentSpaceDisplay as LatentSpaceDisplay
from .latent import ManifoldDisplay as ManifoldDisplay
from .monitor import HistoryMonitor as HistoryMonitor
from .reconstructions import ReconstructionDisplay as ReconstructionDisplay
from .searches import search_history as search_history
