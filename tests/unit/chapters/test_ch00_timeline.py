"""The papers of the timeline are dated and told apart."""

import re

import pytest

from course_lib.chapters.ch00_a_map_of_seeing.timeline import LANES, PAPERS, Paper, timeline


def test_the_papers_are_dated_and_told_apart():
    assert len({p.name for p in PAPERS}) == len({p.where for p in PAPERS}) == len(PAPERS)
    assert {p.lane for p in PAPERS} == set(LANES)
    for paper in PAPERS:
        assert 2012 <= paper.when < 2026
        found = re.fullmatch(r"arXiv (\d\d)(\d\d)\.(\d{4,5})", paper.where)
        if found:
            year, month, serial = found.groups()
            assert 1 <= int(month) <= 12
            assert int(paper.when) == 2000 + int(year)
            assert len(serial) == (5 if int(year) >= 15 else 4)  # arXiv went to five digits in 2015
        else:
            assert paper.where == f"NeurIPS {int(paper.when)}"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: timeline([Paper(2020.0, "A", "B", "C", "audio")]), "got audio"),
        (lambda: timeline([]), "got none"),
    ],
)
def test_papers_that_cannot_be_shown_are_said_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert "\n" not in str(error.value)
