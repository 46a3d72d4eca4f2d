"""Downloads that are cut off go on, and damaged ones are thrown away."""

import hashlib

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
