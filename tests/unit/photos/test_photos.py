"""Photographs are found, or one sentence says how to get some."""

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torchvision import datasets

from course_lib import folders, photos
from course_lib.photos import PhotosMissing


def test_find_says_how_to_get_photographs(folder, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(folders, "DATA", tmp_path)
    monkeypatch.setattr(folders, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.delenv("COURSE_PHOTOS", raising=False)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / ".DS_Store").write_bytes(b"a system's")
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


def test_a_folder_that_is_closed_is_said(folder, monkeypatch):
    def closed(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", closed)
    with pytest.raises(PhotosMissing, match="own cannot be looked into: .*Permission denied"):
        photos.load(folder)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": 0}, "side of the pictures in pixels, a whole number from 1 on, got 0"),
        ({"size": 2.5}, "side of the pictures in pixels"),
        ({"size": "32"}, "side of the pictures in pixels"),
        ({"size": None}, "side of the pictures in pixels"),
        ({"limit": 0}, "a limit of one or more photographs, or None, got 0"),
        ({"limit": -1}, "a limit of one or more photographs"),
        ({"limit": 1.5}, "a limit of one or more photographs"),
        ({"seed": 0.5}, "a whole number as seed, got 0.5"),
        ({"seed": None}, "a whole number as seed"),
        ({"split": None}, "'train' or 'test', got None"),
        ({"name": None}, "the name of a data set, or a folder, got None"),
    ],
)
def test_settings_that_make_no_sense_are_said(options, said, folder):
    with pytest.raises(ValueError, match=said):
        photos.load(**({"name": folder} | options))


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.one_of(st.integers(-1, 40), st.floats(0, 4)),
    limit=st.one_of(st.none(), st.integers(-1, 30)),
    seed=st.integers(-5, 2**64),
    split=st.sampled_from(["train", "test", "val"]),
)
def test_photographs_or_a_sentence(folder, size, limit, seed, split):
    try:
        some = photos.load(folder, size, split, limit, seed)
    except ValueError as problem:
        assert str(problem).startswith("expected ")
    else:
        side = int(size)
        assert side == size and some.pictures.shape[1:] == (3, side, side) and some.pictures.dtype == torch.float32
        assert len(some) == len(some.labels) == min(limit or 20, 16 if split == "train" else 4)
        assert 0 <= some.pictures.min() and some.pictures.max() <= 1
