"""What a student did is kept whole, or the file from before stays."""

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from filelock import Timeout

from course_lib.course import check, progress
from course_lib.course.store import keep, recall, where

from .every import EVERY


@pytest.mark.parametrize("broken", ["", "{", "[1, 2]", "null", "[" * 5000])
def test_a_damaged_progress_file_is_put_aside(kept: Path, broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    kept.parent.mkdir()
    for again in range(2):
        kept.write_text(broken)
        assert recall("exercises") == {}
        assert keep("exercises", "00.1", "solved")
        assert recall("exercises") == {"00.1": "solved"}
        aside = kept.with_name(f"{kept.stem}-damaged{again or ''}.json")
        assert aside.read_text() == broken and str(aside) in capsys.readouterr().out


def test_what_another_version_has_written_stays(kept: Path) -> None:
    kept.parent.mkdir()
    kept.write_text('{"exercises": {"00.1": ["solved", 3], "00.2": "tried"}, "badges": [1], "guesses": 5}', "utf-8-sig")
    assert recall("exercises") == {"00.2": "tried"} and recall("guesses") == {}
    progress()
    assert keep("exercises", "00.3", "solved") and keep("guesses", "a", "b")
    assert json.loads(kept.read_text()) == {
        "exercises": {"00.1": ["solved", 3], "00.2": "tried", "00.3": "solved"},
        "badges": [1],
        "guesses": {"a": "b"},
    }


def _keep_many(who: str, start: Any) -> None:
    start.wait()
    for i in range(30):
        keep("exercises", f"{who}.{i}", "solved")


def test_two_notebooks_keep_at_the_same_time(kept: Path) -> None:
    start = multiprocessing.get_context("fork").Barrier(2) if hasattr(os, "fork") else None
    if start is None:
        pytest.skip("needs fork")
    both = [multiprocessing.get_context("fork").Process(target=_keep_many, args=(who, start)) for who in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(recall("exercises")) == 60


def test_who_waits_too_long_for_the_other_gives_up(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*args: Any, **kwargs: Any) -> Any:
        raise Timeout(str(kept))

    monkeypatch.setattr("course_lib.course.store.FileLock", taken)
    assert not keep("exercises", "00.1", "solved")


def test_a_disk_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert not keep("exercises", "00.1", "solved")
    capsys.readouterr()
    check(EVERY[0].id, lambda *args: EVERY[0].reference(*args))
    told = capsys.readouterr().out
    assert "solved" in told and "could not be kept" in told


def test_a_failing_write_keeps_the_old_file(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("exercises", "00.1", "solved")

    def full(*args: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full)
    assert not keep("exercises", "00.2", "solved")
    assert recall("exercises") == {"00.1": "solved"}
    assert not list(kept.parent.glob("*.tmp"))


def test_progress_lives_in_the_course_or_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COURSE_PROGRESS")
    assert where().parts[-3:] == ("data", "progress", "progress.json")
    monkeypatch.setattr("os.access", lambda *args: False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert where() == tmp_path / ".learning-to-see" / "progress.json"
