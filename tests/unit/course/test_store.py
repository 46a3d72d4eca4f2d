"""What a student did is kept whole, or the file from before stays."""

from pathlib import Path
from typing import Any

import pytest

from course_lib.course import check
from course_lib.course.store import keep, recall, where

from .every import EVERY


@pytest.mark.parametrize("broken", ["", "{", "[1, 2]", '{"exercises": 5}', "null"])
def test_a_broken_progress_file_is_no_trouble(kept: Path, broken: str) -> None:
    kept.parent.mkdir()
    kept.write_text(broken)
    assert recall("exercises") == {}
    assert keep("exercises", "00.1", "solved")
    assert recall("exercises") == {"00.1": "solved"}


def test_a_disk_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert not keep("exercises", "00.1", "solved")
    assert check(EVERY[0].id, EVERY[0].reference) is EVERY[0].reference
    assert "solved" in capsys.readouterr().out


def test_a_failing_write_keeps_the_old_file(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("exercises", "00.1", "solved")

    def full(*args: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full)
    assert not keep("exercises", "00.2", "solved")
    assert recall("exercises") == {"00.1": "solved"}
    assert len(list(kept.parent.iterdir())) == 1


def test_progress_lives_in_the_course_or_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COURSE_PROGRESS")
    assert where().parts[-3:] == ("data", "progress", "progress.json")
    monkeypatch.setattr("os.access", lambda *args: False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert where() == tmp_path / ".learning-to-see" / "progress.json"
