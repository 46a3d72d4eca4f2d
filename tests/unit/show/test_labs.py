"""A lab is its function: it draws anew, says what went wrong, and brings its still twin."""

import ipywidgets as widgets
import pytest

from course_lib import show
from course_lib.show.labs import VIEW

from ..figures import parts_of


def squares(n: int, color: str = "red") -> show.Figure:
    if n == 7:
        raise ValueError("seven <is> not allowed")
    return show.bars({color: n * n})


@pytest.fixture
def lab() -> show.Lab:
    return show.lab(squares, {"n": widgets.IntSlider(2, 0, 9), "color": widgets.Text("red")})


def test_a_lab_is_its_function(lab):
    picture = parts_of(lab)[1]
    assert picture.value == squares(2).png(quick=True)
    lab.controls["n"].value = 5
    assert picture.value == squares(5).png(quick=True)
    lab.controls["color"].value = "green"
    assert picture.value == squares(5, "green").png(quick=True)
    assert "green 25" in parts_of(lab)[2].value


def test_a_lab_says_what_went_wrong_in_one_line_and_goes_on(lab):
    picture, words = parts_of(lab)[1:]
    before = picture.value
    lab.controls["n"].value = 7
    assert picture.value == before
    assert "seven &lt;is&gt; not allowed" in words.value and "Traceback" not in words.value
    lab.controls["n"].value = 3
    assert picture.value == squares(3).png(quick=True)
    assert "seven" not in words.value


def test_a_lab_draws_when_the_slider_is_let_go(lab):
    assert lab.controls["n"].continuous_update is False
    assert lab.controls["color"].continuous_update is False


def test_a_lab_brings_its_still_twin(lab, displayed):
    lab._ipython_display_()
    ((data, metadata),) = displayed
    assert data[VIEW]["model_id"] == lab.view.model_id
    assert data["image/png"] == squares(2).png()
    assert metadata["image/png"]["alt"] == data["text/plain"] == "Bars of values: red 4."


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: show.lab(squares, {"n": 3}), "a widget that has a value as the control 'n', got 3"),
        (lambda: show.lab(lambda n: None, {"n": widgets.IntSlider()}), "return a figure of course_lib.show, got None"),  # type: ignore
        (lambda: show.lab(squares, {"n": widgets.IntSlider()}, columns=0), "at least 1 column, got 0"),
        (lambda: show.lab(squares, {"n": widgets.IntSlider()}, click=(2, 0)), "shares of the figure from 0 to 1"),
    ],
)
def test_what_makes_no_lab_is_said_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_function_that_stops_giving_figures_is_told_in_the_lab():
    lab = show.lab(lambda n: squares(n) if n < 5 else None, {"n": widgets.IntSlider(2, 0, 9)})  # type: ignore
    lab.controls["n"].value = 6
    assert "return a figure" in parts_of(lab)[2].value
