"""A folder of class folders: its splits, and the same labels in both."""

import os
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib import photos
from course_lib.photos import PhotosMissing


def test_a_folder_of_class_folders(folder):
    train, test = (photos.load(folder, 16, split) for split in ("train", "test"))
    assert train.classes == ("blue", "red") and len(train) == 16 and len(test) == 4
    assert train.pictures.shape == (16, 3, 16, 16) and train.pictures.dtype == torch.float32
    for pictures, labels in ((train.pictures, train.labels), (test.pictures, test.labels)):
        assert torch.equal(pictures[:, 0].mean((1, 2)), labels.float())  # the red ones are red
    assert train.names(0) == [train.classes[train.labels[0]]]
    assert len(photos.load(folder, 16, limit=5)) == 5
    assert torch.equal(photos.load(folder, 16, limit=5).stored, photos.load(folder, 16, limit=5).stored)


def test_splits_of_a_folder(folder, tmp_path):
    (tmp_path / "both").mkdir()
    folder.rename(tmp_path / "both" / "train")
    (tmp_path / "both" / "test" / "red").mkdir(parents=True)
    (tmp_path / "both" / "train" / "red" / "0.png").rename(tmp_path / "both" / "test" / "red" / "0.png")
    assert len(photos.load(tmp_path / "both", 8)) == 19 and len(photos.load(tmp_path / "both", 8, "test")) == 1


def test_a_split_that_is_missing_is_said_and_labels_mean_the_same_in_both(folder, tmp_path):
    (tmp_path / "half").mkdir()
    folder.rename(tmp_path / "half" / "train")
    with pytest.raises(PhotosMissing, match="has a folder train, but none called test"):
        photos.load(tmp_path / "half", 8, "test")
    (tmp_path / "half" / "test").mkdir()
    (tmp_path / "half" / "train" / "red").rename(tmp_path / "half" / "test" / "red")
    test = photos.load(tmp_path / "half", 8, "test")
    assert test.classes == ("blue", "red") and test.labels.unique().tolist() == [1]


def noise(path, seed, **options):
    """A picture of which there is no other, as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)


def both(root, size=12):
    return photos.load(root, size), photos.load(root, size, "test")


def in_both(one, other):
    """How many pictures of one split are in the other, too."""
    known = {tuple(picture.flatten().tolist()) for picture in one.stored}
    return sum(tuple(picture.flatten().tolist()) in known for picture in other.stored)


def test_what_systems_put_beside_pictures_is_left_out(folder, capsys):
    before = both(folder)
    said = capsys.readouterr().out
    for name in (".ipynb_checkpoints", "__MACOSX", ".hidden", "@eaDir"):
        (folder / name).mkdir()
        shutil.copytree(folder / "red", folder / "red" / name)
    for name in ("._0.png", ".DS_Store", "Thumbs.db", "desktop.ini", ".png"):
        (folder / "red" / name).write_bytes(b"no picture")
    after = both(folder)
    assert after[0].classes == ("blue", "red")
    assert all(torch.equal(one.stored, other.stored) for one, other in zip(before, after, strict=True))
    assert said == capsys.readouterr().out


def test_a_picture_and_its_copies_are_in_the_same_split(tmp_path):
    for i in range(20):
        noise(tmp_path / "a" / f"{i}.png", i)
        noise(tmp_path / "b" / f"{i}.png", 100 + i)
        shutil.copy(tmp_path / "a" / f"{i}.png", tmp_path / "a" / f"copy of {i}.png")
    shutil.copy(tmp_path / "a" / "0.png", tmp_path / "b" / "also 0.png")
    train, test = both(tmp_path)
    assert len(train) + len(test) == 61 and len(test) > 4 and in_both(train, test) == 0


@pytest.mark.parametrize("ending", ["JPG", "Jpeg", "jfif", "PNG", "webp", "bmp", "gif", "tif", "tiff", "ppm", "tga"])
def test_every_ending_is_read_in_any_case(ending, tmp_path):
    kind = {"jpg": "jpeg", "jfif": "jpeg", "tif": "tiff"}.get(ending.lower(), ending.lower())
    for i in range(5):
        noise(tmp_path / "a" / f"{i}.{ending}", i, format=kind)
    train, test = both(tmp_path)
    assert len(train) == 4 and len(test) == 1


def test_damaged_files_are_left_out_and_named(folder, capsys):
    (folder / "red" / "notes.txt").unlink()
    for name, content in {"none.jpg": b"", "words.png": b"words"}.items():
        (folder / "blue" / name).write_bytes(content)
    whole = (folder / "red" / "0.png").read_bytes()
    (folder / "red" / "cut.png").write_bytes(whole[: len(whole) // 2])
    train, test = both(folder)
    said = capsys.readouterr().out
    assert len(train) + len(test) == 20 and len(photos.load(folder, 8, limit=15)) == 15
    assert "Left out of" in said and "cannot be read as a picture" in said


def test_files_that_are_no_pictures_are_named(folder, capsys):
    (folder / "blue" / "phone.heic").write_bytes(b"words")
    assert len(photos.load(folder, 8)) == 16
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "phone.heic and 1 more" in said


def test_a_picture_too_large_is_said_and_not_left_out(folder, tmp_path):
    folder.rename(tmp_path / "train")
    (tmp_path / "train" / "red" / "large.pbm").write_bytes(b"P4 20000 20000\n")
    with pytest.raises(PhotosMissing, match=r"large\.pbm has too many pixels"):
        photos.load(tmp_path, 8)


def test_a_class_without_pictures_is_said(folder):
    (folder / "green").mkdir()
    with pytest.raises(PhotosMissing, match="green holds no pictures: put some there, or take the folder away"):
        photos.load(folder)
    (folder / "green" / "a.heic").write_bytes(b"words")
    with pytest.raises(
        PhotosMissing, match=r"green holds no pictures.*such as .*a\.heic: save pictures as JPEG or PNG"
    ):
        photos.load(folder)
    for i in range(8):
        (folder / "green" / f"{i}.png").write_bytes(b"words %d" % i)
    with pytest.raises(
        PhotosMissing, match=r"No picture of the class green can be read, for one: .*png cannot be read"
    ):
        photos.load(folder)


def test_a_class_may_be_called_train(tmp_path):
    for i in range(10):
        noise(tmp_path / "train" / f"{i}.png", i)
        noise(tmp_path / "plane" / f"{i}.png", 100 + i)
    train, test = both(tmp_path)
    assert train.classes == ("plane", "train") and len(train) == 16 and len(test) == 4


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_that_lead_back_lead_nowhere(folder):
    before = both(folder)
    (folder / "again").symlink_to(folder)
    (folder / "red" / "up").symlink_to(folder)
    (folder / "red" / "here").symlink_to(folder / "red")
    (folder / "red" / "itself.png").symlink_to(folder / "red" / "itself.png")
    (folder / "red" / "gone.png").symlink_to(folder / "nowhere.png")
    assert all(torch.equal(one.stored, other.stored) for one, other in zip(before, both(folder), strict=True))


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_elsewhere_are_followed_once(folder, tmp_path):
    for i in range(4):
        noise(tmp_path / "else" / f"{i}.png", i)
    (tmp_path / "else" / "round").symlink_to(tmp_path / "else")
    for name in ("one", "two"):
        (folder / "red" / name).symlink_to(tmp_path / "else")
    train, test = both(folder)
    assert len(train) + len(test) == 24
