"""A table of encoders and measures."""

import pytest

from course_lib import show


def test_a_table_tells_means_and_leaves_out_what_was_not_measured():
    assert show.measures({"a": [{"x": 0.5}, {"x": 0.3}], "b": [{"x": 0.25}]}).alt == "x: a 40, b 25."
    figure = show.measures({"a": [{"y": 1.0}], "b": [{"x": 0.2, "y": 0.5}]})
    assert figure.alt == "x: b 20; y: a 100, b 50." and figure.png()


@pytest.mark.parametrize("rows", [{}, {"a": []}, {"a": [{}]}])
def test_a_table_needs_something_that_was_measured(rows):
    with pytest.raises(ValueError, match="at least one run"):
        show.measures(rows)
