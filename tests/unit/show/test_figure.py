"""One style for all figures: few colors in a file, a caption, a palette, numbers and words as readers want them."""

import io

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from PIL import Image

from course_lib import show
from course_lib.show.figure import deep, move_apart, pale, text_width
from course_lib.show.images import as_images

from ..figures import noise


@pytest.mark.slow
def test_few_colors_keep_white_white_and_rare_colors_apart():
    page = show.Sheet(4.4, 3.0)
    page.picture(as_images(noise(3, 300, 440))[0], 0, 0, 4.4, 2.5)
    for i, color in enumerate(show.PALETTE):
        page.axes.axhspan(2.55 + 0.05 * i, 2.58 + 0.05 * i, color=color)
    picture = np.asarray(Image.open(io.BytesIO(page.figure.png())).convert("RGB")).astype(int)
    assert tuple(picture[-5, 5]) == (255, 255, 255)
    for i, color in enumerate(show.PALETTE):
        there = picture[round((2.565 + 0.05 * i) * 200), 400]
        assert np.abs(there - np.array(to_rgb(color)) * 255).max() < 16, color


def test_a_figure_shows_itself_once_with_alt_and_caption(displayed):
    show.bars({"a": 1}, caption="See the bar.")._ipython_display_()
    (data, metadata), (caption, _) = displayed
    assert data["image/png"][:4] == b"\x89PNG"
    assert data["text/plain"] == metadata["image/png"]["alt"] == "Bars of values: a 1."
    assert metadata["image/png"]["width"] == 880
    assert caption == {"text/markdown": "*See the bar.*"}


def test_a_figure_without_caption_shows_nothing_below(displayed):
    show.bars({"a": 1})._ipython_display_()
    assert len(displayed) == 1


def test_style_is_undone():
    before = dict(matplotlib.rcParams)
    with show.style():
        assert matplotlib.rcParams["font.size"] == 11
    assert dict(matplotlib.rcParams) == before


@settings(deadline=None)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=12), st.floats(0.05, 0.8))
def test_spread_keeps_order_distance_and_bounds(places, gap):
    moved = move_apart(places, gap, 0.0, 10.0)
    order = np.argsort(places, kind="stable")
    assert (np.diff(np.array(moved)[order]) >= gap - 1e-6).all()
    assert min(moved) >= -1e-6 and max(moved) <= 10 + 1e-6
    if len(places) == 1 or np.diff(np.sort(places)).min() >= gap:
        assert moved == pytest.approx(places, abs=1e-6)


def test_the_palette_is_told_apart_and_read_on_white():
    def light(color: str) -> float:
        rgb = np.array(to_rgb(color))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    assert len(set(show.PALETTE)) == 8
    for color in show.PALETTE:
        assert 1.05 / (light(deep(color)) + 0.05) >= 4.4, color  # the contrast that small text needs
        assert light(pale(color)) > light(color)


def test_words_are_as_wide_as_their_letters_are_large():
    assert text_width("wide", 22) == pytest.approx(2 * text_width("wide", 11), rel=0.05)
