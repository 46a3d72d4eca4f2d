"""Tests of the course: progress goes into a file of their own, and what a notebook would show is kept."""

from pathlib import Path
from typing import Any

import pytest

from course_lib.course import predictions


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A progress file of this test's own, and a kernel that has asked nothing yet."""
    path = tmp_path / "kept" / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    monkeypatch.setattr(predictions, "_asked", {})
    return path


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is displayed when the code runs in a notebook."""
    pages: list[Any] = []
    for module in ("page", "predictions"):
        monkeypatch.setattr(f"course_lib.course.{module}.get_ipython", lambda: object())
    monkeypatch.setattr("course_lib.course.page.display", pages.append)
    return pages
