"""Building blocks: networks and layers that know nothing of the picture world.

>>> from course_lib.nn import ConvNet
>>> ConvNet().width
128
"""

from .bpe import BPE
from .convnet import ConvNet
from .encoder import Encoder
from .mlp import mlp
from .momentum import MomentumEncoder, cosine_schedule, update_momentum
from .positions import RelativePositionBias, resize_pos_embed, sincos_pos_embed
from .seeding import seeded
from .text import TextTransformer
from .transformer import Attention, Block, QuickGELU, Transformer
from .vit import ViT, conv_stem, vit

__all__ = [
    "BPE", "Attention", "Block", "ConvNet", "Encoder", "MomentumEncoder", "QuickGELU", "RelativePositionBias",
    "TextTransformer", "Transformer", "ViT", "conv_stem", "cosine_schedule", "mlp", "resize_pos_embed", "seeded",
    "sincos_pos_embed", "update_momentum", "vit",
]  # fmt: skip
