"""The spreads that are kept fit the chapters that there are, and every claim holds in them at every moved seed.

Nothing is executed here but with --full; each fault is tried on a small chapter that has it.
"""

import re
from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_lib.course.notebooks import CHAPTERS, find_chapters

from . import spreads
from .cells import code_cells

CHAPTER = CHAPTERS[0]
CELLS = """\
# %% tags=["setup"]
raise SystemExit("the set-up cell is left out")

# %%
from course_lib import claim, claims_table, world

bright = world.draw(20, size=16, mode="portrait", seed=1).pictures.mean()

# %%
claim("Two is more than one.", 2, ">", 1)
claim("Pictures are bright", bright, ">", 0.1, margin=0.01, unit="of 1")
claims_table()
"""
TABLE = """\
What this chapter claimed: 2 of 2 hold
   claim                measured    needed
✓  Two is more than one  2           > 1
✓  Pictures are bright   0.5 of 1  > 0.1 of 1 (by more than 0.01)"""


@pytest.mark.parametrize("chapter", find_chapters(), ids=lambda chapter: chapter.number)
def test_the_spread_of_a_chapter_is_fresh_and_its_claims_hold(chapter):
    assert list(spreads.faults(chapter)) == []


def test_every_spread_has_its_chapter():
    assert {path.stem for path in spreads.FOLDER.glob("*")} <= {chapter.number for chapter in find_chapters()}


@pytest.mark.full
def test_claims_hold_at_moved_seeds():
    """What --record does, but for the writing: minutes for each chapter that trains."""
    wrong = []
    for chapter, spread in spreads.measure_all(find_chapters()):
        found = [str(spread)] if isinstance(spread, spreads.SpreadError) else spreads.false_claims(spread)
        wrong += [f"Chapter {chapter.number}: {sentence}" for sentence in found]
    assert wrong == []


