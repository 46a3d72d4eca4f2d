"""What ships for chapter 01: the same networks from more and more pictures, and a ViT to look into."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from course_lib import world
from course_lib.course.recipes import SEED, Made, in_half, round_weights
from course_lib.epochs import Epochs
from course_lib.evaluate import label_accuracy
from course_lib.nn import ConvNet, Encoder, ViT
from course_lib.nn import vit as vit_of
from course_lib.pretrain import Labels
from course_lib.train.fit import fit

SIZES = (500, 2000, 8000, 50_000)


def _train_by_size(make: Callable[[], Encoder]) -> Made:
    """Train the same network on more and more pictures, for the same number of steps each time."""
    pool = world.draw(max(SIZES), size=32, mode="portrait", seed=30)
    new = world.draw(2000, size=32, mode="portrait", seed=30, split="val")
    trained, metrics = nn.ModuleDict(), {}
    for size in SIZES:
        method = Labels(make(), len(world.THINGS), seed=SEED)
        print(f"{size} pictures")
        fit(method, Epochs(pool[:size], 128, seed=SEED), 1000)
        round_weights(method)
        trained[str(size)] = method
        metrics[f"accuracy from {size}"] = label_accuracy(method, new)
    return Made(in_half(trained), metrics)


def backbone_cnn() -> Made:
    """Chapter 01: the small CNN from 500 to 50,000 pictures."""
    return _train_by_size(lambda: ConvNet(seed=SEED))


def backbone_vit() -> Made:
    """Chapter 01: a ViT from 500 to 50,000 pictures."""
    return _train_by_size(lambda: ViT(80, 4, 4, size=32, patch=8, pool="mean", seed=SEED))


def backbone_conv_stem() -> Made:
    """Chapter 01: a ViT with a convolutional stem from 500 to 50,000 pictures."""
    return _train_by_size(lambda: ViT(80, 4, 4, size=32, patch=8, pool="mean", stem="conv", seed=SEED))


def vit() -> Made:
    """Chapter 01: a ViT with a class token that names portraits of 64×64, for its attention."""
    method = Labels(vit_of("mini", size=64, patch=8, stem="conv", seed=SEED), len(world.THINGS), seed=SEED)
    fit(method, world.Stream(64, size=64, mode="portrait", seed=102), 2400, lr=1e-3)
    round_weights(method)
    new = world.draw(1000, size=64, mode="portrait", split="val")
    return Made(in_half(method), {"accuracy": label_accuracy(method, new)})


RECIPES: dict[str, Callable[[], Made]] = {
    "backbone-cnn": backbone_cnn,
    "backbone-vit": backbone_vit,
    "backbone-conv-stem": backbone_conv_stem,
    "vit": vit,
}
"""What ships for this chapter, by name."""
