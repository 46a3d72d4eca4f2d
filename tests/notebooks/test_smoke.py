"""The quick run of the chapters executes them in their smallest size, and tells a chapter that fails."""

import pytest

from course_lib.course.notebooks import CHAPTERS

from . import smoke

GOOD = """\
# %% tags=["setup"]
raise SystemExit("the set-up cell is left out")

# %%
import os

assert os.environ["COURSE_PROFILE"] == "smoke"
"""


@pytest.fixture
def chapters(tmp_path, monkeypatch):
    """Two small chapters in the place of the first two, of which the second fails."""
    monkeypatch.setattr("course_lib.course.declare.ROOT", tmp_path)
    (tmp_path / "notebooks" / "py").mkdir(parents=True)
    for chapter, source in zip(CHAPTERS, (GOOD, GOOD + "1 / 0\n"), strict=False):
        chapter.text.write_text(source, encoding="utf-8")
    return list(CHAPTERS[:2])


def test_a_chapter_that_fails_is_told(chapters, capfd):
    assert smoke.run_all(chapters, workers=2) == {"00": True, "01": False}
    said = capfd.readouterr()
    assert "Chapter 01, cell 2 failed: ZeroDivisionError: division by zero." in said.err
    assert "chapter 01: " in said.out and "s, failed" in said.out and "Chapter 00" not in said.err


def test_a_chapter_that_hangs_is_ended(chapters, monkeypatch, capfd):
    monkeypatch.setattr(smoke, "LONGEST", 0)
    chapters[0].text.write_text(GOOD + "while True:\n    pass\n", encoding="utf-8")
    assert smoke.run_all(chapters[:1], workers=1) == {"00": False}
