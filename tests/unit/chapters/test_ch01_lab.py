"""The lab of attention: a click finds its patch."""

import ipywidgets as widgets
import pytest
import torch

from course_lib.chapters.ch01_from_convolutions_to_transformers.lab import attention_lab

from ..figures import parts_of


@pytest.mark.slow
def test_a_click_in_the_attention_lab_finds_its_patch():
    pictures, attention = torch.rand(2, 3, 32, 32), torch.rand(2, 2, 2, 17, 17)
    lab = attention_lab(pictures, attention)
    said = [child for child in parts_of(lab) if isinstance(child, widgets.HTML)][-1]
    width, height = lab.figure.get_figwidth(), lab.figure.get_figheight()
    for row, column in ((0, 3), (1, 1), (2, 0), (3, 2)):  # each row and each column once
        lab.controls["at"].at = ((column + 0.5) * 3.9 / 4 / width, (0.32 + (row + 0.5) * 3.9 / 4) / height)
        assert f"row {row + 1}, column {column + 1}" in said.value
    lab.controls["looking"].value = "class"
    assert "the class token" in said.value
