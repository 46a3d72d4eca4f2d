"""One scene, and every truth about it."""

import pytest

from course_lib import show, world
from course_lib.show.figure import deep

from ..figures import SCENE, words_of


def test_truths_of_a_scene_that_is_not_there():
    with pytest.raises(IndexError, match="from 0 to 0, got 3"):
        show.truths(world.compose(SCENE, size=16), 3)


def test_truths_show_what_is_known():
    batch = world.compose(SCENE, "meadow", size=96, seed=3)
    said = " ".join(t.get_text() for t in words_of(show.truths(batch)))
    for words in (*batch.questions[0], *batch.answers[0], "animal", "living", "cat", "car", *world.PARTS["cat"][:2]):
        assert words in said
    for word in batch.captions[0].rstrip(".!").split():
        assert word.rstrip(",") in said


def test_a_phrase_has_the_color_of_its_box():
    batch = world.compose(SCENE, "meadow", size=64, seed=3)
    figure = show.truths(batch)
    caption = {t.get_text(): t.get_color() for t in words_of(figure) if t.get_fontsize() in (14, 17)}
    for slot, span in enumerate(batch.spans[0]):
        if span is not None:
            noun = batch.captions[0][slice(*span)].split()[-1]
            assert caption[noun] == deep(show.PALETTE[slot])
