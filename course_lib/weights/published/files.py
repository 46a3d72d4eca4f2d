"""Getting the files of published weights: once, checked and resumed, silently left out where there is no network."""

from __future__ import annotations

import pickle
import socket
from difflib import get_close_matches
from pathlib import Path

from huggingface_hub import hf_hub_download
from torch.hub import load_state_dict_from_url
from torchvision.models import get_model_weights, list_models

from ...folders import DOWNLOADS
from .convert import NotPublished, State


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

    Raises:
        NotPublished: if torchvision publishes no such model, or the file here is damaged or holds more than weights.
    """
    try:
        address = get_model_weights(name)["IMAGENET1K_V1"].url
    except (KeyError, ValueError):
        near = get_close_matches(str(name), list_models(), n=3)
        meant = f": did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise NotPublished(f"torchvision publishes no weights of {name!r} from ImageNet{meant}") from None
    folder = DOWNLOADS / "torchvision"
    if not (folder / address.rpartition("/")[2]).exists() and not (download and _answers("download.pytorch.org")):
        return None
    try:
        return load_state_dict_from_url(
            address, model_dir=str(folder), check_hash=True, map_location="cpu", weights_only=True
        )
    except (EOFError, RuntimeError, pickle.UnpicklingError):
        file = folder / address.rpartition("/")[2]
        raise NotPublished(f"{file} is damaged or holds more than weights: delete it and fetch it again") from None
