"""A teacher that is nobody else: a copy of the student that follows it slowly."""

from __future__ import annotations

import copy
import math
from typing import TypeVar

import torch
from torch import nn

T = TypeVar("T", bound=nn.Module)


def copied(student: T) -> T:
    """A copy with weights of its own, which takes no gradients.

    >>> any(p.requires_grad for p in copied(nn.Linear(2, 2)).parameters())
    False
    """
    own: dict[int, torch.Tensor] = {id(p): nn.Parameter(p.detach().clone(), False) for p in student.parameters()}
    own |= {id(buffer): buffer.clone() for buffer in student.buffers()}
    return copy.deepcopy(student, own)


@torch.no_grad()
def follow(teacher: nn.Module, student: nn.Module, keep: float) -> None:
    """Move a teacher a little towards its student: teacher ← keep · teacher + (1 − keep) · student.

    An exponential moving average (Tarvainen and Valpola, 2017, "Mean teachers are better role models", arXiv
    1703.01780, section 2). Batch norms' running means follow like weights do; counters are copied.

    Raises:
        ValueError: for a share outside [0, 1].

    >>> student, teacher = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> _ = [nn.init.constant_(m.weight, v) for m, v in ((student, 1.0), (teacher, 0.0))]
    >>> follow(teacher, student, keep=0.75)
    >>> teacher.weight.item()
    0.25
    """
    if not 0 <= keep <= 1:
        raise ValueError(f"expected a share from 0 (copy the student) to 1 (stay), got {keep}")
    ours, theirs = teacher.state_dict(keep_vars=True), student.state_dict(keep_vars=True)
    moving = [name for name, value in ours.items() if value.is_floating_point()]
    pairs = [ours[name].data for name in moving], [theirs[name].data for name in moving]
    torch._foreach_lerp_(*pairs, 1 - keep)  # all in one go  # pyright: ignore[reportPrivateImportUsage]
    for name in ours.keys() - set(moving):
        ours[name].copy_(theirs[name])


def rising(start: float, progress: float, end: float = 1.0) -> float:
    """From `start` to `end` along half a cosine, slow at both ends: BYOL, arXiv 2006.07733, section 3.3.

    >>> [round(rising(0.99, share), 4) for share in (0.0, 0.5, 1.0)]
    [0.99, 0.995, 1.0]
    """
    return end - (end - start) * (math.cos(math.pi * progress) + 1) / 2