# ----------------------------------------------------------------------------------- What is wrong is noticed


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A function that writes a small chapter in the place of the first, where nothing else is."""
    monkeypatch.setattr("course_lib.course.declare.ROOT", tmp_path)
    monkeypatch.setattr(spreads, "FOLDER", tmp_path / "spreads")

    def write_chapter(cells: str = CELLS, table: str = TABLE) -> None:
        CHAPTER.text.parent.mkdir(parents=True, exist_ok=True)
        CHAPTER.text.write_text(cells, encoding="utf-8")
        shown = [new_output("display_data", data={"text/plain": table})]
        nbformat.write(new_notebook(cells=[new_code_cell("claims_table()", outputs=shown)]), CHAPTER.path)

    write_chapter()
    return write_chapter


@pytest.fixture
def kept(write):
    """A function that writes the spread of the small chapter, after a change to it."""

    def keep(change=lambda spread: spread) -> None:
        claims = [
            spreads.Claimed("Two is more than one", ">", 0, "", [2, 2, 2], [1, 1, 1]),
            spreads.Claimed("Pictures are bright", ">", 0.01, "of 1", [0.5, 0.512345, 0.52], [0.1, 0.1, 0.1]),
        ]
        cells = spreads.mark(code_cells(CHAPTER))
        spread = spreads.Spread(CHAPTER.number, cells, list(spreads.MOVED), claims)
        spreads.FOLDER.mkdir(exist_ok=True)
        spreads.file_of(CHAPTER).write_text(spreads.text_of(change(spread)), encoding="utf-8")

    keep()
    return keep


def claims_changed(number: int, **changes: object):
    """A change to one claim of a spread."""

    def change(spread):
        rows = [replace(row, **changes) if i == number else row for i, row in enumerate(spread.claims)]
        return replace(spread, claims=rows)

    return change


def test_a_good_spread_has_no_fault_and_is_easy_to_read(kept):
    assert list(spreads.faults(CHAPTER)) == []
    text = spreads.file_of(CHAPTER).read_text(encoding="utf-8")
    assert '      "measured": [0.5, 0.512345, 0.52],\n      "other": [0.1, 0.1, 0.1]\n    }\n  ]\n}\n' in text
    assert spreads.text_of(spreads.read(spreads.file_of(CHAPTER))) == text


WRONG = [
    (lambda spread: replace(spread, cells="0"), "The code cells of chapter 00 have changed .* test --record 00"),
    (lambda spread: replace(spread, moved=[1000, 2000]), "not about chapter 00 at the seeds .* test --record 00"),
    (lambda spread: replace(spread, chapter="01"), "not about chapter 00"),
    (lambda spread: replace(spread, claims=spread.claims[:1]), "has no “Pictures are bright”.* test --record 00"),
    (lambda spread: replace(spread, claims=[]), "has no “Two is more than one”"),
    (claims_changed(0, claim="Two is less"), "has “Two is less”, which the notebook does not claim.* --record 00"),
    (claims_changed(1, measured=[0.5, 0.5, 0.105]), "“Pictures are bright” is not so with the seeds moved by 3000"),
    (claims_changed(1, measured=[float("nan"), 0.5, 0.5]), "“Pictures are bright” is not so .* moved by 1000"),
    (claims_changed(1, other=[0.1, 0.505, 0.1]), "moved by 2000: 0.512345, needed > 0.505 by 0.01"),
    (claims_changed(0, relation="<"), "“Two is more than one” is not so"),
    (claims_changed(0, measured=[2, 2]), "has not one pair of numbers"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_each_fault_of_a_spread_is_noticed(kept, change, sentence):
    kept(change)
    assert re.search(sentence, "\n".join(spreads.faults(CHAPTER)))


def test_a_changed_chapter_is_noticed_and_changed_prose_is_not(kept, write):
    write(CELLS.replace("\n# %%\nfrom", "\n# %% [markdown]\n# New words.\n\n# %%\nfrom").replace("left out", "not run"))
    assert list(spreads.faults(CHAPTER)) == []
    write(CELLS.replace("\n", "\r\n"))
    assert list(spreads.faults(CHAPTER)) == []
    write(CELLS.replace("margin=0.01", "margin=0.02"))
    assert "have changed" in "\n".join(spreads.faults(CHAPTER))


def test_a_missing_spread_and_a_missing_table_are_noticed(write, kept):
    write(table="1 of 1")
    assert "shows no table of claims" in "\n".join(spreads.faults(CHAPTER))
    spreads.file_of(CHAPTER).unlink()
    (missing,) = spreads.faults(CHAPTER)
    assert missing == "Chapter 00 has no spreads/00.json: python start.py test --record 00"


# ------------------------------------------------------------------------------------------------- Recording


def test_what_is_recorded_was_measured_at_moved_seeds(write, capsys):
    assert spreads.record([CHAPTER]) == 0
    assert "chapter 00: all 2 claims hold." in capsys.readouterr().out
    assert list(spreads.faults(CHAPTER)) == []
    two, bright = spreads.read(spreads.file_of(CHAPTER)).claims
    assert two == spreads.Claimed("Two is more than one", ">", 0, "", [2, 2, 2], [1, 1, 1])
    assert len(set(bright.measured)) == 3 and bright.unit == "of 1" and bright.margin == 0.01


def test_a_chapter_that_fails_is_not_recorded(write, monkeypatch, capsys):
    monkeypatch.setattr(spreads, "MOVED", (1000,))
    write(CELLS.replace("claims_table()", "1 / 0"))
    assert spreads.record([CHAPTER]) == 1
    said = "with its seeds moved by 1000, cell 3 failed: ZeroDivisionError: division by zero."
    assert said in capsys.readouterr().out
    assert not spreads.FOLDER.exists()


def test_a_chapter_that_claims_what_is_false_is_not_recorded(kept, monkeypatch, capsys):
    before = spreads.file_of(CHAPTER).read_text(encoding="utf-8")
    false = claims_changed(1, measured=[0.5, 0, 0])(spreads.read(spreads.file_of(CHAPTER)))
    monkeypatch.setattr(spreads, "measure_all", lambda chapters: [(CHAPTER, false)])
    assert spreads.record([CHAPTER]) == 1
    said = capsys.readouterr().out
    assert "chapter 00: nothing is written." in said
    assert all(f"“Pictures are bright” is not so with the seeds moved by {moved}" in said for moved in (2000, 3000))
    assert spreads.file_of(CHAPTER).read_text(encoding="utf-8") == before


def test_claims_that_differ_from_seed_to_seed_make_no_spread():
    one, two = ("One", ">", 0.0, "", 2.0, 1.0), ("Two", ">", 0.0, "", 2.0, 1.0)
    with pytest.raises(spreads.SpreadError, match="not the same at all seeds: Two"):
        spreads.spread_of(CHAPTER, [], [[one], [one], [one, two]])
    with pytest.raises(spreads.SpreadError, match="they change places"):
        spreads.spread_of(CHAPTER, [], [[one, two], [two, one], [one, two]])
