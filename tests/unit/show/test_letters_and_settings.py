"""Letters of every script are drawn or named, and what a reader sets in matplotlib changes no figure."""

import sys

import matplotlib
import matplotlib.style
import pytest
import torch

from course_lib import show
from course_lib.show import figure as module
from course_lib.show.figure import one_line, plain

from ..figures import noise, words_of


def figures() -> list[show.Figure]:
    return [
        show.bars({"a": 1, "b_c": [2, 3]}, x="bits", levels={"chance": 0.5}),
        show.curves({"a": ([1, 10], [0.1, 1.0])}, y="loss", logx=True, logy=True),
        show.confusion(torch.eye(3), ["a", "b", "c"]),
        show.pictures(noise(2, 3, 8, 8), ["a", "b"]),
        show.boxes(noise(3, 8, 8), [[1, 1, 5, 5]], ["cat"]),
        show.match_table(noise(2, 3, 8, 8), ["a", "b"], torch.eye(2)),
    ]


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    return [figure.png(quick=True) for figure in figures()]


SETTINGS = {
    "words": {"text.usetex": True, "text.parse_math": False, "font.family": "serif", "font.style": "italic"},
    "grid": {"axes.grid": False, "axes.facecolor": "red", "figure.dpi": 33, "patch.linewidth": 9, "lines.marker": "x"},
    "layout": {"figure.autolayout": True, "savefig.bbox": "tight", "savefig.dpi": 7, "axes.formatter.use_locale": True},
    "images": {"image.origin": "lower", "image.cmap": "hot", "image.interpolation": "bicubic", "text.hinting": "none"},
    "constrained": {"figure.constrained_layout.use": True, "axes.spines.left": False, "xtick.bottom": False},
}


@pytest.mark.parametrize("name", [*SETTINGS, "dark_background", "ggplot"])
def test_what_is_set_in_matplotlib_changes_no_figure_and_is_left_as_it_is(name, files):
    with matplotlib.style.context(SETTINGS.get(name, name)):  # type: ignore[arg-type]
        before = dict(matplotlib.rcParams)
        assert [figure.png(quick=True) for figure in figures()] == files
        assert dict(matplotlib.rcParams) == before


def test_a_figure_that_cannot_be_drawn_leaves_its_dots_as_they_were():
    figure, axes = show.subplots(1, 1)
    axes.set_title(r"$\nothing$")
    before = figure.dpi
    with pytest.raises(ValueError):
        figure.png()
    assert figure.dpi == before


def test_a_letter_that_no_font_has_is_named(monkeypatch):
    assert plain("a 猫🐱 b\x00\u200b") in ("a [U+732B]🐱 b", "a 猫🐱 b", "a [U+732B]🐱 b\u200b", "a 猫🐱 b\u200b")
    monkeypatch.setattr(module, "_font_of", lambda letter: None)
    module._drawn.cache_clear()
    assert plain("a 猫🐱 b\x00\u200d\ufe0f\tc") == "a [U+732B][cat face] b c"
    module._drawn.cache_clear()


def test_a_letter_is_drawn_in_another_font_where_the_own_has_none():
    bracket = "\u23dc"  # in STIX, which comes with matplotlib, and not in DejaVu Sans
    assert plain(bracket) == bracket and module._fonts(bracket) != [module.FAMILY]
    figure, axes = show.subplots()
    axes.bar([f"{bracket} 猫", "b"], [1, 2])
    axes.set(title=f"{bracket} 猫ﷺ", xlabel="שלום 👩🏽‍🚀")
    axes.legend(["猫"])
    assert figure.png(quick=True)
    axes.set_xticks([0, 1], [f"{bracket} 猫", 3])
    assert figure.png(quick=True)
    assert all(word.get_text() == plain(word.get_text()) for word in words_of(figure))


def test_words_on_one_line():
    assert one_line("a\nb\r\nc") == "a b c" and one_line(7) == "7" and one_line("") == ""
    assert one_line("a very long name", 0.0) == "…"


def test_pyplot_is_never_opened():
    before = "matplotlib.pyplot" in sys.modules
    show.bars({"a": 1}).png()
    assert ("matplotlib.pyplot" in sys.modules) == before


def test_a_caption_of_blanks_is_none_and_one_with_blanks_is_trimmed(displayed):
    show.bars({"a": 1}, caption="  ")._ipython_display_()
    assert len(displayed) == 1
    show.bars({"a": 1}, caption="See. ")._ipython_display_()
    assert displayed[-1][0] == {"text/markdown": "*See.*"}
