"""How weights move: the learning rate over the steps, what decays, and the optimizers that `fit` knows by name."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn

from ..expect import between, whole

Groups = list[dict[str, Any]]
"""What is trained, in torch's parameter groups: {"params": …, "lr": …, "weight_decay": …}."""
MakeOptimizer = Callable[[Groups], torch.optim.Optimizer]
"""Makes an optimizer of parameter groups: `adamw()`, `sgd()`, or any function of yours."""
LARGEST, BELOW_ONE = sys.float_info.max, math.nextafter(1.0, 0.0)
"""The largest number that is finite, and the largest below 1."""


def learning_rate(step: int, steps: int, warmup: float = 0.05) -> float:
    """The share of the full learning rate at a step: up in a straight line, then down along half a cosine.

    Loshchilov and Hutter, 2016, "SGDR", arXiv 1608.03983, equation 5, after the warm-up of Goyal and others, 2017,
    "Accurate, Large Minibatch SGD", arXiv 1706.02677, section 2.2.

    Args:
        step: from 0 to `steps`.
        steps: how many there are.
        warmup: the share of them in which the learning rate rises, from 0 to 1.

    Raises:
        ValueError: for anything out of range.

    >>> [round(learning_rate(step, 100, 0.1), 2) for step in (0, 9, 10, 55, 99)]
    [0.1, 1.0, 1.0, 0.5, 0.0]
    """
    steps = whole(steps, "a whole number of steps, at least 1")
    step = whole(step, f"a step from 0 to {steps}", 0, steps)
    warmup = between(warmup, "warmup as a share of the steps from 0 to 1")
    warmup_steps = max(1, round(warmup * steps))
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    return 0.5 + 0.5 * math.cos(math.pi * (step - warmup_steps) / max(1, steps - warmup_steps))


def param_groups(method: nn.Module, lr: float, weight_decay: float, layer_decay: float = 1.0) -> Groups:
    """What is trained, in two groups: matrices, which decay, and vectors (biases, norms), which do not.

    With a layer decay below 1, in two groups for each layer of the method's ViT: the lower a layer, the more slowly it
    learns (Clark and others, 2020, "ELECTRA", arXiv 2003.10555, fine-tuning details; BEiT and MAE are fine-tuned so).
    What comes after the last block, and a bias of relative positions, has the full learning rate, each block
    `layer_decay` times that of the one above it, and what comes before the first block once more as much.

    Raises:
        ValueError: for a learning rate or a weight decay that is not a number from 0, a layer decay that is not from 0
            to 1, or one below 1 where `method.encoder` has no blocks of a transformer.

    >>> [group["weight_decay"] for group in param_groups(nn.Linear(2, 2), lr=0.1, weight_decay=0.05)]
    [0.05, 0.0]
    """
    lr = between(lr, "a learning rate from 0", 0, LARGEST)
    weight_decay = between(weight_decay, "a weight decay from 0", 0, LARGEST)
    layer_decay = between(layer_decay, "a layer_decay from 0 to 1")
    depth = 0 if layer_decay == 1 else _depth(method)
    layers: dict[int, list[nn.Parameter]] = {}
    for name, p in method.named_parameters():
        if p.requires_grad:
            layers.setdefault(_layer(name, depth), []).append(p)
    groups: Groups = []
    for layer, trained in layers.items():
        rate = lr * layer_decay ** (depth + 1 - layer)
        matrices, vectors = [p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1]
        for params, decay in ((matrices, weight_decay), (vectors, 0.0)):
            groups += [{"params": params, "lr": rate, "weight_decay": decay}] if params else []
    return groups


def _depth(method: nn.Module) -> int:
    """How many blocks the transformer of the method's encoder has."""
    blocks = getattr(getattr(getattr(method, "encoder", None), "transformer", None), "blocks", None)
    if not isinstance(blocks, nn.Sequential):
        kind = type(getattr(method, "encoder", method)).__name__
        raise ValueError(f"expected an encoder with the blocks of a transformer for a layer decay, got {kind}")
    return len(blocks)


def _layer(name: str, depth: int) -> int:
    """Which layer a parameter belongs to, as in BEiT's code: 0 before the first block, 1 to depth, depth + 1 after."""
    parts = name.split(".")
    if not depth or parts[0] != "encoder" or parts[1] in ("norm", "rel_pos_bias"):
        return depth + 1
    return int(parts[3]) + 1 if parts[1:3] == ["transformer", "blocks"] else 0


def adamw(betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> MakeOptimizer:
    """AdamW (Loshchilov and Hutter, 2017, "Decoupled Weight Decay Regularization", arXiv 1711.05101, algorithm 2).

    Masked image modeling usually wants betas (0.9, 0.95).

    Raises:
        ValueError: unless both betas are from 0 to below 1, and eps is above 0.

    >>> adamw(betas=(0.9, 0.95))(param_groups(nn.Linear(2, 2), 0.1, 0.05)).param_groups[0]["betas"]
    (0.9, 0.95)
    """
    needed = "betas as two numbers from 0 to below 1"
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        raise ValueError(f"expected {needed}, got {betas!r}")
    first, second = (between(beta, needed, 0, BELOW_ONE) for beta in betas)
    eps = between(eps, "eps above 0", math.ulp(0.0), LARGEST)
    return partial(_made, torch.optim.AdamW, betas=(first, second), eps=eps)


def sgd(momentum: float = 0.9, nesterov: bool = False) -> MakeOptimizer:
    """Plain descent with momentum; its learning rates are some fifty times those of AdamW.

    Raises:
        ValueError: unless momentum is from 0 to below 1, and above 0 for Nesterov's.

    >>> sgd()(param_groups(nn.Linear(2, 2), 0.1, 0.05)).param_groups[0]["momentum"]
    0.9
    """
    momentum = between(momentum, "momentum from 0 to below 1", 0, BELOW_ONE)
    if nesterov and not momentum:
        raise ValueError("expected momentum above 0 for Nesterov's, got 0")
    return partial(_made, torch.optim.SGD, momentum=momentum, nesterov=nesterov)


def _made(kind: Callable[..., torch.optim.Optimizer], groups: Groups, **options: Any) -> torch.optim.Optimizer:
    """An optimizer of torch's; all weights in one go where the device can."""
    device = groups[0]["params"][0].device.type
    return kind(groups, fused=device in ("cpu", "cuda"), **options)


NAMED: dict[str, MakeOptimizer] = {"adamw": adamw(), "sgd": sgd()}


def optimizer_for(groups: Groups, optimizer: str | MakeOptimizer) -> torch.optim.Optimizer:
    """The optimizer of this name, or what the function makes, over parameter groups.

    Each group keeps its full learning rate as `initial_lr`, so that groups may learn at rates of their own.

    Raises:
        ValueError: if there is nothing to train, for a name that is not there, and for what makes no optimizer.

    >>> type(optimizer_for(param_groups(nn.Linear(2, 2), 0.1, 0.0), "sgd")).__name__
    'SGD'
    """
    if not groups:
        raise ValueError("expected a method with something to train: no parameter of it asks for a gradient")
    make = NAMED.get(optimizer) if isinstance(optimizer, str) else optimizer
    if not callable(make):
        raise ValueError(
            f"expected the optimizer to be 'adamw' or 'sgd', or a function of parameter groups, got {optimizer!r}"
        )
    made = make(groups)
    if not isinstance(made, torch.optim.Optimizer):
        raise ValueError(f"expected a function that returns an optimizer, got {type(made).__name__} from it")
    for group in made.param_groups:
        group["initial_lr"] = group["lr"]
    return made


def set_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Give every group this share of its full learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * share
