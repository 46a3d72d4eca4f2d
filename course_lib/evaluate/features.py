"""What an encoder makes of pictures."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..expect import expect_whole
from ..nn.modes import eval_mode
from ..nn.pictures import expect_pictures
from .checks import numbers, tensor


def features(encoder: nn.Module, pictures: Tensor, batch_size: int = 500) -> Tensor:
    """The features (N, D) of pictures (N, 3, H, W), in eval mode and without gradients, on the encoder's device.

    Args:
        encoder: pictures to features; it stays as it is, part by part.
        pictures: at least one, floating numbers in [0, 1].
        batch_size: how many go through the encoder at once.

    Raises:
        ValueError: for what is no picture, or if the encoder's output is not (N, D) of finite numbers.

    >>> from course_lib.nn import ConvNet
    >>> features(ConvNet(), torch.rand(5, 3, 32, 32)).shape
    torch.Size([5, 128])
    """
    return outputs(encoder, encoder, pictures, batch_size, "features")


@torch.no_grad()
def outputs(network: nn.Module, of: Callable[[Tensor], Tensor], pictures: Tensor, batch_size: int, name: str) -> Tensor:
    """What `of`, a part of the network, says of pictures (N, 3, H, W) in batches: (N, D) float32, in eval mode."""
    expect_pictures(tensor(pictures, "pictures"), look=True)
    if not len(pictures):
        raise ValueError("expected at least one picture, got none")
    found = []
    with eval_mode(network):
        for some in pictures.split(expect_whole("a batch size", batch_size)):
            said = of(like_weights(some, network))
            if not isinstance(said, Tensor) or said.ndim != 2 or len(said) != len(some):
                got = tuple(said.shape) if isinstance(said, Tensor) else f"a {type(said).__name__}"
                raise ValueError(f"expected {name} (N, D) of {len(some)} pictures, got {got} from {_name(network)}")
            found.append(said)
    return numbers(torch.cat(found), f"{name} from {_name(network)}").float()


def like_weights(x: Tensor, network: nn.Module) -> Tensor:
    """The same on the device of the network's weights, and in their dtype unless it holds whole numbers."""
    weights = next((weight for weight in network.parameters() if weight.is_floating_point()), x)
    return x.to(weights.device, weights.dtype if x.is_floating_point() else x.dtype)


def _name(network: nn.Module) -> str:
    return type(network).__name__
