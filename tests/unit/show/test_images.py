"""Pictures are shown as they are, and with what lies on them."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib import show, world
from course_lib.show.images import as_images, tinted

from ..figures import SCENE, noise


def test_pixels_are_shown_as_they_are():
    batch = noise(3, 3, 8, 8)
    file = show.pictures(batch, size=1.6).png()
    shown = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    pixel = shown[:320, :320].reshape(8, 40, 8, 40, 3)[:, 4:-4, :, 4:-4]
    assert np.ptp(pixel, axis=(1, 3)).max() == 0
    assert np.abs(pixel[:, 0, :, 0] / 255 - batch[0].permute(1, 2, 0).numpy()).max() < 0.01


def test_words_stand_above_their_row_and_below_the_row_before():
    figure = show.pictures(noise(4, 3, 8, 8), columns=2, rows=["here", "there"])
    assert figure.alt == "4 pictures in 2 rows: here; there."
    words = {text.get_text(): text.get_window_extent() for text in (*figure.texts, *figure.axes[0].texts)}
    pictures = [image.get_window_extent() for image in figure.axes[0].images]
    assert len(pictures) == 4 and words["here"].y0 >= pictures[0].y1 - 1
    assert pictures[0].y0 > words["there"].y1 and words["there"].y0 >= pictures[2].y1 - 1


def test_batches_lists_arrays_and_gray_pictures_are_pictures():
    batch = noise(2, 3, 8, 8)
    assert np.allclose(as_images(batch), as_images(list(batch)))
    assert np.allclose(as_images(batch.numpy()), as_images(batch))
    assert as_images(batch[:, :1]).shape == (2, 8, 8, 3)
    assert as_images(world.compose(SCENE, size=16)).shape == (1, 16, 16, 3)


def test_a_mask_changes_its_own_pixels_alone():
    image = as_images(noise(3, 16, 16))[0]
    mask = np.zeros((1, 16, 16), bool)
    mask[0, 4:9, 5:12] = True
    out = tinted(image, mask, ["#0072B2"])
    assert (np.abs(out - image).sum(-1) > 0).tolist() == mask[0].tolist()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: show.pictures(torch.randn(2, 3, 8, 8) * 9), r"in \[0, 1\], these go from"),
        (lambda: show.pictures(torch.full((1, 3, 8, 8), torch.nan)), "these go from nan"),
        (lambda: show.pictures(torch.rand(2, 8, 8, 3)), r"\(N, 3, H, W\), got \(2, 8, 8, 3\)"),
        (lambda: show.pictures(noise(2, 3, 8, 8), ["one"]), "one title for each of the 2 pictures, got 1"),
        (lambda: show.pictures(noise(4, 3, 8, 8), columns=2, rows=["a"]), "each of the 2 rows, got 1"),
        (lambda: show.overlay(noise(3, 8, 8), torch.ones(4, 4, dtype=torch.bool)), r"\(K, 8, 8\) like the"),
        (lambda: show.overlay(noise(3, 8, 8), noise(2, 4, 4)), r"\(h, w\), got \(2, 4, 4\)"),
        (lambda: show.boxes(noise(3, 8, 8), [1, 2, 3, 4]), r"\(K, 4\), got \(4,\)"),
        (lambda: show.boxes(noise(3, 8, 8), [[1, 2, 3, 4]], ["a", "b"]), "1 boxes, got 2"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert "\n" not in str(error.value)
