"""A picture knows where it was clicked, and its lab draws anew."""

import ipywidgets as widgets

from course_lib import show


def test_a_lab_can_be_clicked():
    seen = []

    def draw(n, at):
        seen.append((n, at))
        return show.bars({"n": n, "x": at[0]})

    lab = show.lab(draw, {"n": widgets.IntSlider(3, 1, 9)}, click=(0.5, 0.25), step=(0.1, 0.2))
    canvas = lab.controls["at"]
    before = canvas.value
    canvas.at = (0.75, 0.25)
    lab.controls["n"].value = 4
    assert seen == [(3, (0.5, 0.25)), (3, (0.75, 0.25)), (4, (0.75, 0.25))]
    assert canvas.value != before and canvas.step == (0.1, 0.2) and canvas.width == 880
