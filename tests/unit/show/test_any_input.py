"""Whatever is given to a figure is drawn, without a warning and described in words, or refused in a sentence."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import show
from course_lib.fit import History

from ..figures import noise, words_of

quick = settings(deadline=None, max_examples=12, derandomize=True)
NAMES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["costs $_$ & $", "a_b^c", "\\frac{", "two\nlines", "猫", "αβγ", "🐱🇩🇪", "שלום", "", "x" * 300, "\t\x00", "_a"]
    ),
    st.integers(-3, 3),
)
NUMBERS = st.one_of(
    st.floats(), st.integers(-(10**6), 10**6), st.booleans(), st.none(), st.floats(0, 1).map(np.float32),
    st.floats(0, 1).map(lambda x: torch.tensor(x, requires_grad=True)), st.just(torch.tensor(0.5).half()),
)  # fmt: skip


def drawn_or_said(call: Callable[[], show.Figure]) -> None:
    """A figure with a description that draws; or a sentence on one line."""
    try:
        figure = call()
    except ValueError as error:
        assert str(error) and "\n" not in str(error).replace("\\n", "")
        return
    assert figure.alt and figure.caption == "here"
    assert figure.png(quick=True)[1:4] == b"PNG"


@quick
@given(st.dictionaries(NAMES, st.one_of(NUMBERS, st.lists(NUMBERS, max_size=3)), max_size=4), st.booleans(), NAMES)
def test_bars(values, log, x):
    drawn_or_said(lambda: show.bars(values, x=str(x), log=log, levels={x: 1.0}, caption="here"))


@quick
@given(
    st.dictionaries(NAMES, st.lists(NUMBERS, max_size=5), max_size=3), st.booleans(), st.booleans(),
    st.sampled_from(["range", "deviation", "?"]), NAMES,
)  # fmt: skip
def test_curves(lines, logx, logy, band, y):
    drawn_or_said(lambda: show.curves(lines, y=str(y), band=band, logx=logx, logy=logy, caption="here"))


@quick
@given(st.lists(NAMES, max_size=4), st.lists(NUMBERS, min_size=16, max_size=16), st.booleans())
def test_confusion(names, counts, grouped):
    c = len(names)
    matrix = [counts[4 * i : 4 * i + c] for i in range(c)]
    drawn_or_said(lambda: show.confusion(matrix, names, names[::-1] if grouped else None, caption="here"))


@quick
@given(st.integers(0, 4), st.integers(1, 3), st.lists(NUMBERS, max_size=4), st.lists(NAMES, max_size=4))
def test_embedding(n, d, labels, names):
    drawn_or_said(lambda: show.embedding(noise(n, d), labels, names, caption="here"))


@quick
@given(
    st.sampled_from([(2, 3, 8, 8), (3, 8, 8), (8, 8, 3), (1, 1, 8, 8), (0, 3, 8, 8), (8,)]),
    st.sampled_from([torch.float32, torch.float64, torch.half, torch.bfloat16, torch.uint8, torch.bool, torch.int64]),
    st.one_of(st.none(), st.lists(st.one_of(NAMES, st.none()), min_size=1, max_size=2)),
    st.sampled_from([-1, 0, 1, 8]),
)
def test_pictures(shape, dtype, titles, columns):
    batch = (noise(*shape) * 1.5).clamp(0, 1).to(dtype)
    drawn_or_said(lambda: show.pictures(batch, titles, columns, caption="here"))
    drawn_or_said(lambda: show.pictures(list(batch.numpy() if dtype != torch.bfloat16 else batch), caption="here"))


@quick
@given(st.lists(st.lists(NUMBERS, min_size=4, max_size=4), max_size=2), st.lists(NAMES, max_size=2))
def test_boxes_and_heat(boxes, names):
    picture = noise(3, 8, 8)
    drawn_or_said(lambda: show.boxes(picture, boxes, names, caption="here"))
    drawn_or_said(lambda: show.overlay(picture, boxes, caption="here"))
    drawn_or_said(
        lambda: show.overlay(picture, torch.ones(2, 8, 8, dtype=torch.bool), names, titles=names, caption="here")
    )


@quick
@given(st.lists(NUMBERS, min_size=4, max_size=4), st.lists(NAMES, min_size=1, max_size=2))
def test_matches_and_attention(scores, texts):
    drawn_or_said(lambda: show.match_table(noise(2, 3, 8, 8), texts, [scores[:2], scores[2:]], caption="here"))
    drawn_or_said(lambda: show.attention_maps(noise(3, 8, 8), [[[scores[:2], scores[2:]]]], caption="here"))


@quick
@given(st.lists(st.one_of(st.floats(), st.none()), max_size=30), st.dictionaries(NAMES, st.floats(), max_size=3), NAMES)
def test_history(losses, measured, title):
    evals: Any = {name: [(0, value), (1, None)] for name, value in measured.items()}
    drawn_or_said(lambda: show.history(History(losses, {}, evals, 1, 1.0), str(title), caption="here"))


def words(figure: show.Figure) -> set[str]:
    return {text.get_text() for text in words_of(figure)}


def test_a_dollar_is_a_dollar_and_a_name_that_begins_with_a_line_is_shown():
    name = "costs $_$ & \\$"
    history = History([1.0], {}, {name: [(0, 1.0)], "_b": [(0, 1.0)]}, 1, 1.0)
    for figure in (
        show.bars({name: 1, "_b": 2}),
        show.curves({name: [1, 2], "_b": [1, 2]}),
        show.confusion(torch.eye(2), [name, "_b"]),
        show.embedding(noise(4, 2), [0, 0, 1, 1], [name, "_b"]),
        show.pictures(noise(2, 3, 8, 8), [name, "_b"], size=2.0),
        show.history(history),
    ):
        assert figure.png(quick=True)
        literal = [text for text in words_of(figure) if text.get_text() in (name, "_b")]
        assert {text.get_text() for text in literal} == {name, "_b"}
        assert not any(text.get_parse_math() for text in literal)


def test_a_long_name_is_cut_and_said_in_full():
    for figure in (
        show.bars({"x" * 300: 1}),
        show.curves({"x" * 300: [1, 2]}),
        show.confusion([[0, 1], [0, 1]], ["x" * 300, "b"]),
    ):
        assert "x" * 300 in figure.alt
        assert any(word.startswith("xxx") and word.endswith("…") for word in words(figure))


def test_a_gap_is_drawn_where_there_is_no_number_and_said():
    figure = show.bars({"a": float("nan"), "b": 2})
    assert figure.alt == "Bars of values: a no number; b 2." and "no number" in words(figure)
    figure = show.curves({"a": [1, None, 3, float("inf")]})
    assert figure.alt == "Curves of values by step: a from 1 to 3 (2 of 4 points missing)."
    assert np.isnan(np.asarray(figure.axes[0].lines[0].get_ydata())).tolist() == [False, True, False, True]
    assert "(1 of 3 points missing)" in show.curves({"a": [0, 1, 2]}, logy=True).alt
    history = show.history(History([3.0, float("nan"), 1.0] * 5, {}, {}, 1, 1.0))
    assert history.alt == "The loss over 15 steps, from 3 to 2, 5 of them without a number."


def test_a_label_below_0_has_no_name_and_one_too_high_is_refused():
    points = noise(3, 2)
    assert (
        show.embedding(points, [0, 1, -1], ["cat", "dog"]).alt == "Map of 3 embeddings of 3 classes: no name, cat, dog."
    )
    same = show.embedding(noise(4, 2), [0, 0, 1, 1], ["cat", "cat"])
    assert [text.get_text() for text in words_of(same)] == ["cat", "cat"]
    with pytest.raises(ValueError, match="labels below 2, for so many names, got 2"):
        show.embedding(points, [0, 1, 2], ["cat", "dog"])
    with pytest.raises(ValueError, match="labels beside names"):
        show.embedding(points, names=["cat"])


def test_without_a_mistake_none_is_said():
    assert show.confusion(torch.eye(2), ["a", "b"]).alt.endswith("100% right. None is taken for another.")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: show.bars([1, 2]), "a dict with a name for each bar, got a list"),  # type: ignore[arg-type]
        (lambda: show.bars({"a": 1}, highlight="b"), "the name of a bar to highlight, got 'b'"),
        (lambda: show.bars({"a": None}), "at least one bar of a number"),
        (lambda: show.bars({"a": 1}, levels={"b": float("nan")}), "one number as the level 'b', got nan"),
        (lambda: show.curves({"a": (1, 2, 3)}), "a pair .x, y., got a tuple of 3"),
        (lambda: show.curves({"a": [None]}), "at least one number that can be drawn, got none for 'a'"),
        (lambda: show.curves({"a": [1, 2]}, height=0.2), "a height from .* to 300 inches, got 0.2"),
        (lambda: show.confusion([[1, -1], [0, 1]], ["a", "b"]), "counts, 0 or more, got -1"),
        (lambda: show.embedding([[1, float("nan")]]), "points that are numbers, got 1 of 1"),
        (lambda: show.embedding(noise(2, 2), [0.5, 1]), "labels that are whole numbers"),
        (lambda: show.pictures(torch.zeros(1, 3, 8, 8, dtype=torch.uint8)), "got uint8: divide bytes by 255"),
        (lambda: show.pictures([noise(3, 8, 8), noise(3, 4, 4)]), "pictures of one size"),
        (lambda: show.pictures([]), "got an empty list"),
        (lambda: show.pictures("cat"), "a tensor or an array of numbers, got a str"),
        (lambda: show.pictures(noise(3, 3, 8, 8), "cat"), "got the one string 'cat'"),
        (lambda: show.pictures(noise(3, 3, 8, 8), columns=0), "at least 1 column, got 0"),
        (lambda: show.pictures(noise(3, 3, 8, 8), size=-1), "a size above 0 inches, got -1"),
        (lambda: show.boxes(noise(3, 8, 8), [[5, 5, 2, 2]]), "x0 up to x1 and y0 up to y1, got .5.0, 5.0, 2.0, 2.0."),
        (lambda: show.boxes(noise(2, 3, 8, 8), []), "one picture .3, H, W., got 2"),
        (lambda: show.overlay(noise(3, 8, 8), [[float("nan")]]), "a heat map of numbers, got nan"),
        (lambda: show.overlay(noise(3, 8, 8), torch.ones(1, 8, 8) > 0, ["a", "b"]), "each of the 1 masks, got 2"),
        (lambda: show.match_table(noise(1, 3, 8, 8), ["a"], [[float("nan")]]), "scores that are numbers"),
        (lambda: show.attention_maps(noise(3, 8, 16), torch.eye(5)[None, None]), "a picture of 2 × 2 patches"),
        (lambda: show.attention_maps(noise(3, 8, 8), -torch.eye(5)[None, None]), "attention as shares, 0 or more"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert "\n" not in str(error.value)


def test_pictures_come_in_many_kinds():
    batch = noise(2, 3, 8, 8)
    frozen = batch.numpy().copy()
    frozen.setflags(write=False)
    mirrored = batch.numpy()[..., ::-1]
    for kind in (
        batch.double(),
        batch.half(),
        batch.bfloat16(),
        frozen,
        mirrored,
        list(frozen),
        batch.requires_grad_(),
    ):
        assert show.pictures(kind, titles=[0, None]).alt == "2 pictures in 1 row: 0."


def test_an_eye_with_no_boxes_and_a_long_axis_are_no_trouble():
    assert show.boxes(noise(3, 8, 8), []).alt == "A picture with 0 boxes."
    assert show.curves({"a": ([0, 10**12], [1, 2])}).png(quick=True)
    assert show.bars({"a": 1e99}).alt == "Bars of values: a 1e+99."
    assert show.embedding(noise(1, 5)).png(quick=True)
