"""A folder of class folders: its splits, and the same labels in both."""

import pytest
import torch

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
