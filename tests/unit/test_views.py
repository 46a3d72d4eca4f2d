"""Views are torchvision's: the same crops, colors and blurs, and chances distributed in the same way."""

from typing import Any

import pytest
import torch
from numpy.typing import ArrayLike
from scipy.stats import ks_2samp
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as TF

from course_lib import views, world
from course_lib.views import Views


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
