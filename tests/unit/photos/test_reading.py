"""Any picture is read as one sees it, whatever it was kept in; what is none is said."""

import io
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from course_lib.photos import PhotosMissing
from course_lib.photos.reading import NoPicture, square


def file_of(picture, kind="png", **options):
    """The file of a picture, from its first byte."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return io.BytesIO(file.getvalue())


def test_the_middle_of_a_picture_is_kept():
    picture = Image.new("RGB", (60, 20), (0, 0, 0))
    picture.paste((255, 255, 255), (20, 0, 40, 20))
    assert square(picture, 20).float().mean() > 254


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_that_was_held_otherwise_is_believed(kind, orientation):
    """What the camera saw is drawn with its corners in four shades; each orientation turns them its own way."""
    shades = {1: "abcd", 2: "badc", 3: "dcba", 4: "cdab", 5: "acbd", 6: "cadb", 7: "dbca", 8: "bdac"}[orientation]
    picture, told = Image.new("L", (16, 16)), Image.Exif()
    for i, corner in enumerate(((0, 0), (8, 0), (0, 8), (8, 8))):
        picture.paste(80 * i, (*corner, corner[0] + 8, corner[1] + 8))
    told[0x0112] = orientation
    seen = square(file_of(picture.convert("RGB"), kind, exif=told), 16)[0].float()
    corners = [seen[y : y + 8, x : x + 8].mean().item() for y in (0, 8) for x in (0, 8)]
    assert corners == pytest.approx([80 * "abcd".index(shade) for shade in shades], abs=4)


def test_damaged_words_of_a_camera_are_left_out():
    for words in (b"Exif\0\0junk", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"):
        assert square(file_of(Image.new("RGB", (8, 8), "white"), "jpeg", exif=words), 8).min() == 255


def hole(mode):
    """Black with a hole in its middle that one can see through, in one of PIL's modes."""
    picture = Image.new("LA", (12, 12), (0, 255))
    picture.paste((0, 0), (3, 3, 9, 9))
    return picture.convert(mode)


def with_key(mode, through):
    """Black with a hole, where one color stands for what one can see through."""
    picture = Image.new(mode, (12, 12), 0)
    if mode == "P":
        picture.putpalette([0, 0, 0, 200, 0, 0])
    picture.paste(1 if mode in "1P" else 200 if mode == "L" else (200, 0, 0), (3, 3, 9, 9))
    return file_of(picture, transparency=through)


@pytest.mark.parametrize(
    "make",
    [
        lambda: file_of(hole("RGBA")),
        lambda: file_of(hole("LA")),
        lambda: file_of(hole("RGBA"), "webp", lossless=True),
        lambda: hole("RGBA").convert("RGBa"),
        lambda: file_of(hole("RGBA"), "gif"),
        lambda: with_key("P", 1),
        lambda: with_key("P", b"\xff\x00"),
        lambda: with_key("L", 200),
        lambda: with_key("RGB", (200, 0, 0)),
        lambda: with_key("1", 1),
    ],
)
def test_what_one_can_see_through_lies_on_white(make):
    seen = square(make(), 12)
    assert seen[:, 3:9, 3:9].unique().tolist() == [255] and seen.sum() == 3 * 36 * 255


def test_half_of_black_on_white_is_gray():
    assert square(file_of(Image.new("RGBA", (4, 4), (0, 0, 0, 128))), 4).unique().tolist() == [127]


RAMP = np.linspace(0, 1, 256).reshape(16, 16)


@pytest.mark.parametrize(
    ("light", "kind"),
    [
        ((RAMP * 65535).round().astype(np.uint16), "png"),
        ((RAMP * 65535).round().astype(np.uint16), "tiff"),
        ((RAMP * 65535).round().astype(np.int32), "tiff"),
        ((RAMP * 255).round().astype(np.int32), "tiff"),
        ((RAMP * 10**6).round().astype(np.int32), "tiff"),
        (RAMP.astype(np.float32), "tiff"),
        ((RAMP * 255).astype(np.float32), "tiff"),
        ((RAMP * 65535).astype(np.float32), "tiff"),
        ((RAMP * 10**6).astype(np.float32), "tiff"),
        ((RAMP * 6 - 3).astype(np.float32), "tiff"),
        ((RAMP * 1000).astype(np.int32) - 500, "tiff"),
    ],
)
def test_deep_gray_goes_from_black_to_white(light, kind):
    seen = square(file_of(Image.fromarray(light), kind), 16)
    expected = torch.arange(256).view(16, 16)
    assert torch.equal(seen[0], seen[1]) and torch.equal(seen[0], seen[2])
    assert (seen[0].int() - expected).abs().max() <= 1


