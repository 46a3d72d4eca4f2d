"""Claims: true ones are shown, false ones fail the cell, and in the smoke profile nothing is claimed."""

import math
import operator
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.course import claims
from course_lib.course.claims import ClaimFailed, claim, claims_table


@pytest.fixture(autouse=True)
def laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A chapter that has claimed nothing yet, on a laptop."""
    monkeypatch.setenv("COURSE_PROFILE", "laptop")
    before = dict(claims._claims)
    claims._claims.clear()
    yield
    claims._claims.clear()
    claims._claims.update(before)


@pytest.mark.parametrize(
    ("measured", "relation", "other", "margin", "line"),
    [
        (0.31, ">", 0.25, 0.05, "✓ It holds: 0.31 > 0.25 (by more than 0.05)"),
        (2, ">=", 2, 0.0, "✓ It holds: 2 ≥ 2"),
        (0.1, "<", 0.25, 0.1, "✓ It holds: 0.1 < 0.25 (by more than 0.1)"),
        (0.5, "<=", 0.75, 0.25, "✓ It holds: 0.5 ≤ 0.75 (by at least 0.25)"),
        (True, "==", True, 0.0, "✓ It holds: True = True"),
        (torch.tensor(0.123456), "~=", 0.123457, 1e-5, "✓ It holds: 0.123 ≈ 0.123 (within 1e-5)"),
        (np.float32(0.5), "≈", torch.tensor(0.5, dtype=torch.float16), 0.0, "✓ It holds: 0.5 ≈ 0.5"),
        (torch.tensor(7), "==", 7, 0.0, "✓ It holds: 7 = 7"),
        (0.12345, ">", 0.12341, 0.0, "✓ It holds: 0.1235 > 0.1234"),
        (1234567, ">", 12345.6, 0.0, "✓ It holds: 1,234,567 > 12,300"),
    ],
)
def test_a_true_claim_is_one_line(
    measured: claims.Number,
    relation: str,
    other: claims.Number,
    margin: float,
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claim("It holds.", measured, relation, other, margin)
    assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize(
    ("measured", "relation", "other", "margin", "numbers"),
    [
        (0.25, ">", 0.25, 0.0, "measured 0.25, needed > 0.25."),
        (0.3, ">", 0.25, 0.1, "measured 0.3, needed > 0.25 (by more than 0.1)."),
        (0.12341, ">", 0.12345, 0.0, "measured 0.1234, needed > 0.1235."),
        (0.3, "<", 0.25, 0.0, "measured 0.3, needed < 0.25."),
        (0.2, "<=", 0.25, 0.1, "measured 0.2, needed ≤ 0.25 (by at least 0.1)."),
        (1.0001, "==", 1, 0.0, "measured 1.0001, needed = 1."),
        (1.0001, "~=", 1.0, 1e-5, "measured 1.0001, needed ≈ 1 (within 1e-5)."),
        (False, "==", True, 0.0, "measured False, needed = True."),
    ],
)
def test_a_false_claim_fails_with_its_numbers(
    measured: float, relation: str, other: float, margin: float, numbers: str
) -> None:
    with pytest.raises(ClaimFailed) as failed:
        claim("It holds.", measured, relation, other, margin)
    assert str(failed.value) == f"“It holds” is not so on this machine: {numbers}"
    assert isinstance(failed.value, AssertionError)


@pytest.mark.parametrize("relation", [">", ">=", "<", "<=", "==", "~="])
@pytest.mark.parametrize("pair", [(math.nan, 1.0), (1.0, math.nan), (math.nan, math.nan), (torch.tensor(math.nan), 1)])
def test_nan_is_never_claimed(relation: str, pair: tuple[float, float]) -> None:
    with pytest.raises(ClaimFailed, match="nan"):
        claim("Nothing is known", pair[0], relation, pair[1])


@given(
    a=st.floats(-1e6, 1e6),
    b=st.floats(-1e6, 1e6),
    margin=st.floats(0, 10),
    relation=st.sampled_from([">", ">=", "<", "<="]),
)
def test_a_claim_holds_exactly_when_its_inequality_does(a: float, b: float, margin: float, relation: str) -> None:
    compare = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}[relation]
    made = claims._Claim("a", a, relation, b, margin, "", True)
    assert made.holds == compare(a, b + margin if ">" in relation else b - margin)


def test_smoke_shows_and_claims_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    claim("Cats are dogs", math.nan, ">", 0.5)
    claim("Cats are cats", 1.0, ">", 0.5)
    assert capsys.readouterr().out.splitlines() == [
        "· Cats are dogs: nan > 0.5 (not claimed at this size)",
        "· Cats are cats: 1 > 0.5 (not claimed at this size)",
    ]
    claims_table()
    assert capsys.readouterr().out.startswith("What this chapter would claim: 2 sentences, not claimed at this size\n")


def test_the_table_holds_every_claim_once(capsys: pytest.CaptureFixture[str]) -> None:
    claim("First", 1, ">", 0)
    claim("Second", 0.25, "<", 0.5, unit="bits")
    with pytest.raises(ClaimFailed):
        claim("Third", 1, ">", 2)
    claim("First", 3, ">", 0)  # run again: takes its own place
    capsys.readouterr()
    claims_table()
    assert capsys.readouterr().out.splitlines() == [
        "What this chapter claimed: 2 of 3 hold",
        "   claim   measured   needed",
        "✓  First   3          > 0",
        "✓  Second  0.25 bits  < 0.5 bits",
        "✗  Third   1          > 2",
    ]


def test_an_empty_table_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    claims_table()
    assert capsys.readouterr().out == "No claim has been measured yet: run the chapter from its first cell.\n"


def test_in_a_notebook_a_claim_is_html_and_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = []
    monkeypatch.setattr("course_lib.course.page.get_ipython", lambda: object())
    monkeypatch.setattr("course_lib.course.page.display", pages.append)
    claim("<b>Bold</b> & `code`", 2, ">", 1, unit="<px>")
    claims_table()
    for page in pages:
        assert "<b>Bold" not in page.html and "&lt;b&gt;Bold" in page.html and "&lt;px&gt;" in page.html
        assert "<code" in page.html


@pytest.mark.parametrize("value", [torch.ones(2), np.ones((1, 1)), "0.5", None, 1j, [1.0]])
def test_only_single_numbers_are_compared(value: object) -> None:
    with pytest.raises(TypeError, match="compares single numbers, but its measured value is"):
        claim("It holds", value, ">", 0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="its other value is"):
        claim("It holds", 0, ">", value)  # type: ignore[arg-type]


def test_bad_relations_and_margins_are_refused() -> None:
    with pytest.raises(ValueError, match="compares with > >= < <= == or ~=, but '=>' was given"):
        claim("It holds", 1, "=>", 0)
    with pytest.raises(ValueError, match="compares with"):
        claim("It holds", 1, [">"], 0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="its margin value is a NoneType"):
        claim("It holds", 1, ">", 0, None)  # type: ignore[arg-type]
    for relation, margin in ((">", -0.1), ("==", 0.1), (">", math.nan), ("~=", math.inf)):
        with pytest.raises(ValueError, match="margin is 0 or more"):
            claim("It holds", 1, relation, 0, margin)
    assert claims._claims == {}
