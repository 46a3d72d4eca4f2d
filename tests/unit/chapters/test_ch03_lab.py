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


def test_a_picture_of_ones_own_is_read_as_one_sees_it():
    """Turned upright, and on white: the camera was held upside down, and the left half can be seen through."""
    picture, told, file = Image.new("RGBA", (16, 16), (0, 0, 0, 255)), Image.Exif(), io.BytesIO()
    picture.paste((0, 0, 0, 0), (0, 0, 8, 16))
    told[0x0112] = 3
    picture.save(file, "png", exif=told)
    seen = uploaded(({"name": "mine.png", "content": memoryview(file.getvalue())},), 16)
    assert seen is not None and seen.dtype == torch.float32
    assert seen[..., :8].unique().tolist() == [0] and seen[..., 8:].unique().tolist() == [1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r"expected a picture, .*; mine\.png is none that can be read"),
        (b"\x89PNG\r\n\x1a\n", r"mine\.png is none that can be read"),
        (b"P4 20000 20000\n", r"mine\.png has too many pixels to be read: make it smaller"),
    ],
)
def test_a_file_that_is_no_picture_is_said_by_its_name(content, said):
    for value in (({"name": "mine.png", "content": content},), {"mine.png": {"content": content}}):
        with pytest.raises(ValueError, match=said):
            uploaded(value, 8)


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
