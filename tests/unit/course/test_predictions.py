"""A prediction keeps a guess until its measurement comes."""

import io
import json
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from matplotlib import rc_context, style
from matplotlib.image import imread

from course_lib.course import predict, reveal
from course_lib.course.page import Page
from course_lib.course.predictions import Prediction
from course_lib.course.store import keep, recall

QUESTION = "Which two pictures are farther apart?"


OPTIONS = ["two pictures of <one> cat", "a cat and a dog"]


def test_as_text_a_prediction_lists_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    predict("00-apart", QUESTION, OPTIONS)
    assert capsys.readouterr().out == (
        f"Predict before you run: {QUESTION}\n  ( ) two pictures of <one> cat\n  ( ) a cat and a dog\n"
    )


def test_in_a_notebook_a_click_is_a_guess(shown: list[Any], kept: Path) -> None:
    predict("00-apart", QUESTION, OPTIONS)
    asked = shown[0]
    assert isinstance(asked, Prediction) and asked.choice.value is None and not kept.exists()
    asked.choice.value = OPTIONS[1]
    assert json.loads(kept.read_text(encoding="utf-8")) == {"guesses": {"00-apart": OPTIONS[1]}}
    assert "kept" in asked.note.value
    asked.choice.value = OPTIONS[0]  # a mind may be changed
    assert recall("guesses") == {"00-apart": OPTIONS[0]}
    predict("00-apart", QUESTION, OPTIONS)
    assert shown[1].choice.value == OPTIONS[0]  # and is remembered
    predict("00-apart", QUESTION, ["other", "options"])
    assert shown[2].choice.value is None


def test_a_guess_that_cannot_be_kept_is_told(shown: list[Any], kept: Path) -> None:
    kept.mkdir(parents=True)
    predict("00-apart", QUESTION, OPTIONS)
    shown[0].choice.value = OPTIONS[0]
    assert "could not be kept" in shown[0].note.value


def test_a_picture_and_a_text_stand_beside_the_widget(shown: list[Any]) -> None:
    long = "a very long option that goes on and on, " * 6
    predict("00-apart", QUESTION * 4, [*OPTIONS, long])
    data, metadata = shown[0]._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == shown[0].widget.model_id
    height, width, _ = imread(io.BytesIO(data["image/png"])).shape
    assert width == 1216 and 300 < height < 800
    assert OPTIONS[0] in data["text/plain"] and OPTIONS[0] in metadata["image/png"]["alt"]
    title = shown[0].widget.children[0]
    assert isinstance(title, ipywidgets.HTML) and QUESTION in title.value


def test_the_output_without_a_guess_is_the_same_every_time(shown: list[Any]) -> None:
    for _ in range(2):
        predict("00-apart", QUESTION, OPTIONS)
    first, second = (asked._repr_mimebundle_()[0] for asked in shown)
    assert first["text/plain"] == second["text/plain"] and first["image/png"] == second["image/png"]


def test_reveal_tells_the_guess_and_the_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    def told() -> str:
        reveal("00-apart", OPTIONS[0], "0.31 against 0.25.")
        return capsys.readouterr().out

    answer = "The answer is “two pictures of <one> cat”: 0.31 against 0.25."
    assert told() == f"○ {answer} You made no guess this time.\n"
    keep("guesses", "00-apart", OPTIONS[0])
    assert told() == f"✓ {answer} So you guessed.\n"
    keep("guesses", "00-apart", OPTIONS[1])
    assert told() == f"○ {answer} You guessed “a cat and a dog”. A surprise is where the learning starts.\n"


def test_reveal_escapes_what_it_shows(shown: list[Page]) -> None:
    keep("guesses", "00-apart", "<i>dog</i>")
    reveal("00-apart", OPTIONS[0])
    assert "<one>" not in shown[0].html and "<i>" not in shown[0].html


def test_an_answer_must_be_one_of_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    predict("00-apart", QUESTION, OPTIONS)
    with pytest.raises(ValueError, match="The answer to '00-apart' must be one of .* but 'a bird' was given"):
        reveal("00-apart", "a bird")


@pytest.mark.parametrize("options", [[], ["one"], ["same", "same"]])
def test_a_prediction_needs_options(options: list[str]) -> None:
    with pytest.raises(ValueError, match="needs two or more different options"):
        predict("00-apart", QUESTION, options)


def test_options_may_be_numbers_and_are_no_string(shown: list[Any]) -> None:
    predict("00-apart", QUESTION, [1, 2])  # type: ignore[list-item]
    reveal("00-apart", 1, 0.71)  # type: ignore[arg-type]
    assert "0.71" in shown[-1].text and shown[0].options == ("1", "2")
    with pytest.raises(ValueError, match="needs a list of options, but the one string 'yes'"):
        predict("00-apart", QUESTION, "yes")


def test_the_picture_shows_a_dollar_and_is_left_out_where_its_font_lacks_a_letter(shown: list[Any]) -> None:
    predict("00-apart", "Is $_$ more than $^2?", OPTIONS)
    predict("00-apart", "猫?", OPTIONS)
    assert "image/png" in shown[0]._repr_mimebundle_()[0]
    assert "image/png" not in shown[1]._repr_mimebundle_()[0]


def test_the_picture_does_not_depend_on_what_is_set_in_matplotlib(shown: list[Any]) -> None:
    predict("00-apart", QUESTION, OPTIONS)
    before = shown[0]._repr_mimebundle_()[0]["image/png"]
    with style.context("dark_background"), rc_context({"text.usetex": True, "savefig.dpi": 9, "font.style": "italic"}):
        assert shown[0]._repr_mimebundle_()[0]["image/png"] == before
