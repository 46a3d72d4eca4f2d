"""Views: the same pictures seen otherwise. Cropped, flipped, in other colors, gray, blurred, solarized.

All pictures of a batch are changed together, on their own device, each with chances of its own. The settings and what
they mean are those of torchvision's RandomResizedCrop, RandomHorizontalFlip, ColorJitter, RandomGrayscale,
GaussianBlur and RandomSolarize, in this order.

kornia's batched augmentations do the same; with the same settings they take some three times as long on a CPU, and
torchvision's, which change one picture at a time, three to fifteen times (`python benchmarks/views.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .expect import between, whole
from .nn.pictures import expect_pictures

GRAY = (0.2989, 0.587, 0.114)
"""How bright red, green and blue look."""
PIECE = 32 * 64 * 64
"""How many pixels a CPU changes in one go, so that they stay in its cache."""
TRIES = 10
"""How often a crop is drawn anew if it does not fit into its picture; after that the middle is taken."""
MOST = torch.finfo(torch.float32).max
"""Beyond any setting: the greatest number that pictures can be multiplied by."""


def _expect_range(pair: Any, needed: str, least: float, most: float) -> None:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(f"expected {needed}, got {pair!r}")
    low = between(pair[0], needed, least, most)
    between(pair[1], needed, low, most)


@dataclass(frozen=True)
class Views:
    """Augmentations with their settings: pictures (B, 3, H, W) to views (B, 3, size, size) float32, all in [0, 1].

    The defaults are those in the published code of MoCo v2 (Chen and others, 2020, arXiv 2003.04297); the
    course's own are `DEFAULT_VIEWS`.

    Args:
        size: the side of the views in pixels; left out, the height of the pictures.
        scale: the smallest and largest share of a picture's area that a crop shows.
        ratio: the smallest and largest ratio of a crop's width to its height.
        flip: how likely a view is mirrored.
        jitter: how likely its colors are changed; brightness, contrast and saturation are then multiplied by
            1 ± the given number at most, and the hue is turned by the given share of the color circle at most.
        gray: how likely it loses its colors.
        blur: how likely it is blurred, by a Gaussian with a width between the two of `sigma`, in pixels of a picture
            of 224; smaller pictures are blurred in proportion.
        solarize: how likely every value above one half is turned into its opposite.

    Raises:
        ValueError: for a setting that is not what is said here.

    >>> Views(size=24)(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 3, 24, 24])
    """

    size: int | None = None
    scale: tuple[float, float] = (0.2, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip: float = 0.5
    jitter: float = 0.8
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    hue: float = 0.1
    gray: float = 0.2
    blur: float = 0.5
    sigma: tuple[float, float] = (0.1, 2.0)
    solarize: float = 0.0

    def __post_init__(self) -> None:
        if self.size is not None:
            whole(self.size, "a size in pixels, a whole number from 1 on, or None")
        for name in ("flip", "jitter", "gray", "blur", "solarize"):
            between(getattr(self, name), f"{name} as a probability from 0 to 1")
        for name in ("brightness", "contrast", "saturation"):
            between(getattr(self, name), f"{name} as a strength from 0 on", 0, MOST)
        between(self.hue, "hue as a share of the color circle, from 0 to 1")
        _expect_range(self.scale, "scale as the smallest and largest share of a picture's area, from 0 to 1", 0, 1)
        _expect_range(self.ratio, "ratio as the smallest and largest ratio of width to height, above 0", 1 / MOST, MOST)
        _expect_range(self.sigma, "sigma as the smallest and largest width in pixels, from 0 on", 0, MOST)

    def __call__(self, pictures: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """New views of pictures (B, 3, H, W); chance comes from the CPU's `generator`, or from torch's own.

        Raises:
            ValueError: if the pictures are not (B, 3, H, W) of a floating dtype, or there are none.
        """
        expect_pictures(pictures)
        if not pictures.numel():
            raise ValueError(f"expected one picture or more, of one pixel or more, got {tuple(pictures.shape)}")
        n, _, height, width = pictures.shape
        size = height if self.size is None else int(self.size)
        # All chance is drawn on the CPU, so that every device sees the same views, and sent in one piece.
        chances = torch.cat([self.crops(n, height, width, generator), _chances(generator, n, 10)], 1)
        chances = chances.to(pictures.device, non_blocking=True)
        order = color_order(generator)
        piece = max(1, PIECE // size**2) if pictures.device.type == "cpu" else n
        with torch.autocast(pictures.device.type, enabled=False):  # colors in full precision
            pieces = zip(pictures.float().split(piece), chances.split(piece), strict=True)
            return torch.cat([self._see(some, told, order, size) for some, told in pieces])

    def _see(self, pictures: Tensor, chances: Tensor, order: list[int], size: int) -> Tensor:
        """The views of some pictures, given their chances (B, 14)."""
        top, left, tall, wide, *u = chances.unbind(1)
        jittered = u[0] < self.jitter

        def between(chance: Tensor, reach: float) -> Tensor:
            factor = max(0.0, 1 - reach) + chance * (1 + reach - max(0.0, 1 - reach))
            return torch.where(jittered, factor, 1.0)[:, None, None, None]

        turn = torch.where(jittered, (2 * u[4] - 1) * self.hue, 0.0)[:, None, None]
        changes = (
            lambda x: brightness(x, between(u[1], self.brightness)),
            lambda x: contrast(x, between(u[2], self.contrast)),
            lambda x: saturation(x, between(u[3], self.saturation)),
            lambda x: hue(x, turn),
        )
        reaches = (self.brightness, self.contrast, self.saturation, self.hue)
        down = resizing(top, tall, pictures.shape[2], size)
        across = resizing(left, wide, pictures.shape[3], size)
        across = torch.where((u[5] < self.flip)[:, None, None], across.flip(1), across)
        x = apply_separable(pictures, down, across).clamp_(0, 1)
        for number in order:
            if self.jitter and reaches[number]:
                x = changes[number](x)
        low, high = (edge * size / 224 for edge in self.sigma)

        def soften(x: Tensor, chance: Tensor) -> Tensor:
            matrix = blurring(low + chance * (high - low), size, high)
            return apply_separable(x, matrix, matrix)

        x = _some(x, u[6] < self.gray, lambda x, _: luminance(x), u[6])
        x = _some(x, u[7] < self.blur, soften, u[8])
        x = _some(x, u[9] < self.solarize, lambda x, _: torch.where(x >= 0.5, 1 - x, x), u[9])
        return x.clamp_(0, 1)

    def crops(self, n: int, height: int, width: int, generator: torch.Generator | None = None) -> Tensor:
        """Where n crops of pictures (height, width) lie: (n, 4) of top, left, height, width in whole pixels.

        Raises:
            ValueError: if n is no whole number, or height or width none from 1 on.

        >>> Views(scale=(1, 1), ratio=(1, 1)).crops(1, 32, 32)
        tensor([[ 0.,  0., 32., 32.]])
        """
        n = whole(n, "a whole number of crops", 0)
        height, width = (whole(side, "pictures of one pixel or more") for side in (height, width))
        low, high = (math.log(r) for r in self.ratio)
        u = _chances(generator, n, TRIES + 1, 2)
        area = (self.scale[0] + u[..., 0] * (self.scale[1] - self.scale[0])) * (height * width)
        ratio = (low + u[..., 1] * (high - low)).exp()
        wide, tall = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
        fits = (wide > 0) & (wide <= width) & (tall > 0) & (tall <= height)
        shape = width / height  # the last try always fits: as much of the middle as the ratio allows
        wide[:, -1] = width if shape <= self.ratio[1] else max(1, round(height * self.ratio[1]))
        tall[:, -1] = height if shape >= self.ratio[0] else max(1, round(width / self.ratio[0]))
        fits[:, -1] = True
        chosen = fits.float().argmax(1)[:, None]
        wide, tall = wide.gather(1, chosen)[:, 0], tall.gather(1, chosen)[:, 0]
        middle = chosen[:, 0] == TRIES
        place = _chances(generator, n, 2)
        top = torch.where(middle, ((height - tall) / 2).floor(), (place[:, 0] * (height - tall + 1)).floor())
        left = torch.where(middle, ((width - wide) / 2).floor(), (place[:, 1] * (width - wide + 1)).floor())
        return torch.stack([top, left, tall, wide], 1)


DEFAULT_VIEWS = Views(scale=(0.4, 1.0), hue=0.5)
"""What methods that learn from pictures alone see. Crops show at least two fifths of a picture, so that its thing is in
both views, and most hues are turned, all the way round, so that color is hardly a clue."""


def _chances(generator: torch.Generator | None, *shape: int) -> Tensor:
    """Numbers from 0 to 1 from the CPU's chance."""
    return torch.rand(shape, generator=_on_the_cpu(generator), dtype=torch.float32)