def test_dark_deep_gray_stays_dark_and_what_is_no_number_is_black():
    assert square(file_of(Image.fromarray(np.full((4, 4), 255, np.uint16))), 4).max() == 1
    light = np.array([[np.nan, 1.0], [0.5, np.inf]], np.float32)
    assert square(file_of(Image.fromarray(light), "tiff"), 2)[0].tolist() == [[0, 255], [128, 255]]
    key = np.array([[0, 65535], [700, 0]], np.uint16)
    assert square(file_of(Image.fromarray(key), transparency=700), 2)[0].tolist() == [[0, 255], [255, 0]]


@pytest.mark.parametrize("kind", ["gif", "png", "webp", "tiff"])
def test_of_pictures_that_move_the_first_is_taken(kind):
    first, then = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    seen = square(file_of(first, kind, save_all=True, append_images=[then]), 8)
    assert seen[0].min() > 240 and seen[2].max() < 15


@pytest.mark.parametrize("shape", [(1, 1000), (1000, 1), (1, 1), (3, 200), (1, 10**7)])
def test_thin_pictures_are_read_without_much_memory(shape):
    """The longest would need 30 GB if it were resized before it is cut."""
    picture = Image.new("L", shape, 0)
    middle = (max(0, shape[0] // 2 - 1), max(0, shape[1] // 2 - 1))
    picture.paste(255, (*middle, shape[0] // 2 + 1, shape[1] // 2 + 1))
    seen = square(picture, 32)
    assert seen.shape == (3, 32, 32) and seen[:, 15:17, 15:17].min() > 240


def test_a_picture_with_too_many_pixels_is_said(tmp_path):
    (tmp_path / "bomb.pbm").write_bytes(b"P4 20000 20000\n")
    with pytest.raises(PhotosMissing, match=r"bomb\.pbm has too many pixels to be read: make it smaller") as caught:
        square(tmp_path / "bomb.pbm", 8)
    assert not isinstance(caught.value, NoPicture)


def test_a_large_picture_is_read_and_nobody_is_warned(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert square(file_of(Image.new("RGB", (20, 20), "white")), 8).min() == 255


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(["png", "jpeg", "gif", "bmp", "tiff", "webp", "ppm", "tga"]),
    cut=st.floats(0, 1),
    changed=st.dictionaries(st.integers(0, 400), st.integers(0, 255), max_size=8),
    size=st.integers(1, 40),
)
def test_a_damaged_file_is_read_or_said(kind, cut, changed, size):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 14, 3), dtype=np.uint8)
    content = bytearray(file_of(Image.fromarray(pixels), kind).getvalue())
    for place, value in changed.items():
        content[place % len(content)] = value
    try:
        seen = square(io.BytesIO(content[: round(cut * len(content))]), size, "mine.png")
    except PhotosMissing as problem:
        assert str(problem).startswith("mine.png ")
    else:
        assert seen.shape == (3, size, size) and seen.dtype == torch.uint8


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    mode=st.sampled_from(["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"]),
    wide=st.integers(1, 50),
    tall=st.integers(1, 50),
    size=st.integers(1, 40),
)
def test_white_stays_white_whatever_its_shape(mode, wide, tall, size):
    gray = Image.new("L", (wide, tall), 255).convert("RGB" if mode in ("CMYK", "YCbCr", "HSV") else "L")
    picture = Image.new(mode, (wide, tall), 65535) if mode == "I;16" else gray.convert(mode)
    seen = square(picture, size)
    assert seen.shape == (3, size, size) and seen.dtype == torch.uint8 and seen.min() == 255


@pytest.mark.parametrize("size", [0, -3, 2.5, True, "8", None, float("nan"), float("inf"), (8, 8)])
def test_a_size_that_is_no_whole_number_is_said(size):
    with pytest.raises(ValueError, match="side of a picture in pixels, a whole number from 1 on, got"):
        square(Image.new("RGB", (8, 8)), size)


@pytest.mark.parametrize("content", [b"", b"some words", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_said(content, tmp_path):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(NoPicture, match=r"a\.png cannot be read as a picture .*: take it out of the folder"):
        square(tmp_path / "a.png", 8)
    for missing in (tmp_path / "none.png", tmp_path):
        with pytest.raises(NoPicture, match="cannot be read as a picture"):
            square(missing, 8)
    with pytest.raises(NoPicture, match="it has no pixels"):
        square(Image.new("RGB", (0, 8)), 8)
