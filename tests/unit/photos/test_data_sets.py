"""A data set is fetched once, unpacked, and found again."""

import hashlib
import io
import pickle
import tarfile

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

from course_lib import folders, photos
from course_lib.__main__ import main

from .serving import Server


@pytest.fixture
def small_cifar(server, monkeypatch, tmp_path):
    """A data set in the form of CIFAR-10, twenty pictures, at an address of our own."""

    def batch(n, start):
        g = np.random.default_rng(start)
        data = {"data": g.integers(0, 256, (n, 3072), dtype=np.uint8), "labels": [i % 10 for i in range(n)]}
        return pickle.dumps(data)

    names = [f"class {i}" for i in range(10)]
    files = {
        "data_batch_1": batch(20, 1),
        "test_batch": batch(10, 2),
        "batches.meta": pickle.dumps({"label_names": names}),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            about = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    Server.files = {"/cifar.tar.gz": packed.getvalue()}

    def md5(content):
        return hashlib.md5(content).hexdigest()

    for name, value in {
        "url": f"{server}/cifar.tar.gz",
        "tgz_md5": md5(packed.getvalue()),
        "train_list": [["data_batch_1", md5(files["data_batch_1"])]],
        "test_list": [["test_batch", md5(files["test_batch"])]],
        "meta": {"filename": "batches.meta", "key": "label_names", "md5": md5(files["batches.meta"])},
    }.items():
        monkeypatch.setattr(datasets.CIFAR10, name, value)
    monkeypatch.setattr(folders, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.setattr(folders, "DATA", tmp_path)
    monkeypatch.delenv("COURSE_PHOTOS", raising=False)
    return tmp_path


def test_a_data_set_is_fetched_unpacked_and_found_again(small_cifar, capsys):
    assert photos.find() is None
    assert main(["photos", "cifar10"]) == 0
    assert "20 photographs of 10 classes" in capsys.readouterr().out
    train, test = photos.find(), photos.find(split="test")
    assert train is not None and test is not None and len(train) == 20 and len(test) == 10
    assert train.classes[3] == "class 3" and train.labels.bincount().tolist() == [2] * 10
    assert len(Server.asked) == 1


@pytest.fixture
def small_pets(server, monkeypatch, tmp_path):
    """A data set in the form of the pets, four pictures of two breeds, at an address of our own."""
    names = ["Sphynx_1", "Sphynx_2", "pug_1", "pug_2"]
    pictures = {f"images/{name}.jpg": io.BytesIO() for name in names}
    for i, file in enumerate(pictures.values()):
        Image.new("RGB", (9, 9), (60 * i, 0, 0)).save(file, "jpeg")
    lists = "".join(f"{name} {1 + i // 2} 1 1\n" for i, name in enumerate(names)).encode()
    annotations = {f"annotations/{part}.txt": io.BytesIO(lists) for part in ("trainval", "test")}
    resources = []
    for name, files in (("images", pictures), ("annotations", annotations)):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for path, content in files.items():
                about = tarfile.TarInfo(path)
                about.size = len(content.getvalue())
                tar.addfile(about, io.BytesIO(content.getvalue()))
        Server.files[f"/{name}.tar.gz"] = packed.getvalue()
        resources.append((f"{server}/{name}.tar.gz", hashlib.md5(packed.getvalue()).hexdigest()))
    monkeypatch.setattr(datasets.OxfordIIITPet, "_RESOURCES", tuple(resources))
    monkeypatch.setattr(folders, "DOWNLOADS", tmp_path / "downloads")
    return tmp_path / "downloads" / "oxford-iiit-pet"


@pytest.mark.parametrize("lost", ["images/pug_1.jpg", "annotations/trainval.txt"])
def test_what_was_unpacked_in_part_is_unpacked_again(small_pets, lost):
    assert len(photos.load("pets", 8)) == 4
    (small_pets / lost).unlink()
    again = photos.load("pets", 8)
    assert len(again) == 4 and again.classes == ("Sphynx", "Pug") and len(Server.asked) == 2


def test_no_room_to_unpack_is_said(small_pets, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "extractall", full)
    with pytest.raises(photos.PhotosMissing, match=r"images\.tar\.gz could not be unpacked .*No space left"):
        photos.load("pets", 8)