def _on_the_cpu(generator: torch.Generator | None) -> torch.Generator | None:
    if generator is not None and not (isinstance(generator, torch.Generator) and generator.device.type == "cpu"):
        raise ValueError(f"expected a generator on the CPU, as torch.Generator().manual_seed(0), got {generator!r}")
    return generator


def _some(x: Tensor, chosen: Tensor, change: Callable[[Tensor, Tensor], Tensor], chance: Tensor) -> Tensor:
    """Pictures of which those chosen are changed. On a CPU the others cost nothing."""
    if x.device.type != "cpu":
        return torch.where(chosen[:, None, None, None], change(x, chance), x)
    index = chosen.nonzero()[:, 0]
    if len(index):
        x[index] = change(x[index], chance[index]).expand(-1, 3, -1, -1)
    return x


def color_order(generator: torch.Generator | None = None) -> list[int]:
    """In which order one batch's brightness, contrast, saturation and hue are changed.

    Raises:
        ValueError: if the generator is none of the CPU's.

    >>> sorted(color_order())
    [0, 1, 2, 3]
    """
    return torch.randperm(4, generator=_on_the_cpu(generator)).tolist()


def resizing(start: Tensor, length: Tensor, pixels: int, size: int) -> Tensor:
    """The matrices (B, size, pixels) that crop rows of pixels and resize what is left, smoothly.

    Resizing is linear, and the same for every row: so it is a matrix. Each new pixel is a mean of old ones, weighted
    by a triangle as wide as the new pixel is (or as an old one, if that is wider): "bilinear, antialiased".

    Args:
        start: (B,) the first pixel of each crop.
        length: (B,) the number of pixels of each crop.
        pixels: the number of pixels there are.
        size: the number wanted.

    Raises:
        ValueError: for lengths that do not fit, or numbers of pixels below 1.

    >>> resizing(torch.tensor([1.0]), torch.tensor([2.0]), 4, 1)[0]
    tensor([[0.0000, 0.5000, 0.5000, 0.0000]])
    """
    pixels, size = (whole(number, "one pixel or more, before and after") for number in (pixels, size))
    if start.ndim != 1 or start.shape != length.shape:
        raise ValueError(f"expected start and length (B,) of crops, got {tuple(start.shape)} and {tuple(length.shape)}")
    step = (length / size)[:, None, None]
    old = torch.arange(pixels, device=start.device, dtype=torch.float32) + 0.5
    places = torch.arange(size, device=start.device, dtype=torch.float32)[:, None] + 0.5
    new = start[:, None, None] + places * step
    weight = (1 - (old - new).abs() / step.clamp(min=1)).clamp_(min=0)
    inside = (old > start[:, None, None]) & (old < (start + length)[:, None, None])
    weight = weight * inside
    return weight / weight.sum(2, keepdim=True)


