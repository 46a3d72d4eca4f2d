"""What ships for chapter 06: MAE, a tokenizer, the encoders of five methods on one ViT, and what was measured of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from course_lib import weights, world
from course_lib.course.recipes import SEED, Made, in_half, round_weights
from course_lib.epochs import balanced
from course_lib.evaluate import (
    features,
    finetune_accuracy,
    knn,
    masked_psnr,
    paint_mean,
    patch_probe,
    probe_accuracy,
    segmentation_probe,
)
from course_lib.nn import ViT
from course_lib.nn.masking import random_mask
from course_lib.pretrain import MAE, BEiT, MaskFeat, Method, SimCLR, SimMIM, Tokenizer
from course_lib.train.fit import fit
from course_lib.train.optim import adamw

SIZE, PATCH, GRID = 32, 4, 8
"""Pictures, patches and patches along a side, in all of the chapter."""
BATCH = 64
STEPS = {"MAE": 10_000, "SimMIM": 4_000, "MaskFeat": 4_000, "BEiT": 4_000, "SimCLR": 2_300}
"""How long each method is trained: about half an hour of one core for each of them."""


def build_vit(mask_token: bool = False, seed: int = SEED) -> ViT:
    """The one ViT of the chapter: 4 blocks, 96 wide, 64 patches, fixed positions, the mean as its feature."""
    return ViT(96, 4, 4, size=SIZE, patch=PATCH, pool="mean", pos_embed="sincos", mask_token=mask_token, seed=seed)


def build(name: str, seed: int = SEED) -> Method:
    """A method of STEPS on this ViT, untrained."""
    encoder = build_vit(mask_token=name in ("SimMIM", "MaskFeat", "BEiT"), seed=seed)
    if name == "BEiT":
        return BEiT(encoder, weights.load("tokenizer", Tokenizer()), seed=seed)
    return {"MAE": MAE, "SimMIM": SimMIM, "MaskFeat": MaskFeat, "SimCLR": SimCLR}[name](encoder, seed=seed)


def train(method: Method, steps: int, seed: int = 126) -> None:
    """Train on portraits, without their labels, and round what was learned to half precision."""
    stream = world.Stream(BATCH, size=SIZE, mode="portrait", seed=seed)
    fit(method, stream, steps, lr=2e-3, optimizer=adamw(betas=(0.9, 0.95)))
    round_weights(method)
