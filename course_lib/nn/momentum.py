"""A teacher that is nobody else: a copy of the student that follows it slowly."""

from __future__ import annotations

import copy
import math
from typing import Literal

import torch
from torch import Tensor, nn

from ..expect import expect_number, within

Schedule = Literal["cosine", "constant"]


class MomentumEncoder(nn.Sequential):
    """A copy of one or several modules, applied in their order, that takes no gradients and follows them slowly.

    The exponential moving average of Tarvainen and Valpola, 2017, "Mean teachers are better role models", arXiv
    1703.01780, section 2; BYOL's target network, MoCo's key encoder and DINO's teacher are all this.

    Args:
        students: what is copied; the copy has weights of its own.
        momentum: how much of itself the copy keeps at each update, from 0 (become the student) to 1 (stay).
        schedule: "cosine" lets the momentum rise to 1 on the way (BYOL, arXiv 2006.07733, section 3.3), "constant"
            leaves it as it is (MoCo, arXiv 1911.05722, equation 2).

    Raises:
        ValueError: without a student, for a momentum outside [0, 1], or for another schedule.

    >>> teacher = MomentumEncoder(nn.Linear(2, 3), nn.ReLU(), momentum=0.9)
    >>> teacher(torch.zeros(1, 2)).shape, any(p.requires_grad for p in teacher.parameters())
    (torch.Size([1, 3]), False)
    """

    def __init__(self, *students: nn.Module, momentum: float, schedule: Schedule = "cosine"):
        if not students:
            raise ValueError("expected at least one module to follow, got none")
        _expect_momentum(momentum)
        if schedule not in ("cosine", "constant"):
            raise ValueError(f"expected the schedule 'cosine' or 'constant', got {schedule!r}")
        super().__init__(*_copies(students))
        self.momentum, self.schedule = momentum, schedule
        self._students = students  # in a tuple: the teacher does not own them, so they are no part of its weights

    @torch.no_grad()
    def update(self, progress: float) -> None:
        """Move a little towards the students; `progress` is the share of the training that is done, from 0 to 1.

        Raises:
            ValueError: for another progress, or if the students are no longer what they were copied from.
        """
        _expect_progress(progress)
        momentum = self.momentum if self.schedule == "constant" else cosine_schedule(self.momentum, progress)
        for mine, theirs in zip(self, self._students, strict=True):
            update_momentum(mine, theirs, momentum)


def _copies(students: tuple[nn.Module, ...]) -> nn.Sequential:
    together = nn.Sequential(*students)
    own: dict[int, Tensor] = {id(p): nn.Parameter(p.detach().clone(), False) for p in together.parameters()}
    own |= {id(buffer): buffer.clone() for buffer in together.buffers()}
    return copy.deepcopy(together, own)


@torch.no_grad()
def update_momentum(teacher: nn.Module, student: nn.Module, momentum: float) -> None:
    """Move a teacher a little towards its student: teacher ← momentum · teacher + (1 − momentum) · student.

    Batch norms' running means follow like weights do; counters are copied.

    Raises:
        ValueError: for a momentum outside [0, 1], or if the two have not the same weights, in name, shape and dtype.

    >>> student, teacher = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> _ = [nn.init.constant_(m.weight, v) for m, v in ((student, 1.0), (teacher, 0.0))]
    >>> update_momentum(teacher, student, momentum=0.75)
    >>> teacher.weight.item()
    0.25
    """
    _expect_momentum(momentum)
    ours, theirs = teacher.state_dict(keep_vars=True), student.state_dict(keep_vars=True)
    built, other = ({name: (x.shape, x.dtype) for name, x in state.items()} for state in (ours, theirs))
    if built != other:
        name = next(name for name in [*built, *other] if built.get(name) != other.get(name))
        mine, its = (f"{tuple(x[name][0])} {x[name][1]}" if name in x else "none" for x in (built, other))
        raise ValueError(f"expected a teacher built like its student, got {name}: {mine} and {its}")
    moving = [name for name, value in ours.items() if value.is_floating_point()]
    pairs = [ours[name].data for name in moving], [theirs[name].data for name in moving]
    torch._foreach_lerp_(*pairs, 1 - momentum)  # all in one go  # pyright: ignore[reportPrivateImportUsage]
    for name in ours.keys() - set(moving):
        ours[name].copy_(theirs[name])


def cosine_schedule(start: float, progress: float, end: float = 1.0) -> float:
    """From `start` to `end` along half a cosine, slow at both ends: BYOL, arXiv 2006.07733, section 3.3.

    Raises:
        ValueError: for a progress outside [0, 1].

    >>> [round(cosine_schedule(0.99, share), 4) for share in (0.0, 0.5, 1.0)]
    [0.99, 0.995, 1.0]
    """
    _expect_progress(progress)
    return end - (end - start) * (math.cos(math.pi * progress) + 1) / 2


def _expect_momentum(momentum: float) -> None:
    if not within(momentum, 0, 1):
        raise ValueError(f"expected a momentum from 0 (become the student) to 1 (stay), got {momentum}")


def _expect_progress(progress: float) -> None:
    expect_number("the share of the training that is done", progress, high=1)
