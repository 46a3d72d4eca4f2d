"""Published weights in the course's own models, one converter a family: ResNet-18, ViT, CLIP, MAE, BEiT.

Each function takes a state dict, finds out the sizes from it, and gives back a model in eval mode that computes what
the original computes; a tensor that it does not know is refused by name. `fetch` gets a file, once.
"""

from .beit import beit
from .clips import CLIP_COLORS, clip, vocabulary
from .convert import NotPublished, State
from .files import fetch, torchvision
from .mae import mae
from .resnets import resnet18
from .vits import vit

__all__ = [
    "CLIP_COLORS", "NotPublished", "State", "beit", "clip", "fetch", "mae", "resnet18", "torchvision", "vit",
    "vocabulary",
]  # fmt: skip