def blurring(sigma: Tensor, pixels: int, widest: float) -> Tensor:
    """The matrices (B, pixels, pixels) that blur rows of pixels by Gaussians, mirrored at the borders.

    Args:
        sigma: (B,) the width of each Gaussian in pixels; 0 leaves the picture as it is.
        pixels: the number of pixels in a row.
        widest: the greatest sigma there can be; two of it are looked at on either side.

    Raises:
        ValueError: if sigma is not (B,), for less than one pixel, and for a widest below 0.

    >>> blurring(torch.tensor([0.0]), 2, 1.0)[0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    pixels = whole(pixels, "rows of one pixel or more")
    widest = between(widest, "a width from 0 on as the widest", 0, MOST)
    if sigma.ndim != 1 or not sigma.is_floating_point():
        raise ValueError(f"expected sigma (B,) of a floating dtype, got {tuple(sigma.shape)} {sigma.dtype}")
    reach = min(max(1, math.ceil(2 * widest)), pixels - 1)
    step = torch.arange(-reach, reach + 1, device=sigma.device)
    kernel = (-0.5 * (step / sigma.clamp(min=1e-3)[:, None]).square()).exp()
    kernel = kernel / kernel.sum(1, keepdim=True)  # (B, 2·reach + 1)
    place = (torch.arange(pixels, device=sigma.device)[:, None] + step).abs()  # (pixels, 2·reach + 1)
    place = torch.where(place >= pixels, 2 * (pixels - 1) - place, place)
    matrix = torch.zeros(len(sigma), pixels, pixels, device=sigma.device, dtype=kernel.dtype)
    return matrix.scatter_add_(2, place.expand(len(sigma), -1, -1), kernel[:, None].expand(-1, pixels, -1))


def apply_separable(pictures: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) with one matrix for the columns (B, h, H) and one for the rows (B, w, W): (B, 3, h, w).

    Raises:
        ValueError: if these are no pictures, or the matrices do not fit them.
    """
    expect_pictures(pictures)
    b, c, height, width = pictures.shape
    if down.ndim != 3 or across.ndim != 3 or down.shape[::2] != (b, height) or across.shape[::2] != (b, width):
        raise ValueError(
            f"expected matrices ({b}, h, {height}) and ({b}, w, {width}) for pictures {tuple(pictures.shape)}, "
            f"got {tuple(down.shape)} and {tuple(across.shape)}"
        )
    down, across = down.to(pictures.dtype), across.to(pictures.dtype)
    rows = pictures.flatten(1, 2) @ across.mT  # (B, 3·H, w): all rows of all colors in one go
    rows = rows.view(b, c, height, -1).transpose(1, 2).flatten(2)  # (B, H, 3·w)
    return (down @ rows).unflatten(2, (c, -1)).transpose(1, 2).contiguous()


