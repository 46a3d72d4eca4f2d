"""Decibels and intersections over unions are torchmetrics', histograms scikit-image's, the loss of SimMIM lightly's."""

import numpy as np
import pytest
import torch
from lightly.models.utils import get_at_index, set_at_index
from skimage.feature import hog as scikit_images_hog
from torch import Tensor, nn
from torchmetrics import JaccardIndex
from torchmetrics.image import PeakSignalNoiseRatio

from course_lib import world
from course_lib.evaluate import Pixels, feature_maps, linear_probe, masked_psnr, psnr, segmentation_probe
from course_lib.nn import random_mask
from course_lib.nn.patches import patchify
from course_lib.pretrain import hog, simmim_loss


def test_decibels_are_those_of_torchmetrics():
    g = torch.Generator().manual_seed(0)
    pictures, noise = torch.rand(2, 6, 3, 16, 16, generator=g)
    theirs = PeakSignalNoiseRatio(data_range=1.0)
    for share in (0.01, 0.1, 1.0):
        painted = pictures.lerp(noise, share)
        assert psnr(painted, pictures) == pytest.approx(theirs(painted, pictures).item(), abs=1e-3)
        mask = random_mask(6, 4, 4, 0.75, g)
        covered = [patchify(x, 4)[mask] for x in (painted, pictures)]
        assert masked_psnr(painted, pictures, mask, 4) == pytest.approx(theirs(*covered).item(), abs=1e-3)


def test_intersections_over_unions_are_those_of_torchmetrics():
    known, new = (world.draw(60, size=32, seed=1, split=split) for split in ("train", "val"))
    features, things = [], []
    for batch in (known, new):
        features.append(feature_maps(Pixels(4), batch.pictures).permute(0, 2, 3, 1).flatten(0, 2))
        things.append((batch.masks.any(1).unflatten(1, (8, 4)).unflatten(3, (8, 4)).sum((2, 4)) >= 8).flatten().long())
    said = linear_probe(features[0], things[0], steps=50)(features[1])
    each, mean = (JaccardIndex(task="multiclass", num_classes=2, average=how) for how in ("none", "macro"))
    ours = [segmentation_probe(Pixels(4), known, new, mean=mean) for mean in (False, True)]
    assert ours[0] == pytest.approx(each(said, things[1])[1].item(), abs=1e-5)
    assert ours[1] == pytest.approx(mean(said, things[1]).item(), abs=1e-5) and ours[0] > 0.05


def by_scikit_image(pictures: Tensor, cell: int, bins: int) -> Tensor:
    """Histograms (B, C · bins, H/cell, W/cell), each color for itself."""
    options = {"orientations": bins, "pixels_per_cell": (cell, cell), "cells_per_block": (1, 1)}
    options |= {"block_norm": "L2", "feature_vector": False}
    found = [[scikit_images_hog(color.numpy(), **options)[:, :, 0, 0] for color in one] for one in pictures]
    return torch.from_numpy(np.array(found)).permute(0, 1, 4, 2, 3).flatten(1, 2)


@pytest.mark.parametrize(
    ("cell", "bins", "near"), [(2, 9, 1e-6), (4, 9, 1e-6), (8, 9, 1e-6), (16, 9, 3e-6), (4, 6, 1e-6)]
)
def test_histograms_are_those_of_scikit_image(cell, bins, near):
    """To 1e-6; in large cells scikit-image, which adds up in float32, is less exact."""
    chance = torch.rand(4, 3, 32, 48, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    drawn = [world.draw(8, size=32, mode=mode, seed=5).pictures.double() for mode in ("portrait", "scene")]
    for pictures in (chance, chance.round(decimals=1), *drawn):
        assert (hog(pictures, cell, bins) - by_scikit_image(pictures, cell, bins)).abs().max() < near


def test_the_loss_of_simmim_is_that_of_lightlys_tutorial():
    """torch's L1 loss of the covered patches alone, which lightly gathers by their numbers."""
    g = torch.Generator().manual_seed(0)
    pictures, mask = torch.rand(5, 3, 32, 32, generator=g), random_mask(5, 8, 8, 0.6, g)
    places = mask.nonzero()[:, 1].view(5, -1)
    assert torch.equal(
        set_at_index(torch.zeros(5, 64, 1), places, torch.ones(5, places.shape[1], 1))[:, :, 0] > 0, mask
    )
    prediction, patches = torch.randn(5, 64, 48, generator=g).requires_grad_(), patchify((pictures - 0.5) / 0.25, 4)
    theirs = nn.L1Loss()(get_at_index(prediction, places), get_at_index(patches, places))
    mine = simmim_loss(prediction, patches, mask)
    assert mine.item() == pytest.approx(theirs.item(), rel=1e-6)
    slopes = [torch.autograd.grad(loss, prediction)[0] for loss in (mine, theirs)]
    assert (slopes[0] - slopes[1]).abs().max() <= 3e-6 * slopes[1].abs().max()
