"""A folder of photographs, and a server of our own to fetch some from."""

import threading
from http.server import ThreadingHTTPServer

import pytest
from PIL import Image

from .serving import Server


@pytest.fixture
def folder(tmp_path):
    """Two classes of ten pictures each, of all sizes, one class red and one blue."""
    for name, color in (("blue", (0, 0, 255)), ("red", (255, 0, 0))):
        (tmp_path / "own" / name).mkdir(parents=True)
        for i in range(10):
            Image.new("RGB", (20 + i, 40 - i), color).save(tmp_path / "own" / name / f"{i}.png")
    (tmp_path / "own" / "red" / "notes.txt").write_text("no picture")
    return tmp_path / "own"


@pytest.fixture
def server():
    Server.files, Server.cut, Server.asked, Server.ranges, Server.length = {}, [], [], True, None
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
