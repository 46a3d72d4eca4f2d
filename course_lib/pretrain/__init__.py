"""One file for each way of learning, readable from top to bottom beside its paper.

>>> from course_lib.nn import ConvNet
>>> from course_lib.pretrain import Labels
>>> method = Labels(ConvNet(), classes=50)
"""

from .labels import Labels, label_loss, wrong_labels
from .method import Loss, Method
from .semantic import SemanticSoftmax, level_weights, semantic_loss

__all__ = [
    "Labels", "Loss", "Method", "SemanticSoftmax", "label_loss", "level_weights", "semantic_loss", "wrong_labels",
]  # fmt: skip
