"""What a network costs: parameters, multiplications, and what it must remember for the gradient."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ..nn.modes import eval_mode
from ..nn.pictures import expect_pictures
from .checks import tensor
from .features import like_weights


@dataclass(frozen=True)
class Cost:
    """Of one forward pass over some pictures: parameters, FLOPs (a multiplication and an addition are two), bytes."""

    parameters: int
    flops: int
    remembered: int


@torch.inference_mode(False)
def cost(network: nn.Module, pictures: Tensor) -> Cost:
    """Count what a network costs on pictures (B, 3, H, W); numbers are only counted, the network and torch's own
    chance stay as they are.

    FLOPs are those of matrix products and convolutions, counted by PyTorch's own counter, which cannot see into the
    fused kernels of attention: for counting, attention is computed step by step. Remembered are the bytes of
    every tensor kept for the gradient, each once, parameters left out.

    Args:
        network: what is counted, in eval mode.
        pictures: (B, 3, H, W), or whatever the network takes.

    Raises:
        ValueError: for bytes as pictures, or a network made inside `torch.inference_mode`.

    >>> cost(nn.Conv2d(3, 8, 3, bias=False), torch.rand(1, 3, 10, 10)).flops
    27648
    """
    if tensor(pictures, "pictures").dtype == torch.uint8:
        expect_pictures(pictures)
    if any(part.is_inference() for part in (*network.parameters(), *network.buffers())):
        raise ValueError("expected a network made outside torch.inference_mode, got one made inside: make it before")
    pictures = like_weights(pictures, network)
    pictures = pictures.clone() if pictures.is_inference() else pictures
    own = {weight.untyped_storage().data_ptr() for weight in network.parameters()}
    kept: dict[int, int] = {}

    def note(x: Tensor) -> Tensor:
        storage = x.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return x

    cuda = [pictures.device] if pictures.is_cuda else []
    with eval_mode(network), torch.random.fork_rng(cuda):
        with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
            held = network(pictures)  # alive until the storages are noted, or two could share an address
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            network(pictures)
        del held
    return Cost(sum(weight.numel() for weight in network.parameters()), counter.get_total_flops(), sum(kept.values()))
