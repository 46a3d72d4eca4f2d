"""The lab of pictures and texts that meet."""

import datetime
import io
from collections.abc import Sequence

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from course_lib.chapters.ch03_learning_from_language.lab import matched, search_lab, uploaded
from course_lib.show.figure import PIXELS_PER_INCH

from ..figures import parts_of, plain_pictures


class Towers:
    """A picture points where its mean color does, a text to red, green or blue by the word in it."""

    def encode_image(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(pictures.mean((2, 3)), dim=1)

    def encode_text(self, texts: Sequence[str]) -> torch.Tensor:
        return torch.stack([torch.eye(3)[["red", "green", "blue"].index(text.split()[-1])] for text in texts])


def test_a_sentence_finds_the_pictures_it_describes():
    pictures, towers = plain_pictures(), Towers()
    found = matched(towers, pictures, towers.encode_image(pictures), "all green", ["all red", "all green"], chosen=2)
    assert "The picture in place 3 is best described by “all green”." in found.alt
    with pytest.raises(ValueError, match="type some words"):
        matched(towers, pictures, towers.encode_image(pictures), " ", ["all red"])


def test_the_lab_takes_a_picture_of_ones_own_from_either_kind_of_upload():
    file = io.BytesIO()
    Image.new("RGB", (40, 20), (0, 0, 255)).save(file, "png")
    blue = uploaded({"blue.png": {"content": file.getvalue()}}, 8)
    assert blue is not None and blue.shape == (3, 8, 8)
    lab = search_lab(Towers(), plain_pictures(), "all red", ["all red", "all blue"])
    assert "described by “all red”" in lab.figure.alt
    lab.controls["own"].value = ({"name": "blue.png", "type": "", "size": 1, "content": file.getvalue(),
                                  "last_modified": datetime.datetime.now(datetime.UTC)},)  # fmt: skip
    assert "described by “all blue”" in parts_of(lab)[-1].value
    lab.controls["at"].at = (0.5, 0.2)
    assert "place 4 is best described by “all red”" in parts_of(lab)[-1].value
    with pytest.raises(ValueError, match="expected a picture, such as a PNG or JPEG file"):
        uploaded(({"content": b"no picture"},), 8)


def test_a_sentence_may_be_long_and_hold_any_sign():
    pictures, towers = plain_pictures(), Towers()
    long = "$a_$ " + 30 * "very " + "green"
    found = matched(towers, pictures, towers.encode_image(pictures), long, [long, "red"])
    FigureCanvasAgg(found).draw()
    for text in found.axes[0].texts:
        box = text.get_window_extent()
        assert 0 <= box.x0 and box.x1 <= found.bbox.x1
        assert text.get_horizontalalignment() != "right" or box.x0 > 2.2 * PIXELS_PER_INCH  # clear of the picture
    with pytest.raises(ValueError, match="at least 8 pictures"):
        matched(towers, pictures[:3], towers.encode_image(pictures[:3]), "red", ["red"])
