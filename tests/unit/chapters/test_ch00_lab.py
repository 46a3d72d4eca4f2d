"""The explorer of scenes: what was asked for is drawn and said."""

import pytest

from course_lib import show
from course_lib.chapters.ch00_a_map_of_seeing.lab import explore, scene_explorer

from ..figures import parts_of


@pytest.mark.slow
def test_views_differ_and_follow_the_seed():
    drawn = {view: explore(["cat"], ["red"], ["plain"], view=view, size=64).png(quick=True) for view in show.VIEWS}
    assert len(set(drawn.values())) == len(show.VIEWS)
    assert explore(["cat"], size=64).png() == explore(["cat"], size=64).png()
    assert explore(["cat"], seed=1, size=64).png() != explore(["cat"], seed=2, size=64).png()


def test_an_explored_scene_is_what_was_asked_for():
    alt = explore(["car", "cat"], ["red", "blue"], ["dotted", "plain"], "snow", "masks", size=32).alt
    assert alt.startswith("The masks of a scene: car, cat. 2 masks of 1,024 yes or no: 2,048 bits.")
    assert "What is the nearest thing? car." in alt
    assert "Where is this? snow." in alt


@pytest.mark.slow
def test_every_control_of_the_explorer_draws_anew():
    lab = scene_explorer("The lab.")
    picture = parts_of(lab)[2]
    moves = {"view": "parts", "color_1": "pink", "thing_2": "nothing", "seed": 5, "size": 32}
    for control, value in moves.items():
        before = picture.value
        lab.controls[control].value = value
        assert picture.value != before, control
    assert lab.figure.caption == "The lab."


def test_the_explorer_asks_for_at_least_one_thing():
    lab = scene_explorer()
    for i in (1, 2):
        lab.controls[f"thing_{i}"].value = "nothing"
    assert "choose at least one thing" in parts_of(lab)[-1].value


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: explore(["unicorn"]), "unicorn"),
        (lambda: explore(["cat", "cat"]), "different kinds"),
        (lambda: explore(["cat"], [], ["striped"]), "1 patterns, 0 colors"),
        (lambda: explore(["cat"], view="x-ray"), "expected a view out of picture, boxes"),
    ],
)
def test_a_scene_that_cannot_be_drawn_is_said_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words) as error:
        call()
    assert "\n" not in str(error.value)
