"""Published weights are found where they lie, fetched where the network is, and otherwise left out without a word."""

import pytest
import torch
from torchvision.models import resnet18

from course_lib.weights import published
from course_lib.weights.published import clips, files


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """A machine without network, and an empty folder for downloads."""

    def refuse(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr(files.socket, "create_connection", refuse)
    monkeypatch.setattr(files, "DOWNLOADS", tmp_path)
    return tmp_path


def test_without_network_nothing_is_fetched_and_nothing_is_said(offline, capsys):
    assert published.fetch("openai/clip-vit-base-patch32", "merges.txt") is None
    assert published.torchvision("resnet18") is None
    assert published.torchvision("vit_b_16", download=False) is None
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_what_was_downloaded_before_is_found_without_network(offline):
    address = "resnet18-f37072fd.pth"
    (offline / "torchvision").mkdir()
    torch.save(resnet18().state_dict(), offline / "torchvision" / address)
    state = published.torchvision("resnet18", download=False)
    assert state is not None and published.resnet18(state).width == 512


def test_where_open_clip_is_missing_the_vocabulary_is_said_to_be_missing(offline, monkeypatch):
    monkeypatch.setattr(clips, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="connect to the internet or pip install open_clip_torch"):
        published.vocabulary()
