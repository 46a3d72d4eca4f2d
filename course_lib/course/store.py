"""What a student has done, kept on disk: exercises solved and tried, and guesses made."""

import json
import os
import tempfile
from pathlib import Path

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
    """Everything kept of one kind, "exercises" or "guesses"; nothing where the file is missing or unreadable.

    >>> recall("nothing of this name")
    {}
    """
    return _read().get(kind, {})


def keep(kind: str, name: str, value: str) -> bool:
    """Keep one value on disk, whole or not at all; False where the disk cannot take it."""
    everything = _read()
    everything[kind] = everything.get(kind, {}) | {name: value}
    path = where()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(everything, file, indent=1, sort_keys=True, ensure_ascii=False)
            os.replace(draft, path)
        except OSError:
            os.unlink(draft)
            raise
    except OSError:
        return False
    return True


def _read() -> dict[str, dict[str, str]]:
    try:
        found = json.loads(where().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {kind: names for kind, names in found.items() if isinstance(names, dict)}
