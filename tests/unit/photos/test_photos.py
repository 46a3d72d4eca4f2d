"""Photographs are found, or one sentence says how to get some."""

import pytest
from torchvision import datasets

from course_lib import folders, photos
from course_lib.photos import PhotosMissing


def test_find_says_how_to_get_photographs(folder, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(folders, "DATA", tmp_path)
    monkeypatch.setattr(folders, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.delenv("COURSE_PHOTOS", raising=False)
    assert photos.find() is None
    said = capsys.readouterr().out
    assert "python -m course_lib photos cifar10" in said and said.count("\n") == 1
    monkeypatch.setenv("COURSE_PHOTOS", str(folder))
    found = photos.find(8)
    assert found is not None and len(found) == 16


def test_without_a_network_one_sentence_and_on(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(folders, "DATA", tmp_path)
    monkeypatch.setattr(folders, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.delenv("COURSE_PHOTOS", raising=False)
    monkeypatch.setattr(datasets.CIFAR10, "url", "http://127.0.0.1:9/none.tar.gz")
    assert photos.find(fetch=True) is None
    said = capsys.readouterr().out
    assert "could not be fetched" in said and "Is there a network" in said and said.count("\n") == 1


def test_bad_input_gets_one_clear_sentence(folder, tmp_path):
    with pytest.raises(ValueError, match="'train' or 'test', got 'val'"):
        photos.load(folder, split="val")
    with pytest.raises(PhotosMissing, match="no folder .*expected cifar10, stl10, pets, or a folder"):
        photos.load("imagenet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PhotosMissing, match="holds no pictures"):
        photos.load(tmp_path / "empty")
    for file in (folder / "red").glob("*.png"):
        file.rename(file.with_suffix(".jpg")).write_bytes(b"not a picture")
    with pytest.raises(PhotosMissing, match=r"\.jpg cannot be read as a picture"):
        photos.load(folder)
