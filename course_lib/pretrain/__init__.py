"""One file for each way of learning, readable from top to bottom beside its paper.

>>> from course_lib.nn import ConvNet
>>> from course_lib.pretrain import Labels
>>> method = Labels(ConvNet(), classes=50)
"""

from .barlow_twins import BarlowTwins, barlow_twins_loss, cross_correlation
from .beit import BEiT, beit_loss
from .byol import BYOL, byol_loss
from .clip import CLIP, clip_loss, similarity
from .data2vec import Data2Vec, data2vec_loss, data2vec_targets
from .dino import DINO, dino_loss
from .distill import Distill, angle_loss, distance_loss, distillation_loss, hint_loss
from .feature_targets import FeatureTargets, FeatureTokenizer, feature_loss
from .gather import gather
from .ibot import IBOT, ibot_loss, koleo, sinkhorn
from .ijepa import IJEPA, ijepa_blocks, ijepa_loss
from .labels import Labels, label_loss, wrong_labels
from .mae import MAE, mae_loss
from .masked_global import MaskedGlobal
from .maskfeat import MaskFeat, hog, maskfeat_loss
from .method import Loss, Method, feature_std
from .moco import MoCo, MoCoV3, moco_loss, moco_v3_loss
from .semantic import SemanticSoftmax, level_weights, semantic_loss
from .siglip import SigLIP, siglip_loss
from .simclr import SimCLR, nt_xent
from .simmim import SimMIM, simmim_loss
from .simsiam import SimSiam, negative_cosine
from .supcon import SupCon, supcon_loss
from .tokenizer import Tokenizer
from .unicl import UniCL, unicl_loss
from .vicreg import VICReg, covariance_term, variance_term, vicreg_loss

__all__ = [
    "BEiT", "BYOL", "BarlowTwins", "CLIP", "DINO", "Data2Vec", "Distill", "FeatureTargets", "FeatureTokenizer",
    "IBOT", "IJEPA", "Labels", "Loss", "MAE", "MaskFeat", "MaskedGlobal", "Method", "MoCo", "MoCoV3",
    "SemanticSoftmax", "SigLIP", "SimCLR", "SimMIM", "SimSiam", "SupCon", "Tokenizer", "UniCL", "VICReg",
    "angle_loss", "barlow_twins_loss", "beit_loss", "byol_loss", "clip_loss", "covariance_term", "cross_correlation",
    "data2vec_loss", "data2vec_targets", "dino_loss", "distance_loss", "distillation_loss", "feature_loss",
    "feature_std", "gather", "hint_loss", "hog", "ibot_loss", "ijepa_blocks", "ijepa_loss", "koleo", "label_loss",
    "level_weights", "mae_loss", "maskfeat_loss", "moco_loss", "moco_v3_loss", "negative_cosine", "nt_xent",
    "semantic_loss", "siglip_loss", "similarity", "simmim_loss", "sinkhorn", "supcon_loss", "unicl_loss",
    "variance_term", "vicreg_loss", "wrong_labels",
]  # fmt: skip
