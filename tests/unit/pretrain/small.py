"""Methods as small as they go, and numbers as plain loops find them."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from course_lib import world
from course_lib.nn import BPE, ConvNet, TextTransformer, ViT
from course_lib.pretrain import (
    BYOL,
    DINO,
    IBOT,
    IJEPA,
    MAE,
    BarlowTwins,
    BEiT,
    Data2Vec,
    FeatureTargets,
    FeatureTokenizer,
    MaskedGlobal,
    MaskFeat,
    MoCo,
    MoCoV3,
    SimCLR,
    SimMIM,
    SimSiam,
    SupCon,
    VICReg,
)
from course_lib.pretrain.tokenizer import Tokenizer
from course_lib.views import Views

Pair = tuple[Tensor, Tensor]
SMALL: dict[str, Any] = {"dim": 16, "hidden": 32}


def tiny(**options: Any) -> ViT:
    """A ViT of one block that has a mask token."""
    return ViT(32, 1, 2, **{"size": 16, "patch": 4, "mask_token": True} | options)


def words(**options: Any) -> Tokenizer:
    """A tokenizer of a few codes."""
    return Tokenizer(**{"codes": 16, "width": 8, "channels": 8, "blocks": 1} | options)


METHODS: dict[str, Callable[[], Any]] = {
    "SimCLR": lambda: SimCLR(ConvNet((8, 16)), **SMALL),
    "SupCon": lambda: SupCon(ConvNet((8, 16)), **SMALL),
    "MoCo": lambda: MoCo(ConvNet((8, 16)), queue=64, **SMALL),
    "MoCo v3": lambda: MoCoV3(ConvNet((8, 16)), **SMALL),
    "BYOL": lambda: BYOL(ConvNet((8, 16)), **SMALL),
    "SimSiam": lambda: SimSiam(ConvNet((8, 16)), bottleneck=8, **SMALL),
    "Barlow Twins": lambda: BarlowTwins(ConvNet((8, 16)), **SMALL),
    "VICReg": lambda: VICReg(ConvNet((8, 16)), **SMALL),
    "DINO": lambda: DINO(ViT(32, 1, 2, size=16, patch=8), 32, 32, 8, local_crops=Views(size=8, scale=(0.1, 0.4))),
    "MAE": lambda: MAE(tiny(), width=16, heads=2),
    "SimMIM": lambda: SimMIM(tiny()),
    "SimMIM, ConvNet": lambda: SimMIM(ConvNet((8, 16)), patch=4),
    "MaskFeat": lambda: MaskFeat(tiny()),
    "BEiT": lambda: BEiT(tiny(), words()),
    "MaskedGlobal": lambda: MaskedGlobal(MAE(tiny(), width=16, heads=2), **SMALL),
    "FeatureTargets": lambda: FeatureTargets(tiny(), ConvNet((8, 16))),
    "FeatureTokenizer": lambda: FeatureTokenizer(tiny(), ConvNet((8, 16)), codes=16, width=8, decoder_width=16),
    "Data2Vec": lambda: Data2Vec(tiny()),
    "IBOT": lambda: IBOT(tiny(class_token=True), 32, 32, 8, local_crops=Views(size=8, scale=(0.1, 0.4))),
    "IJEPA": lambda: IJEPA(tiny(), width=16, heads=2),
}
"""What learns from pictures alone."""
ALONE = (
    "DINO", "MAE", "SimMIM", "SimMIM, ConvNet", "MaskFeat", "BEiT", "FeatureTargets", "FeatureTokenizer", "Data2Vec",
    "IBOT", "IJEPA",
)  # fmt: skip
"""Those of them in which each picture learns for itself."""


def towers(examples: world.Batch) -> tuple[ConvNet, TextTransformer, BPE]:
    """What a method learns with from pictures and their captions."""
    bpe = BPE.learn(examples.captions, merges=200)
    return ConvNet((8, 16, 32), seed=0), TextTransformer(len(bpe), 32, 1, 2, length=32), bpe


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def products(*views: Tensor) -> list[list[float]]:
    """Each column of the views, one after the other, times each: sums of products around the columns' means."""
    columns = [list(column) for view in views for column in zip(*view.tolist(), strict=True)]
    around = [[x - sum(c) / len(c) for x in c] for c in columns]
    return [[sum(x * y for x, y in zip(c, d, strict=True)) for d in around] for c in around]


def stirred(model: Any, by: float = 0.2) -> Any:
    """The model with weights that leave nothing at 0, where a mistake would hide, in eval mode."""
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight += by * torch.randn(weight.shape, generator=g)
    return model.eval()


def some(batch: int = 3, rows: int = 16, columns: int = 16) -> Tensor:
    """Pictures of nothing."""
    return torch.rand(batch, 3, rows, columns, generator=torch.Generator().manual_seed(1))


def repainted(pictures: Tensor, mask: Tensor, patch: int = 4) -> Tensor:
    """Pictures (B, 3, H, W) with other pixels where patches are in the mask (B, N)."""
    rows, columns = pictures.shape[2] // patch, pictures.shape[3] // patch
    there = mask.view(-1, 1, rows, 1, columns, 1).expand(-1, 3, rows, patch, columns, patch).reshape(pictures.shape)
    return torch.where(there, torch.rand(pictures.shape, generator=torch.Generator().manual_seed(2)), pictures)
