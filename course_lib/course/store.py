"""What a student has done, kept on disk: exercises solved and tried, and guesses made."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from course_lib.course.page import Page, card, prose, show
from course_lib.folders import ROOT


def where() -> Path:
    """The file progress is kept in: COURSE_PROGRESS, or the course's data/ folder, or the student's home.

    >>> where().suffix
    '.json'
    """
    if os.environ.get("COURSE_PROGRESS"):
        return Path(os.environ["COURSE_PROGRESS"])
    if (ROOT / "pyproject.toml").exists() and os.access(ROOT, os.W_OK):
        return ROOT / "data" / "progress" / "progress.json"
    return Path.home() / ".learning-to-see" / "progress.json"


def recall(kind: str) -> dict[str, str]:
    """Everything kept of one kind, "exercises" or "guesses"; nothing where the file is missing or damaged.

    >>> recall("nothing of this name")
    {}
    """
    try:
        found = (_read() or {}).get(kind)
    except OSError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def keep(kind: str, name: str, value: str) -> bool:
    """Keep one value on disk, whole or not at all; False where the disk cannot take it.

    Several notebooks may keep at the same time. What else the file holds stays as it is; a damaged file is put aside,
    with a word, and not written over.
    """
    path = where()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=10):
            everything = _read()
            if everything is None:
                everything = {}
                _put_aside(path)
            known = everything.get(kind)
            everything[kind] = (known if isinstance(known, dict) else {}) | {name: value}
            _write(path, everything)
    except (OSError, Timeout):
        return False
    return True


def _read() -> dict[str, Any] | None:
    """What the file holds, nothing if there is none; None if it cannot be understood."""
    try:
        found = json.loads(where().read_text(encoding="utf-8-sig"))  # an editor may have put a mark in front
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, everything: dict[str, Any]) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(everything, file, indent=1, sort_keys=True, ensure_ascii=False)
        os.replace(draft, path)
    except OSError:
        os.unlink(draft)
        raise


def _put_aside(path: Path) -> None:
    """A damaged file keeps its content under another name."""
    names = (path.with_name(f"{path.stem}-damaged{n or ''}{path.suffix}") for n in range(1000))
    aside = next(name for name in names if not name.exists())
    os.replace(path, aside)
    told = f"Your progress file could not be read, and is now {aside}. A new one begins."
    show(Page(card("open", "○", prose(told)), f"○ {told}"))
