"""Draw the pictures of the README with the course itself:  python docs/gallery.py"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from course_lib import show, world

HERE = Path(__file__).parent / "pictures"
WIDE = 10


def save(pictures: torch.Tensor, name: str, columns: int, gap: int = 6) -> None:
    """Pictures (N, 3, H, W) side by side on white, as a PNG of 256 colors."""
    n, _, h, w = pictures.shape
    rows = -(-n // columns)
    sheet = torch.ones(3, rows * (h + gap) - gap, columns * (w + gap) - gap)
    for i, picture in enumerate(pictures):
        y, x = i // columns * (h + gap), i % columns * (w + gap)
        sheet[:, y : y + h, x : x + w] = picture
    pixels = (sheet.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    Image.fromarray(pixels).quantize(256, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


def main() -> None:
    HERE.mkdir(exist_ok=True)
    portraits = []
    for i, name in enumerate(world.THINGS):
        color = world.COLORS[(3 * i + i // 10) % len(world.COLORS)]
        pattern = "plain" if i % 3 else world.PATTERNS[1 + i // 3 % 3]
        backdrop = world.BACKDROPS[(i + i // 10) % len(world.BACKDROPS)]
        portraits.append(world.compose([(name, color, pattern)], backdrop, size=128, seed=i).pictures)
    save(torch.cat(portraits), "things.png", WIDE)
    scene = world.compose([("cat", "orange", "striped"), ("boat", "blue"), ("tree", "green")], "meadow", 256, seed=8)
    (HERE / "truths.png").write_bytes(show.truths(scene).png())


if __name__ == "__main__":
    main()
