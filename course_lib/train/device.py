"""Where the course computes, in which numbers, and how much work it takes on.

Two environment variables overrule what is found: COURSE_DEVICE names the device ("cpu", "cuda", "cuda:1", "mps")
and COURSE_PROFILE the amount of work ("smoke", "laptop", "gpu").
"""

import os
from dataclasses import dataclass
from typing import Literal, cast, get_args

import torch

Profile = Literal["smoke", "laptop", "gpu"]


@dataclass(frozen=True)
class Precision:
    """How a device multiplies best: the type for autocast, whether gradients need scaling, and the reason."""

    dtype: torch.dtype
    scaler: bool
    why: str


def device() -> torch.device:
    """The device to compute on: CUDA if there is one, else Apple's MPS, else the CPU.

    COURSE_DEVICE overrules the choice. Raises ValueError if it names no device, or one this machine lacks.

    >>> device().type in ("cuda", "mps", "cpu")
    True
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    usable = [name for name, found in there.items() if found]
    wanted = os.environ.get("COURSE_DEVICE") or usable[0]
    kind, _, index = wanted.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    if kind not in usable or (":" in wanted and not (index.isdecimal() and int(index) < count)):
        raise ValueError(
            f"COURSE_DEVICE is {wanted!r}, which this machine does not have: unset it, or set it to "
            f"{' or '.join(usable)}."
        )
    return torch.device(wanted)


def precision(device: torch.device) -> Precision:
    """The numbers to train in on a device: float32, float16 with scaled gradients, or bfloat16.

    Mixed precision follows Micikevicius and others, 2018, "Mixed Precision Training".

    >>> precision(torch.device("cpu")).dtype
    torch.float32
    """
    if device.type == "cpu":
        return Precision(torch.float32, False, "on a CPU, models as narrow as ours are slower in bfloat16")
    if device.type != "cuda":
        return Precision(torch.float32, False, "float32 gives the same numbers here as on a CPU")
    # torch.cuda.is_bf16_supported() says yes even where bfloat16 is only emulated, and slow: we ask for the chip's age.
    if torch.cuda.get_device_capability(device) < (8, 0):
        return Precision(torch.float16, True, "this GPU is fast in float16, whose small gradients need scaling")
    return Precision(torch.bfloat16, False, "this GPU is fast in bfloat16, which needs no scaling")


def profile() -> Profile:
    """How much work a chapter takes on: "smoke" (a test), "laptop" or "gpu".

    Read from COURSE_PROFILE each time; without it, "gpu" where there is CUDA, else "laptop".
    Raises ValueError if COURSE_PROFILE is none of the three.

    >>> profile() in ("smoke", "laptop", "gpu")
    True
    """
    chosen = os.environ.get("COURSE_PROFILE") or ("gpu" if torch.cuda.is_available() else "laptop")
    if chosen not in get_args(Profile):
        raise ValueError(f"COURSE_PROFILE is {chosen!r}, and it has to be one of {', '.join(get_args(Profile))}.")
    return cast(Profile, chosen)
