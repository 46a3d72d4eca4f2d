"""A history goes through a checkpoint as it is."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


WHOLE: dict[str, Any] = asdict(History([2.0], {"gradient": [0.5]}, {"right": [(0, 0.1)]}, 64, 2.0))
STRANGE = st.sampled_from(
    [None, True, 3, "abc", [], [1, 2], [None], {"a": 1}, {"a": ["b"]}, {"a": [[1]]}, float("inf")]
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(name=st.sampled_from([*WHOLE]), value=STRANGE)
def test_what_is_no_history_is_said(name, value):
    for kept in ({**WHOLE, name: value}, {key: part for key, part in WHOLE.items() if key != name}, value):
        try:
            history = History.from_dict(kept)
        except ValueError:
            continue
        assert all(len(values) == len(history) for values in history.metrics.values())
        assert kept is not value
