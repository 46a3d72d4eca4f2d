"""How fast views are made, beside torchvision picture by picture and kornia batch by batch, with the same settings.

    python benchmarks/views.py

All start from the same float pictures on the CPU, and use one picture's chances for one picture alone. They take turns,
so that a busy moment hits all of them. Where there is a GPU, ours and kornia's are timed there as well. kornia comes
with `pip install -e ".[parity]"`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import kornia.augmentation as K
import torch
from torch import Tensor
from torchvision.transforms import v2

from course_lib import world
from course_lib.train.device import device
from course_lib.views import Views

ROUNDS = 12


def speeds(ways: dict[str, Callable[[], object]], pictures: int) -> dict[str, float]:
    """Pictures per second of each way, the best of ROUNDS, taking turns."""
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, make in ways.items():
            begun = time.perf_counter()
            make()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            seconds[name] = min(seconds[name], time.perf_counter() - begun)
    return {name: pictures / took for name, took in seconds.items()}


def torchvisions(size: int) -> Callable[[Tensor], Tensor]:
    """torchvision's transforms, for one picture."""
    width = 2 * round(size * 4 / 224) + 1
    return v2.Compose(
        [
            v2.RandomResizedCrop(size, scale=(0.2, 1.0), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8),
            v2.RandomGrayscale(0.2),
            v2.RandomApply([v2.GaussianBlur(width, (0.1 * size / 224, 2.0 * size / 224))], 0.5),
        ]
    )


def kornias(size: int) -> Callable[[Tensor], Tensor]:
    """kornia's augmentations, for a batch."""
    width = max(3, 2 * round(size * 4 / 224) + 1)
    return K.AugmentationSequential(
        K.RandomResizedCrop((size, size), scale=(0.2, 1.0)),
        K.RandomHorizontalFlip(),
        K.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8),
        K.RandomGrayscale(p=0.2),
        K.RandomGaussianBlur((width, width), (0.1 * size / 224, 2.0 * size / 224), p=0.5),
        data_keys=["input"],
    )


def main() -> None:
    head = ("pictures/s", "torchvision", "kornia", "ours", "ours / torchvision, / kornia")
    print("{:>17} {:>12} {:>10} {:>10} {:>30}".format(*head))
    for size, batch in ((32, 256), (64, 256), (96, 128)):
        pictures = world.draw(batch, size=size, mode="portrait").pictures
        one_by_one, together, ours = torchvisions(size), kornias(size), Views()
        ways: dict[str, Callable[[], object]] = {
            "torchvision": lambda p=pictures, make=one_by_one: [make(picture) for picture in p],
            "kornia": lambda p=pictures, make=together: make(p),
            "ours": lambda p=pictures, make=ours: make(p),
        }
        found = speeds(ways, batch)
        ratios = [found["ours"] / found[other] for other in ("torchvision", "kornia")]
        print(f"{size:>14} px {found['torchvision']:>13,.0f} {found['kornia']:>10,.0f} {found['ours']:>10,.0f}", end="")
        print(f"{ratios[0]:>22.1f}x, {ratios[1]:.1f}x")
        if device().type == "cuda":
            there = pictures.to(device())
            found = speeds({"kornia": lambda: together(there), "ours": lambda: ours(there)}, batch)  # noqa: B023
            print(f"{'on the GPU':>17} {'':>12} {found['kornia']:>10,.0f} {found['ours']:>10,.0f}", end="")
            print(f"{found['ours'] / found['kornia']:>30.1f}x")


if __name__ == "__main__":
    main()
