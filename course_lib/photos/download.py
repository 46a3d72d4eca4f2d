"""Fetching a file: goes on where it was cut off, and is kept only if its sum is right."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from pathlib import Path

from tqdm.auto import tqdm

from .batch import PhotosMissing

CHUNK = 1 << 20


def download(address: str, path: Path, md5: str) -> None:
    """Fetch a file, going on where an earlier attempt was cut off, and keep it only if its sum is right.

    Args:
        address: where it is.
        path: where it goes; until it is whole it is called `path.part`.
        md5: the sum that its publisher names.

    Raises:
        PhotosMissing: if it cannot be fetched or is not what its publisher made.
    """
    part = path.with_name(path.name + ".part")
    try:
        if path.exists() and _md5(path) == md5:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(address, part, path.name)
        whole = _md5(part) == md5
        if whole:
            os.replace(part, path)
        else:
            part.unlink()
    except urllib.error.HTTPError as problem:
        raise PhotosMissing(f"{path.name} could not be fetched: {address} answers {problem.code}.") from None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise PhotosMissing(
            f"{path.name} could not be fetched ({problem}). Is there a network, and room on the disk? Try "
            f"again later: what was fetched so far is kept."
        ) from None
    if not whole:
        raise PhotosMissing(f"{path.name} arrived damaged and was thrown away: try again.")


def _fetch(address: str, part: Path, name: str) -> None:
    """Fetch what is missing of a file."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as problem:
        if have and problem.code == 416:  # nothing is left to fetch: all of it is here already
            return
        raise
    with answer:
        first = have if have and answer.status == 206 else 0
        length = int(answer.headers.get("Content-Length") or 0)
        with (
            open(part, "ab" if first else "wb") as file,
            tqdm(total=first + length, initial=first, unit="B", unit_scale=True, desc=name) as bar,
        ):
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    if length and part.stat().st_size < first + length:
        raise ConnectionError("the connection was cut off")


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
