"""Methods as small as they go, and numbers as plain loops find them."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

from torch import Tensor

from course_lib import world
from course_lib.nn import BPE, ConvNet, TextTransformer, ViT
from course_lib.pretrain import BYOL, DINO, BarlowTwins, MoCo, MoCoV3, SimCLR, SimSiam, SupCon, VICReg
from course_lib.views import Views

Pair = tuple[Tensor, Tensor]
SMALL: dict[str, Any] = {"dim": 16, "hidden": 32}
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
}
"""What learns from pictures alone."""


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
