"""Photographs: folders, downloads that are cut off or damaged, and no network at all."""

import hashlib
import io
import pickle
import re
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import datasets

from course_lib import photos
from course_lib.__main__ import main
from course_lib.epochs import Epochs
from course_lib.photos import PhotosMissing


@pytest.fixture
def folder(tmp_path):
    """Two classes of ten pictures each, of all sizes, one class red and one blue."""
    for name, color in (("blue", (0, 0, 255)), ("red", (255, 0, 0))):
        (tmp_path / "own" / name).mkdir(parents=True)
        for i in range(10):
            Image.new("RGB", (20 + i, 40 - i), color).save(tmp_path / "own" / name / f"{i}.png")
    (tmp_path / "own" / "red" / "notes.txt").write_text("no picture")
    return tmp_path / "own"


class Server(BaseHTTPRequestHandler):
    """Serves `files`, understands ranges, and cuts an answer short where `cut` says so."""

    files: dict[str, bytes] = {}
    cut: list[int] = []
    asked: list[str | None] = []

    def do_GET(self):
        content, wanted = self.files.get(self.path), self.headers.get("Range")
        self.asked.append(wanted)
        if content is None:
            return self.send_error(404)
        first = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0
        if first >= len(content):
            return self.send_error(416)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        self.wfile.write(content[first:][: self.cut.pop() if self.cut else None])

    def log_message(self, *_): ...


@pytest.fixture
def server():
    Server.files, Server.cut, Server.asked = {}, [], []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


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


def test_photographs_stream_like_the_world(folder):
    batch = next(Epochs(photos.load(folder, 8), 6))
    assert batch.pictures.shape == (6, 3, 8, 8) and batch.labels.shape == (6,)


def test_the_middle_of_a_picture_is_kept():
    picture = Image.new("RGB", (60, 20), (0, 0, 0))
    picture.paste((255, 255, 255), (20, 0, 40, 20))
    assert photos._square(picture, 20).float().mean() > 254


def test_find_says_how_to_get_photographs(folder, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(photos, "DATA", tmp_path)
    monkeypatch.setattr(photos, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.delenv("COURSE_PHOTOS", raising=False)
    assert photos.find() is None
    said = capsys.readouterr().out
    assert "python -m course_lib photos cifar10" in said and said.count("\n") == 1
    monkeypatch.setenv("COURSE_PHOTOS", str(folder))
    found = photos.find(8)
    assert found is not None and len(found) == 16


def test_without_a_network_one_sentence_and_on(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(photos, "DATA", tmp_path)
    monkeypatch.setattr(photos, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.delenv("COURSE_PHOTOS", raising=False)
    monkeypatch.setattr(datasets.CIFAR10, "url", "http://127.0.0.1:9/none.tar.gz")
    assert photos.find(fetch=True) is None
    said = capsys.readouterr().out
    assert "could not be fetched" in said and "Is there a network" in said and said.count("\n") == 1


def test_a_download_that_was_cut_off_goes_on(server, tmp_path):
    content = bytes(np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8))
    Server.files, Server.cut = {"/a.bin": content}, [100_000]
    md5 = hashlib.md5(content).hexdigest()
    with pytest.raises(PhotosMissing, match="cut off.*what was fetched so far is kept"):
        photos.download(f"{server}/a.bin", tmp_path / "a.bin", md5)
    assert not (tmp_path / "a.bin").exists() and (tmp_path / "a.bin.part").stat().st_size == 100_000
    photos.download(f"{server}/a.bin", tmp_path / "a.bin", md5)
    assert (tmp_path / "a.bin").read_bytes() == content and Server.asked == [None, "bytes=100000-"]
    photos.download(f"{server}/a.bin", tmp_path / "a.bin", md5)
    assert len(Server.asked) == 2  # what is here and right is not fetched again
    (tmp_path / "a.bin").rename(tmp_path / "a.bin.part")  # cut off between the last byte and the check
    photos.download(f"{server}/a.bin", tmp_path / "a.bin", md5)
    assert (tmp_path / "a.bin").read_bytes() == content


def test_a_damaged_download_is_thrown_away(server, tmp_path):
    Server.files = {"/a.bin": b"something else"}
    with pytest.raises(PhotosMissing, match="damaged"):
        photos.download(f"{server}/a.bin", tmp_path / "a.bin", "0" * 32)
    assert not list(tmp_path.iterdir())
    with pytest.raises(PhotosMissing, match="404"):
        photos.download(f"{server}/b.bin", tmp_path / "b.bin", "0" * 32)


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
    monkeypatch.setattr(photos, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.setattr(photos, "DATA", tmp_path)
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
