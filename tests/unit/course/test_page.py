"""Pages escape their text, and read well on a console too."""

import html.parser
import sys
from typing import Any

import pytest

from course_lib.course import check
from course_lib.course.page import Page, card, code, columns, fold, format_number, prose, show, table

from .every import shown_by


class Balance(html.parser.HTMLParser):
    """Counts open tags, and fails at one closed in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_pages_escape_their_text() -> None:
    evil = "<script>alert('x')</script> & `a < b`"
    for markup in (
        prose(evil),
        code(evil),
        card("good", "✓", prose(evil)),
        fold(evil, prose(evil)),
        table([evil], [[evil]]),
    ):
        assert "<script" not in markup and "&lt;script&gt;" in markup
        balance = Balance()
        balance.feed(markup)
        assert balance.open == []


def test_numbers_and_columns() -> None:
    shown = {-0.0: "0", 1e-7: "1e-7", 2.5e12: "2.5e12", 1234.5: "1,230", 12: "12", 0.5: "0.5"}
    assert {value: format_number(value) for value in shown} == shown
    assert format_number(float("nan")) == "nan" and format_number(float("-inf")) == "-inf"
    assert columns([["a", ""], ["bb", "c"]]) == "a\nbb  c"


def test_a_console_without_checkmarks_prints_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        encoding = "cp1252"
        written = ""

        def write(self, text: str) -> None:
            self.written += text.encode("cp1252").decode("cp1252")

        def flush(self) -> None: ...

    old = Old()
    monkeypatch.setattr(sys, "stdout", old)
    show(Page("", "✓ done"))
    assert old.written == "? done\n"


def test_in_a_notebook_the_page_is_displayed(monkeypatch: pytest.MonkeyPatch) -> None:
    page = shown_by(lambda: check("00.1", ...))
    assert page.html.startswith("<div") and repr(page) == page.text
