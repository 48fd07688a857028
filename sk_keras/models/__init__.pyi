from .image import cnn as cnn
from .pairs import siamese as siamese
from .sequence import bilstm as bilstm
from .sequence import gru as gru
from .sequence import lstm as lstm
from .tabular import mlp as mlp
from .text import fasttext as fasttext
from .text import text_cnn as text_cnn

# What the estimators offer by name.
__all__: list[str]
