"""Views are torchvision's: the same crops, colors and blurs, and chances distributed in the same way."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.stats import ks_2samp
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as TF

from course_lib import views, world
from course_lib.views import DEFAULT_VIEWS, Views


@pytest.fixture(scope="module")
def pictures():
    return world.draw(64, size=40, seed=2).pictures


def column(value, n=64):
    return torch.full((n, 1, 1, 1), value)


def chance_of(one: ArrayLike, other: ArrayLike, method: str = "auto") -> float:
    """How likely two samples of one distribution are at least as far apart as these, after Kolmogorov and Smirnov."""
    found: Any = ks_2samp(one, other, method=method)
    return found.pvalue


@pytest.mark.parametrize("size", [16, 24, 40, 64])
def test_a_crop_is_torchvisions(pictures, size):
    crops = Views().crops(64, 40, 40, torch.Generator().manual_seed(1))
    top, left, tall, wide = crops.unbind(1)
    down, across = views.resizing(top, tall, 40, size), views.resizing(left, wide, 40, size)
    mine = views.apply_separable(pictures, down, across)
    for one, (t, x, h, w), mine_one in zip(pictures, crops.int().tolist(), mine, strict=True):
        theirs = TF.resized_crop(one, t, x, h, w, [size, size], antialias=True)
        assert (mine_one - theirs).abs().max() < 1e-5


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
@pytest.mark.parametrize("factor", [0.0, 0.6, 1.0, 1.4])
def test_a_change_of_color_is_torchvisions(pictures, name, factor):
    theirs = getattr(TF, f"adjust_{name}")(pictures, factor)
    assert (getattr(views, name)(pictures, column(factor)) - theirs).abs().max() < 1e-5


@pytest.mark.parametrize("turn", [-0.5, -0.1, 0.0, 0.03, 0.4])
def test_a_turn_of_hue_is_torchvisions(pictures, turn):
    with_gray = torch.cat([pictures, pictures.mean(1, keepdim=True).expand(-1, 3, -1, -1)])
    assert (views.hue(with_gray, column(turn, 128)[:, 0]) - TF.adjust_hue(with_gray, turn)).abs().max() < 1e-4


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.5])
def test_a_blur_is_torchvisions(pictures, sigma):
    matrix = views.blurring(torch.full((64,), sigma), 40, 1.5)
    assert (
        views.apply_separable(pictures, matrix, matrix) - TF.gaussian_blur(pictures, [7, 7], [sigma] * 2)
    ).abs().max() < 1e-5


@pytest.mark.parametrize("shape", [(32, 32), (48, 20), (20, 60)])
def test_crops_lie_where_torchvisions_lie(shape):
    """Kolmogorov and Smirnov see no difference in 3,000 crops: top, left, height and width."""
    torch.manual_seed(0)
    theirs = v2.RandomResizedCrop(16, scale=(0.2, 1.0))
    blank = torch.zeros(3, *shape)
    drawn = [theirs.make_params([blank]) for _ in range(3000)]
    mine = Views().crops(3000, shape[0], shape[1], torch.Generator().manual_seed(0))
    for number, name in enumerate(("top", "left", "height", "width")):
        assert chance_of(mine[:, number].numpy(), [float(d[name]) for d in drawn]) > 1e-3, name


@pytest.mark.parametrize(
    ("settings", "theirs"),
    [
        ({}, v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8)),
        ({"jitter": 0.0, "gray": 0.3}, v2.RandomGrayscale(0.3)),
        ({"jitter": 0.0, "solarize": 0.3}, v2.RandomSolarize(0.5, 0.3)),
        ({"jitter": 0.0, "flip": 0.5}, v2.RandomHorizontalFlip(0.5)),
    ],
    ids=["color", "gray", "solarize", "flip"],
)
def test_colors_are_distributed_as_torchvisions(settings, theirs):
    """Six numbers of 1,500 views of one picture: means and spreads of its channels, left and right half."""
    torch.manual_seed(1)
    picture = world.compose([("cat", "orange", "striped")], "meadow", size=16, seed=3).pictures
    plain = {"scale": (1, 1), "ratio": (1, 1), "flip": 0.0, "gray": 0.0, "blur": 0.0} | settings
    many = picture.expand(5, -1, -1, -1)
    mine = torch.cat([Views(**plain)(many, torch.Generator().manual_seed(i)) for i in range(300)])
    others = torch.stack([theirs(picture[0]) for _ in range(1500)])

    def numbers(x):
        spread = x.flatten(2).std(2)
        halves = x[..., :8].mean((1, 2, 3)), x[..., 8:].mean((1, 2, 3))
        return torch.cat([x.mean((2, 3)), spread, torch.stack(halves, 1)], 1).round(decimals=4).T

    for a, b in zip(numbers(mine), numbers(others), strict=True):
        assert chance_of(a.numpy(), b.numpy(), method="asymp") > 1e-4


def test_each_picture_has_its_own_chances_and_a_seed_settles_them(pictures):
    same = pictures[:1].expand(32, -1, -1, -1)
    one, two = (Views()(same, torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(one, two) and len({tuple(v.flatten().tolist()) for v in one}) == 32
    assert not torch.equal(one, Views()(same, torch.Generator().manual_seed(5)))
    assert one.min() >= 0 and one.max() <= 1 and one.shape == same.shape


def test_views_that_change_nothing_change_nothing(pictures):
    still = Views(scale=(1, 1), ratio=(1, 1), flip=0, jitter=0, gray=0, blur=0)
    assert (still(pictures) - pictures).abs().max() < 1e-6


def test_a_wrong_shape_is_said():
    with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\) in \[0, 1\], got \(3, 32, 32\)"):
        Views()(torch.rand(3, 32, 32))


def pair(least: float, most: float) -> st.SearchStrategy[tuple[float, float]]:
    """Two numbers, the smaller one first."""
    return st.tuples(*[st.floats(least, most)] * 2).map(lambda both: (min(both), max(both)))


SHARE, STRENGTH = st.floats(0, 1), st.one_of(st.floats(0, 3), st.just(views.MOST))
ALL_VIEWS = st.builds(
    Views, size=st.none() | st.integers(1, 20), scale=pair(0, 1), ratio=pair(0.01, 100), flip=SHARE, jitter=SHARE,
    brightness=STRENGTH, contrast=STRENGTH, saturation=STRENGTH, hue=SHARE, gray=SHARE, blur=SHARE,
    sigma=pair(0, 1000), solarize=SHARE,
)  # fmt: skip
DTYPES = st.sampled_from([torch.float32, torch.float64, torch.float16, torch.bfloat16])
SIDE = st.integers(1, 20)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(see=ALL_VIEWS, n=st.integers(1, 3), height=SIDE, width=SIDE, dtype=DTYPES, seed=st.integers(0, 99))
def test_views_are_pictures_whatever_the_settings(see, n, height, width, dtype, seed):
    pictures = torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed)).to(dtype)
    seen = see(pictures, torch.Generator().manual_seed(seed))
    size = height if see.size is None else see.size
    assert seen.shape == (n, 3, size, size) and seen.dtype == torch.float32
    assert seen.min() >= 0 and seen.max() <= 1  # what is no number is neither


@settings(max_examples=50, deadline=None, derandomize=True)
@given(see=ALL_VIEWS, height=SIDE, width=st.integers(1, 1000), seed=st.integers(0, 99))
def test_crops_lie_in_the_picture(see, height, width, seed):
    top, left, tall, wide = see.crops(9, height, width, torch.Generator().manual_seed(seed)).unbind(1)
    assert min(top.min(), left.min()) >= 0 and min(tall.min(), wide.min()) >= 1
    assert (top + tall).max() <= height and (left + wide).max() <= width


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 3), height=SIDE, width=SIDE, dtype=DTYPES, gray=st.booleans(), seed=st.integers(0, 99),
    factor=st.floats(0, 3), turn=st.floats(-1, 1),
)  # fmt: skip
def test_changed_colors_are_colors(n, height, width, dtype, gray, seed, factor, turn):
    pictures = torch.rand(n, 1 if gray else 3, height, width, generator=torch.Generator().manual_seed(seed))
    pictures = pictures.to(dtype).expand(-1, 3, -1, -1)
    for change in (views.brightness, views.contrast, views.saturation):
        changed = change(pictures, column(factor, n))
        assert changed.shape == pictures.shape and changed.dtype == dtype and 0 <= changed.min() <= changed.max() <= 1
    turned = views.hue(pictures, column(turn, n)[:, 0])
    assert turned.shape == pictures.shape and turned.dtype == dtype
    assert turned.min() >= 0 and turned.max() <= 1 + 4 * torch.finfo(dtype).eps
    bright = views.luminance(pictures)
    assert bright.shape == (n, 1, height, width) and bright.dtype == dtype and bright.min() >= 0


@settings(max_examples=50, deadline=None, derandomize=True)
@given(pixels=st.integers(1, 40), size=st.integers(1, 40), sigma=st.floats(0, 50), data=st.data(), dtype=DTYPES)
def test_matrices_take_means(pixels, size, sigma, data, dtype):
    start = data.draw(st.integers(0, pixels - 1))
    length = data.draw(st.integers(1, pixels - start))
    down = views.resizing(torch.tensor([float(start)]), torch.tensor([float(length)]), pixels, size)
    blur = views.blurring(torch.tensor([sigma]), pixels, sigma)
    assert down.shape == (1, size, pixels) and blur.shape == (1, pixels, pixels)
    for matrix in (down, blur):
        assert matrix.dtype == torch.float32 and matrix.min() >= 0
        assert (matrix.sum(2) - 1).abs().max() < 1e-4
    white = views.apply_separable(torch.ones(1, 3, pixels, pixels, dtype=dtype), down, blur)
    assert white.shape == (1, 3, size, pixels) and white.dtype == dtype and (white - 1).abs().max() < 0.05


def test_a_default_of_64_bits_changes_nothing(pictures):
    every = Views(size=24, solarize=0.5)
    expected = [see(pictures, torch.Generator().manual_seed(3)) for see in (DEFAULT_VIEWS, every)]
    torch.set_default_dtype(torch.float64)
    try:
        seen = [see(pictures, torch.Generator().manual_seed(3)) for see in (DEFAULT_VIEWS, every)]
        assert views.blurring(torch.ones(2, dtype=torch.float32), 4, 1.0).dtype == torch.float32
    finally:
        torch.set_default_dtype(torch.float32)
    assert all(
        one.dtype == torch.float32 and torch.equal(one, other) for one, other in zip(seen, expected, strict=True)
    )


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "as float32 in .*, got uint8: divide bytes by 255"),
        (torch.zeros(2, 1, 8, 8), r"pictures \(B, 3, H, W\)"),
        (torch.zeros(2, 8, 8, 3), r"pictures \(B, 3, H, W\)"),
        (torch.zeros(0, 3, 8, 8), "one picture or more"),
        (torch.zeros(2, 3, 0, 8), "one picture or more, of one pixel or more"),
    ],
)
def test_what_are_no_pictures_is_said(pictures, said):
    with pytest.raises(ValueError, match=said):
        Views()(pictures)


NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, (-0.1, 1.1, NAN, None, "0.5")) for name in ("flip", "jitter", "gray", "blur", "solarize", "hue")),
        *((name, (-0.1, NAN, INFINITE, None, "0.5")) for name in ("brightness", "contrast", "saturation")),
        ("size", (0, -8, 2.5, NAN, True, "8", (8, 8))),
        ("scale", ((0.5, 0.4), (-0.1, 1), (0.5, 1.1), (NAN, 1), (0.5, NAN), 0.5, (0.5,), (0.1, 0.5, 1), None, "ab")),
        ("ratio", ((2, 1), (0, 1), (-1, 1), (NAN, 1), (1, INFINITE), 1.0, (1,), None)),
        ("sigma", ((2, 1), (-1, 1), (NAN, 1), (1, INFINITE), 1.0, (1,), None)),
    ],
)
def test_settings_that_make_no_sense_are_said(name, values):
    for value in values:
        with pytest.raises(ValueError, match=f"expected .*{name}.*, got "):
            Views(**{name: value})


def test_numbers_may_be_written_in_any_way():
    numbers: dict[str, Any] = {"size": np.int64(8), "scale": [1, 1.0], "flip": True, "gray": np.float32(0.5)}
    assert Views(**numbers)(torch.rand(2, 3, 9, 9)).shape == (2, 3, 8, 8)
    assert Views(size=8.0)(torch.rand(2, 3, 9, 9)).shape == (2, 3, 8, 8)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("generator", [0, "cpu", torch.rand(1)])
def test_chance_that_is_none_is_said(generator):
    for ask in (lambda: Views()(torch.rand(1, 3, 4, 4), generator), lambda: views.color_order(generator)):
        with pytest.raises(ValueError, match="expected a generator on the CPU"):
            ask()


FOUR = torch.rand(4, 3, 6, 6)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: views.brightness(FOUR, torch.ones(4)),
        lambda: views.contrast(FOUR, torch.ones(3, 1, 1, 1)),
        lambda: views.saturation(FOUR, torch.ones(4, 3, 1, 1)),
        lambda: views.hue(FOUR, torch.ones(4, 1, 1, 1)),
        lambda: views.luminance(FOUR[0]),
        lambda: views.luminance(FOUR.byte()),
        lambda: views.hue(FOUR.byte(), torch.ones(4, 1, 1)),
        lambda: views.apply_separable(FOUR, torch.ones(4, 2, 5), torch.ones(4, 2, 6)),
        lambda: views.apply_separable(FOUR, torch.ones(2, 6), torch.ones(4, 2, 6)),
        lambda: views.apply_separable(FOUR, torch.ones(4, 2, 6), torch.ones(3, 2, 6)),
        lambda: views.resizing(torch.ones(2), torch.ones(3), 4, 4),
        lambda: views.resizing(torch.ones(2), torch.ones(2), 0, 4),
        lambda: views.resizing(torch.ones(2), torch.ones(2), 4, 0),
        lambda: views.blurring(torch.ones(2, 1), 4, 1.0),
        lambda: views.blurring(torch.ones(2).long(), 4, 1.0),
        lambda: views.blurring(torch.ones(2), 0, 1.0),
        lambda: views.blurring(torch.ones(2), 4, NAN),
        lambda: Views().crops(-1, 4, 4),
        lambda: Views().crops(2, 0, 4),
        lambda: Views().crops(2, 4, 2.5),  # pyright: ignore[reportArgumentType]
    ],
)
def test_what_does_not_fit_together_is_said(ask):
    with pytest.raises(ValueError, match="expected .*, got"):
        ask()
