"""Getting the files of published weights: once, checked and resumed, silently left out where there is no network."""

from __future__ import annotations

import socket
from pathlib import Path

from huggingface_hub import hf_hub_download
from torch.hub import load_state_dict_from_url
from torchvision.models import get_model_weights

from ...folders import DOWNLOADS
from .convert import State


def fetch(repository: str, file: str, download: bool = True) -> Path | None:
    """A file of the Hugging Face Hub, checked and resumed; None where it is neither here nor to be had.

    Args:
        repository: "owner/name".
        file: its name there.
        download: look on the network too, not only among what was downloaded before.
    """
    try:
        return Path(hf_hub_download(repository, file, cache_dir=DOWNLOADS / "hub", local_files_only=True))
    except FileNotFoundError:
        if not download or not _answers("huggingface.co"):
            return None
    return Path(hf_hub_download(repository, file, cache_dir=DOWNLOADS / "hub"))


def _answers(host: str, seconds: float = 4.0) -> bool:
    """Whether a host can be reached: the libraries that download would try for half a minute and warn each time."""
    try:
        socket.create_connection((host, 443), timeout=seconds).close()
        return True
    except OSError:
        return False


def torchvision(name: str, download: bool = True) -> State | None:
    """The weights that torchvision publishes for a model, "resnet18" or "vit_b_16"; None where they cannot be had.

    Args:
        name: what torchvision calls the model.
        download: look on the network too, not only among what was downloaded before.
    """
    address = get_model_weights(name)["IMAGENET1K_V1"].url
    folder = DOWNLOADS / "torchvision"
    if not (folder / address.rpartition("/")[2]).exists() and not (download and _answers("download.pytorch.org")):
        return None
    return load_state_dict_from_url(address, model_dir=str(folder), check_hash=True, map_location="cpu")
