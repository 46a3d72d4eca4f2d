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
    if path.exists() and _md5(path) == md5:
        return
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            goes_on = have > 0 and answer.status == 206
            length = int(answer.headers.get("Content-Length") or 0)
            first = have if goes_on else 0
            with (
                open(part, "ab" if goes_on else "wb") as file,
                tqdm(total=first + length, initial=first, unit="B", unit_scale=True, desc=path.name) as bar,
            ):
                while chunk := answer.read(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
            if length and part.stat().st_size < first + length:
                raise ConnectionError("the connection was cut off")
    except urllib.error.HTTPError as problem:
        if problem.code != 416:  # nothing is left to fetch: all of it is here already
            raise PhotosMissing(f"{path.name} could not be fetched: {address} answers {problem.code}.") from None
    except (OSError, http.client.HTTPException) as problem:
        raise PhotosMissing(
            f"{path.name} could not be fetched ({problem}). Is there a network, and room on the disk? Try "
            f"again later: what was fetched so far is kept."
        ) from None
    if _md5(part) != md5:
        part.unlink()
        raise PhotosMissing(f"{path.name} arrived damaged and was thrown away: try again.")
    os.replace(part, path)


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
