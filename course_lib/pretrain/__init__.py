"""One file for each way of learning, readable from top to bottom beside its paper.

>>> from course_lib.nn import ConvNet
>>> from course_lib.pretrain import Labels
>>> method = Labels(ConvNet(), classes=50)
"""

from .clip import CLIP, clip_loss, matches
from .labels import Labels, label_loss, wrong_labels
from .method import Loss, Method
from .semantic import SemanticSoftmax, level_weights, semantic_loss
from .siglip import SigLIP, siglip_loss
from .unicl import UniCL, unicl_loss

__all__ = [
    "CLIP", "Labels", "Loss", "Method", "SemanticSoftmax", "SigLIP", "UniCL", "clip_loss", "label_loss",
    "level_weights", "matches", "semantic_loss", "siglip_loss", "unicl_loss", "wrong_labels",
]  # fmt: skip
