"""Progress is kept and shown."""

import json
from pathlib import Path

import pytest

from course_lib.course import check, progress

from .every import EVERY


def test_progress_is_kept_and_shown(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong = EVERY[0], EVERY[1]
    check(right.id, lambda *args: right.reference(*args))
    check(right.id, right.mistakes[0].function)  # once solved, stays solved
    check(wrong.id, wrong.mistakes[0].function)
    capsys.readouterr()
    progress()
    told = capsys.readouterr().out
    assert told.startswith(f"Your exercises: 1 of {len(EVERY)} solved\n")
    lines = {line.split()[0]: line for line in told.splitlines()[2:]}
    assert lines[right.id].endswith("✓ solved") and lines[wrong.id].endswith("… tried")
    assert lines[EVERY[2].id].endswith("○ not yet")
    assert json.loads(kept.read_text(encoding="utf-8")) == {"exercises": {right.id: "solved", wrong.id: "tried"}}
    assert not list(kept.parent.glob("*.tmp"))  # no draft is left behind
