"""Photographs stream like the world, and the middle of each is kept."""

from PIL import Image

from course_lib import photos
from course_lib.epochs import Epochs
from course_lib.photos.batch import square


def test_photographs_stream_like_the_world(folder):
    # pyright does not know that a cached property is read like a property
    batch = next(Epochs(photos.load(folder, 8), 6))  # pyright: ignore[reportArgumentType]
    assert batch.pictures.shape == (6, 3, 8, 8) and batch.labels.shape == (6,)


def test_the_middle_of_a_picture_is_kept():
    picture = Image.new("RGB", (60, 20), (0, 0, 0))
    picture.paste((255, 255, 255), (20, 0, 40, 20))
    assert square(picture, 20).float().mean() > 254
