"""The curve of a training: what it draws and what it says."""

import numpy as np

from course_lib import show
from course_lib.fit import History
from course_lib.show.training import _smooth, live


def test_a_history_says_what_happened():
    history = History([4.0, 2.0, 1.0], {}, {"right": [(0, 0.1), (3, 0.9)], "sure": [(0, 0.5), (3, 0.6)]}, 600, 2.0)
    figure = show.history(history)
    assert figure.alt == "The loss over 3 steps, from 4 to 1; right from 0.1 to 0.9; sure from 0.5 to 0.6."
    assert figure.caption == (
        "3 steps, 600 pictures in 2 seconds, 300 a second. Thin: each step; thick: the mean of those just before it."
    )
    loss, measured = figure.axes
    assert len(loss.lines) == 2 and len(measured.lines) == 2 and loss.get_xlim() == (0, 3)
    assert show.history(history, caption="a", alt="b").caption == "a"
    named = show.history(history, "CNN")
    assert named.alt.startswith("CNN: the loss over 3 steps") and named.axes[0].get_title("left") == "CNN: loss"


def test_a_training_that_goes_on_leaves_room_for_the_rest():
    figure = live(History([2.0] * 10), 100, " 10%|# | 10/100")
    assert figure.axes[0].get_xlim() == (0, 100) and figure.alt == " 10%|# | 10/100"
    assert len(live(History(), 100, "").axes) == 1  # before the first step


def test_the_running_mean():
    steps = [float(i) for i in range(1, 13)]
    assert _smooth(steps).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9.5, 10.5, 11.5]
    assert _smooth(steps, width=1).tolist() == steps
    falling = [0.9**i for i in range(200)]  # where a fall is steep the mean follows closely, and without a kink
    drawn = _smooth(falling)
    assert np.abs(drawn[:20] - falling[:20]).max() < 0.15 and (np.diff(drawn) < 0).all()
