"""Building blocks: networks and layers that know nothing of the picture world.

>>> from course_lib.nn import ConvNet
>>> ConvNet().width
128
"""

from .bpe import BPE
from .convnet import ConvNet
from .encoder import Encoder
from .masking import block_masking, grid_masking, random_mask, random_masking
from .mlp import mlp
from .momentum import MomentumEncoder, cosine_schedule, update_momentum
from .patches import patchify, unpatchify
from .positions import RelativePositionBias, resize_pos_embed, sincos_pos_embed
from .seeding import seeded
from .text import TextTransformer
from .transformer import Attention, Block, QuickGELU, Transformer
from .vit import ViT, conv_stem, vit

__all__ = [
    "BPE", "Attention", "Block", "ConvNet", "Encoder", "MomentumEncoder", "QuickGELU", "RelativePositionBias",
    "TextTransformer", "Transformer", "ViT", "block_masking", "conv_stem", "cosine_schedule", "grid_masking", "mlp",
    "patchify", "random_mask", "random_masking", "resize_pos_embed", "seeded",
    "sincos_pos_embed", "unpatchify", "update_momentum", "vit",
]  # fmt: skip
