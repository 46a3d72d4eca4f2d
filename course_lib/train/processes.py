"""One device or several processes: what accelerate settles, and what it leaves to us."""

from __future__ import annotations

import torch
import torch.distributed
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import nn

from .device import device as chosen_device
from .device import precision


def make_accelerator() -> Accelerator:
    """accelerate's view of this process: the device and its numbers, and whom it shares the work with."""
    device = chosen_device()
    if device.type == "cuda" and device.index is not None:
        torch.cuda.set_device(device)
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        AcceleratorState._reset_state(reset_partial_state=True)  # COURSE_DEVICE may have changed since the last call
    kinds = {torch.float32: "no", torch.float16: "fp16", torch.bfloat16: "bf16"}
    return Accelerator(mixed_precision=kinds[precision(device).dtype], cpu=device.type == "cpu")


def sync_batch_norms(method: nn.Module, processes: int, device: torch.device) -> None:
    """On several GPUs, batch norms take their statistics from all of a batch, not from the part of one process."""
    if processes > 1 and device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(method)


def share_buffers(method: nn.Module, processes: int) -> None:
    """Every process takes over the buffers of the first: batch norm has seen other pictures in each of them."""
    if processes > 1:
        for buffer in method.buffers():
            torch.distributed.broadcast(buffer, 0)
