"""Building blocks: networks and layers that know nothing of the picture world.

>>> from course_lib.nn import ConvNet
>>> ConvNet().width
128
"""

from .bpe import BPE
from .convnet import ConvNet
from .encoder import Encoder
from .heads import perceptron
from .seeding import seeded
from .teacher import copied, follow, rising
from .text import TextTransformer
from .transformer import Attention, Block, DropPath, QuickGELU, Transformer
from .vit import ViT, conv_stem, positions_for, vit

__all__ = [
    "BPE", "Attention", "Block", "ConvNet", "DropPath", "Encoder", "QuickGELU", "TextTransformer", "Transformer",
    "ViT", "conv_stem", "copied", "follow", "perceptron", "positions_for", "rising", "seeded", "vit",
]  # fmt: skip
