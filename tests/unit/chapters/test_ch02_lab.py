"""The lab on labels: every setting is there, and shows what was measured."""

import time

import numpy as np
import pytest

from course_lib import weights
from course_lib.chapters.ch02_learning_from_labels.lab import label_lab, trained_on_labels


@pytest.mark.slow
def test_every_setting_of_the_lab_is_there():
    lab = label_lab()
    dials = [[value for _, value in control.options] for control in lab.controls.values()]
    seen = set()
    for each in dials[0]:
        for noise in dials[1]:
            for smoothing in dials[2]:
                seen.add(trained_on_labels(each, noise, smoothing).alt)
    assert len(seen) == 48


def test_one_setting_is_drawn_in_no_time():
    begun = time.process_time()  # not the clock on the wall: others may be at work here too
    trained_on_labels(16, 0.2).png(quick=True)
    assert time.process_time() - begun < 5  # by hand: 0.2 s


def test_a_setting_that_was_not_measured_is_said():
    with pytest.raises(ValueError, match="got 5, 0.2, 0"):
        trained_on_labels(5, 0.2)


def test_the_lab_shows_what_was_measured():
    runs = weights.load_json("labels-lab")["runs"]
    end = {key: run["accuracy"][-1] for key, run in runs.items()}
    assert end["128/0.0/0.0"] > 0.9 > end["128/0.4/0.0"] > end["128/0.6/0.0"] > end["4/0.6/0.0"]
    for run in runs.values():
        families = np.asarray(run["families"])
        assert families.shape == (10, 10) and families.sum() == 2000
        assert sum(run["share"]) == pytest.approx(1, abs=1e-3)
