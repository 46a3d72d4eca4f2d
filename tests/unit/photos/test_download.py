"""Downloads that are cut off go on, and damaged ones are thrown away."""

import hashlib
import os

import numpy as np
import pytest

from course_lib import photos
from course_lib.photos import PhotosMissing

from .serving import Server


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


def test_a_server_that_knows_no_ranges_starts_again(server, tmp_path):
    content = bytes(range(256)) * 100
    Server.files, Server.ranges = {"/a.bin": content}, False
    (tmp_path / "a.bin.part").write_bytes(content[:1000])
    photos.download(f"{server}/a.bin", tmp_path / "a.bin", hashlib.md5(content).hexdigest())
    assert (tmp_path / "a.bin").read_bytes() == content and Server.asked == ["bytes=1000-"]


def test_too_much_is_thrown_away_and_fetched_anew(server, tmp_path):
    content = b"what is wanted"
    Server.files, md5 = {"/a.bin": content}, hashlib.md5(content).hexdigest()
    (tmp_path / "a.bin.part").write_bytes(content + b" and more")
    with pytest.raises(PhotosMissing, match="damaged"):
        photos.download(f"{server}/a.bin", tmp_path / "a.bin", md5)
    photos.download(f"{server}/a.bin", tmp_path / "a.bin", md5)
    assert (tmp_path / "a.bin").read_bytes() == content


def test_an_answer_that_makes_no_sense_is_said(server, tmp_path):
    Server.files = {"/empty.bin": b"", "/a.bin": b"a"}
    with pytest.raises(PhotosMissing, match="answers 416"):  # though nothing was asked for but all of it
        photos.download(f"{server}/empty.bin", tmp_path / "empty.bin", "0" * 32)
    Server.length = "some"
    with pytest.raises(PhotosMissing, match="could not be fetched"):
        photos.download(f"{server}/a.bin", tmp_path / "a.bin", "0" * 32)
    for address in ("no address", "http://127.0.0.1:9/with a space"):
        with pytest.raises(PhotosMissing, match="could not be fetched"):
            photos.download(address, tmp_path / "b.bin", "0" * 32)


def test_no_room_on_the_disk_is_said(server, tmp_path, monkeypatch):
    Server.files = {"/a.bin": b"a"}
    (tmp_path / "file").write_bytes(b"in the way")
    for place in (tmp_path / "file" / "a.bin", tmp_path):
        with pytest.raises(PhotosMissing, match="could not be fetched .*room on the disk"):
            photos.download(f"{server}/a.bin", place, "0" * 32)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(PhotosMissing, match="No space left on device"):
        photos.download(f"{server}/a.bin", tmp_path / "a.bin", hashlib.md5(b"a").hexdigest())
    assert (tmp_path / "a.bin.part").exists()
