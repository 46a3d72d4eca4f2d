"""How fast our ViT and our CLIP step are: the same sizes in timm, torchvision and open_clip, in one run.

    python benchmarks/backbones.py

Each row is the best of several rounds, the competitors taking turns, so that a busy moment hits all of them. Memory is
what autograd keeps for the backward pass, counted. The peers come with `pip install -e ".[parity]"`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import open_clip
import timm
import torch
import torchvision
from torch import Tensor, nn

from course_lib.evaluate import cost
from course_lib.nn import vit
from course_lib.pretrain import clip_loss
from course_lib.train.device import device
from course_lib.weights import published

ROUNDS, BATCH = 7, 16


def best(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of each, the best of ROUNDS, taking turns."""
    seconds = {name: float("inf") for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            begun = time.perf_counter()
            run()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            seconds[name] = min(seconds[name], time.perf_counter() - begun)
    return seconds


def said(title: str, seconds: dict[str, float]) -> None:
    fastest = min(seconds[name] for name in seconds if name != "ours")
    for name, took in seconds.items():
        print(f"{title:34} {name:12} {1000 * took:8.1f} ms")
    print(f"{title:34} ours runs at {fastest / seconds['ours']:.2f} of the fastest other")


def backbones() -> None:
    pictures = torch.rand(BATCH, 3, 224, 224, device=device())
    networks: dict[str, nn.Module] = {
        "ours": vit("tiny"),
        "timm": timm.create_model("vit_tiny_patch16_224", num_classes=0),
        "torchvision": torchvision.models.VisionTransformer(224, 16, 12, 3, 192, 768),
    }
    networks = {name: network.to(device()).train() for name, network in networks.items()}

    def forward(network: nn.Module) -> Tensor:
        with torch.no_grad():
            return network(pictures)

    def both(network: nn.Module) -> None:
        network.zero_grad()
        network(pictures).sum().backward()

    said("ViT tiny, 224, forward", best({n: lambda m=m: forward(m) for n, m in networks.items()}))
    said("ViT tiny, 224, forward + backward", best({n: lambda m=m: both(m) for n, m in networks.items()}))
    for name, network in networks.items():
        print(f"{'ViT tiny, 224, kept for backward':34} {name:12} {cost(network, pictures).remembered / 1e6:8.1f} MB")


def clip_step() -> None:
    theirs = open_clip.create_model("ViT-B-32").to(device()).train()
    ours = published.clip(theirs.state_dict(), quick=False).to(device()).train()
    pictures = torch.rand(BATCH, 3, 224, 224, device=device())
    captions = ["a picture of a cat on a mat"] * BATCH
    loss_of = open_clip.loss.ClipLoss()

    def their_step() -> None:
        theirs.zero_grad()
        ids = open_clip.tokenize(captions).to(device())
        loss_of(*theirs(pictures, ids)).backward()

    def our_step() -> None:
        ours.zero_grad()
        clip_loss(ours.encode_image(pictures), ours.encode_text(captions), ours.logit_scale.exp()).backward()

    said("CLIP ViT-B/32, loss + backward", best({"ours": our_step, "open_clip": their_step}))


if __name__ == "__main__":
    backbones()
    clip_step()