def luminance(pictures: Tensor) -> Tensor:
    """How bright each pixel of pictures (B, 3, H, W) looks, (B, 1, H, W).

    Raises:
        ValueError: if these are no pictures.
    """
    expect_pictures(pictures)
    red, green, blue = pictures.unbind(1)
    return (GRAY[0] * red + GRAY[1] * green + GRAY[2] * blue)[:, None]


def brightness(pictures: Tensor, factor: Tensor) -> Tensor:
    """All light of pictures (B, 3, H, W) multiplied by a factor (B, 1, 1, 1).

    Raises:
        ValueError: if these are no pictures, or the factors do not fit them.
    """
    return (pictures * _for_each(pictures, factor, 4)).clamp_(0, 1)


def contrast(pictures: Tensor, factor: Tensor) -> Tensor:
    """The distance from the picture's mean brightness multiplied by a factor (B, 1, 1, 1).

    Raises:
        ValueError: if these are no pictures, or the factors do not fit them.
    """
    factor = _for_each(pictures, factor, 4)
    mean = luminance(pictures.mean((2, 3), keepdim=True))
    return torch.lerp(mean, pictures, factor).clamp_(0, 1)


def saturation(pictures: Tensor, factor: Tensor) -> Tensor:
    """The distance of each pixel from gray multiplied by a factor (B, 1, 1, 1).

    Raises:
        ValueError: if these are no pictures, or the factors do not fit them.
    """
    return luminance(pictures).lerp(pictures, _for_each(pictures, factor, 4)).clamp_(0, 1)


def _for_each(pictures: Tensor, numbers: Tensor, ndim: int) -> Tensor:
    """A number for each picture, or one for all, in the dtype of the pictures."""
    expect_pictures(pictures)
    if numbers.ndim != ndim or numbers.shape[0] not in (1, len(pictures)) or numbers.numel() != numbers.shape[0]:
        wanted = (len(pictures), *[1] * (ndim - 1))
        raise ValueError(f"expected a number for each picture as {wanted}, got {tuple(numbers.shape)}")
    return numbers.to(pictures.dtype)


def hue(pictures: Tensor, turn: Tensor) -> Tensor:
    """Every color moved along the color circle by a share (B, 1, 1) of the whole way round.

    The circle has six sixths: red is at 0, yellow at 1, green at 2, cyan at 3, blue at 4, magenta at 5. Where a color
    stands on it follows from which of its channels is the highest, and from the difference of the other two.

    Raises:
        ValueError: if these are no pictures, or the turns do not fit them.
    """
    turn = _for_each(pictures, turn, 3)
    red, green, blue = pictures.unbind(1)
    high, low = torch.maximum(torch.maximum(red, green), blue), torch.minimum(torch.minimum(red, green), blue)
    chroma = high - low
    is_red, is_green = high == red, high == green
    difference = torch.where(is_red, green - blue, torch.where(is_green, blue - red, red - green))
    angle = difference.div_(chroma.clamp(min=max(1e-8, torch.finfo(pictures.dtype).tiny))).add_(6 * turn)
    angle.add_(torch.where(is_red, 0.0, torch.where(is_green, 2.0, 4.0)))
    angle.sub_((angle / 6).floor_().mul_(6))  # once round is where it was: 0 to 6
    turned = torch.empty_like(pictures)
    torch.sub(angle, 3, out=turned[:, 0]).abs_().sub_(1)  # red is full at 0, falls to nothing from 1 to 2
    for channel, full in ((1, 2), (2, 4)):
        torch.sub(angle, full, out=turned[:, channel]).abs_().neg_().add_(2)
    return turned.clamp_(0, 1).mul_(chroma[:, None]).add_(low[:, None])
