"""ResNets that torchvision publishes."""

from __future__ import annotations

from itertools import product

from ...nn import ConvNet
from ...nn.encoder import IMAGENET
from .convert import State, filled, renamed


def resnet18(state: State) -> ConvNet:
    """torchvision's ResNet-18, without its last layer, from `torchvision.models.resnet18(...).state_dict()`.

    A state dict says nothing of some options: that pictures are halved by strides and not by blurring or pooling, that
    ReLU is the activation, and that norms add 1e-5, is taken for granted.

    Raises:
        NotPublished: if these are other weights, by name.

    >>> from torchvision.models import resnet18 as theirs
    >>> resnet18(theirs().state_dict()).width
    512
    """
    model = ConvNet((64, 64, 128, 256, 512), blocks=2, stem="large", mean=IMAGENET[0], std=IMAGENET[1])
    kind = "torchvision's ResNet-18"
    names = {r"conv1\.": "stem.0.", r"bn1\.": "stem.1."}
    for stage, number in product(range(4), range(2)):
        theirs, ours = rf"layer{stage + 1}\.{number}\.", f"stages.{2 * stage + number}."
        names[theirs + r"conv(\d)"] = ours + r"conv\1"
        names[theirs + r"bn(\d)"] = ours + r"norm\1"
        names[theirs + "downsample"] = ours + "shortcut"
    return filled(model, renamed(state, names, kind, ignore=[r"fc\."]), kind)
