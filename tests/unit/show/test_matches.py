"""A table of pictures, texts and how well they match."""

import pytest
import torch

from course_lib import show

from ..figures import plain_pictures


def test_a_table_of_matches_needs_as_many_of_each():
    with pytest.raises(ValueError, match="expected N pictures, N texts"):
        show.match_table(plain_pictures(), ["one"], torch.eye(12))


def test_a_table_of_matches_prints_its_scores_as_they_are():
    scores = torch.tensor([[1.0, -0.384, -0.001], [0.0, 0.5, 0.1], [10.5, 0.2, 0.3]])
    figure = show.match_table(plain_pictures()[:3], ["a $5 cat", "$_$ and", "c"], scores)
    printed = [text.get_text() for text in figure.axes[0].texts]
    assert {"1.00", "-.38", ".00", "10.50", "a $5 cat", "$_$ and"} <= set(printed) and "-.00" not in printed
    assert figure.alt.endswith("2 of 3 pictures fit their own text best.")
    assert figure.png()
