"""How fast a whole training step is, from raw pictures: `fit` beside the loop that one would write without it.

    python benchmarks/step.py

Both train the same network on the same pictures of CIFAR-10's size. The plain loop does what tutorials do: a data
loader with workers, torchvision's transforms picture by picture on the CPU, a step that prints its loss. Ours makes
views of the whole batch on the device. A third row leaves the views out, and a fourth draws its pictures on the spot.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels
from course_lib.train.device import device
from course_lib.views import Views

BATCH, STEPS = 128, 60


class Pictures(Dataset):
    """Byte pictures with their labels, each transformed on its own when it is asked for."""

    def __init__(self, stored: torch.Tensor, labels: torch.Tensor, transform: Any):
        self.stored, self.labels, self.transform = stored, labels, transform

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(self.stored[index]), int(self.labels[index])


class LabelsOfViews(Labels):
    """Labels, learned from views."""

    views = Views()

    def loss(self, batch: Any):
        return super().loss(replace(batch, pictures=self.views(batch.pictures)))


def plain_loop(examples: world.Batch) -> float:
    """Pictures per second of the loop that one would write."""
    transform = v2.Compose(
        [
            v2.ToDtype(torch.float32, scale=True),
            v2.RandomResizedCrop(32, scale=(0.2, 1.0), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8),
            v2.RandomGrayscale(0.2),
            v2.RandomApply([v2.GaussianBlur(3, (0.0143, 0.286))], 0.5),
        ]
    )
    stored = (examples.pictures * 255).byte()
    pictures_of = Pictures(stored, examples.labels, transform)
    loader = DataLoader(pictures_of, BATCH, shuffle=True, num_workers=2, drop_last=True)
    method = Labels(ConvNet(), 50).to(device()).train()
    optimizer = torch.optim.AdamW(method.parameters(), lr=2e-3, weight_decay=0.05)
    done, begun = 0, 0.0
    while True:
        for pictures, labels in loader:
            if done == 5:
                begun = time.perf_counter()
            loss = F.cross_entropy(method.logits(pictures.to(device())), labels.to(device()))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
            done += 1
            if done == STEPS:
                return (STEPS - 5) * BATCH / (time.perf_counter() - begun)


def ours(method: Labels, batches: Any) -> float:
    """Pictures per second of `fit`."""
    with tempfile.TemporaryDirectory() as folder:
        fit(method, batches, 5, progress=False, folder=Path(folder))
        return fit(method, batches, STEPS, progress=False, folder=Path(folder)).speed


def main() -> None:
    examples = world.draw(4096, size=32, mode="portrait")
    theirs = plain_loop(examples)
    rows = {
        "plain loop, transforms picture by picture": theirs,
        "fit, views of the batch": ours(LabelsOfViews(ConvNet(), 50), Epochs(examples, BATCH)),
        "fit, no views": ours(Labels(ConvNet(), 50), Epochs(examples, BATCH)),
        "fit, pictures drawn on the spot": ours(Labels(ConvNet(), 50), world.Stream(BATCH, 32, "portrait")),
    }
    print(f"{'pictures a second, on ' + str(device()):45} {'':>8} {'ratio':>7}")
    for name, speed in rows.items():
        print(f"{name:45} {speed:>8,.0f} {speed / theirs:>6.2f}x")


if __name__ == "__main__":
    main()
