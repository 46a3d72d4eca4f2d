"""Maps of attention say who looks, and mark the patch."""

import numpy as np
import pytest
import torch

from course_lib import show


def test_attention_maps_say_who_looks_and_mark_the_patch():
    attention = torch.eye(17).expand(2, 3, 17, 17)  # every token looks at itself
    figure = show.attention_maps(torch.rand(3, 32, 32), attention, (1, 2))
    assert figure.alt == "Where 3 heads in each of 2 blocks look from the patch in row 2, column 3."
    marked, *maps = figure.axes[0].images
    assert len(maps) == 6 and len(figure.axes[0].patches) == 2
    heat = np.asarray(maps[0].get_array())[..., 0]
    assert heat[8:16, 16:24].min() > heat[:8].max()  # bright where it stands, dark elsewhere
    assert "the class token" in show.attention_maps(torch.rand(3, 32, 32), attention).alt
    with pytest.raises(ValueError, match="a row and a column from 0 to 3, got .4, 0."):
        show.attention_maps(torch.rand(3, 32, 32), attention, (4, 0))
    with pytest.raises(ValueError, match="expected attention .blocks, heads, N, N. of one picture"):
        show.attention_maps(torch.rand(3, 32, 32), attention[0])
