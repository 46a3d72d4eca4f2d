"""How fast views are made, beside torchvision's v2 transforms applied picture by picture with the same settings.

    python benchmarks/views.py

Both start from the same float pictures on the CPU, and both use one picture's chances for one picture alone. Where
there is a GPU, our views are timed there as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torchvision.transforms import v2

from course_lib import world
from course_lib.train.device import device
from course_lib.views import Views


def speed(make: Callable[[], object], pictures: int, seconds: float = 3.0) -> float:
    """Pictures per second, the best of several goes."""
    make()
    best, until = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        begun = time.perf_counter()
        make()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        best = max(best, pictures / (time.perf_counter() - begun))
    return best


def main() -> None:
    print(f"{'pictures':>12} {'torchvision':>12} {'ours':>12} {'ratio':>7}")
    for size, batch in ((32, 256), (64, 256), (96, 128)):
        pictures = world.draw(batch, size=size, mode="portrait").pictures
        width = 2 * round(size * 4 / 224) + 1
        one_by_one = v2.Compose(
            [
                v2.RandomResizedCrop(size, scale=(0.2, 1.0), antialias=True),
                v2.RandomHorizontalFlip(),
                v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8),
                v2.RandomGrayscale(0.2),
                v2.RandomApply([v2.GaussianBlur(width, (0.1 * size / 224, 2.0 * size / 224))], 0.5),
            ]
        )
        theirs = speed(lambda: [one_by_one(picture) for picture in pictures], batch)  # noqa: B023
        ours = speed(lambda: Views()(pictures), batch)  # noqa: B023
        print(f"{size:>9} px {theirs:>12,.0f} {ours:>12,.0f} {ours / theirs:>6.1f}x")
        if device().type == "cuda":
            there = pictures.to(device())
            on_gpu = speed(lambda: Views()(there), batch)  # noqa: B023
            print(f"{'on the GPU':>12} {'':>12} {on_gpu:>12,.0f} {on_gpu / theirs:>6.1f}x")


if __name__ == "__main__":
    main()
