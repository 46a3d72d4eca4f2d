"""A history goes through a checkpoint as it is."""

import json
from dataclasses import asdict

import pytest

from course_lib.train.history import Diverged, History


def test_a_history_comes_back_from_json_as_it_was():
    history = History([2.0, 1.0], {"gradient": [0.5, 0.25]}, {"right": [(0, 0.1), (2, 0.9)]}, 64, 2.0)
    kept = json.loads(json.dumps(asdict(history)))
    assert History.from_dict(kept) == history and len(history) == 2 and history.speed == 32


def test_a_training_that_went_wrong_brings_what_came_before():
    before = History([3.0])
    with pytest.raises(RuntimeError, match="no number") as caught:
        raise Diverged("no number", before)
    assert isinstance(caught.value, Diverged) and caught.value.history is before


def test_a_history_without_time_has_a_speed():
    assert History(pictures=0).speed == 0 and History(pictures=1).speed > 0
