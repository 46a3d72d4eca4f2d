"""The labs and figures of chapter 06: masks that follow clicks, what a painting depends on, codes that are swapped."""

from typing import Any

import pytest
import torch
from ipywidgets import VBox

from course_lib.chapters.ch06_fill_in_what_is_missing.lab import (
    HEAD,
    PANEL,
    WIDTH,
    code_lab,
    covered,
    hog_pictures,
    mae_diagram,
    mask_lab,
    painted_by_mask,
    start_mask,
    table_figure,
    tokens_diagram,
    wall,
    what_matters,
    with_one_code,
)
from course_lib.nn import ViT
from course_lib.pretrain import MAE, Tokenizer, hog
from course_lib.show.labs import Lab

PICTURES = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))
TALL = HEAD + PANEL + 0.04


@pytest.fixture(scope="module")
def mae() -> MAE:
    return MAE(ViT(16, 1, 2, size=16, patch=4, pool="mean", pos_embed="sincos")).eval()


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(codes=16).eval()


def said(lab: Lab) -> Any:
    """What a lab says to those who listen: its last part."""
    assert isinstance(lab.view, VBox)
    return lab.view.children[-1]


def at(row: int, column: int) -> tuple[float, float]:
    """Where the figure is clicked to hit a patch of the left picture, of four along a side."""
    return (column + 0.5) / 4 * PANEL / WIDTH, (HEAD + (row + 0.5) / 4 * PANEL) / TALL


def test_covered_patches_are_gray_and_the_others_as_they_were():
    mask = torch.zeros(3, 16, dtype=torch.bool)
    mask[:, 5] = True
    shown = covered(PICTURES, mask, 4)
    assert (shown[:, :, 4:8, 4:8] == 0.82).all()
    shown[:, :, 4:8, 4:8] = PICTURES[:, :, 4:8, 4:8]
    assert torch.equal(shown, PICTURES)


@pytest.mark.parametrize(("start", "count"), [("random", 12), ("blocks", 12), ("grid", 12), ("nothing", 0)])
def test_a_lab_begins_with_as_many_covered_as_it_says(start, count):
    assert start_mask(start, 4).sum() == count


def test_a_click_covers_and_another_uncovers(mae):
    lab = mask_lab(mae, PICTURES)
    lab.controls["start"].value = "nothing"
    words = said(lab)
    assert "0 of 16" in words.value
    lab.controls["at"].at = at(1, 2)
    assert "1 of 16" in words.value
    lab.controls["at"].at = at(3, 3)
    assert "2 of 16" in words.value
    lab.controls["at"].at = at(1, 2)
    assert "1 of 16" in words.value
    lab.controls["at"].at = (0.9, 0.5)  # outside the picture: nothing happens
    assert "1 of 16" in words.value
    lab.controls["picture"].value = 2  # another picture begins anew
    assert "0 of 16" in words.value


def test_the_last_visible_patch_stays(mae):
    lab = mask_lab(mae, PICTURES)
    lab.controls["start"].value = "nothing"
    for i in [*range(1, 16), 0]:  # where a lab begins counts as clicked already
        lab.controls["at"].at = at(i // 4, i % 4)
    assert "15 of 16" in said(lab).value


def test_what_matters_is_what_changes_when_a_patch_is_covered(mae):
    mask = torch.zeros(16, dtype=torch.bool)
    mask[[3, 7, 9]] = True
    found = what_matters(mae, PICTURES[0], mask)
    assert (found[mask] == 0).all() and (found[~mask] > 0).all()
    without = mask.clone()
    without[5] = True
    before, after = (mae.reconstruct(PICTURES[:1], m[None], paste=False) for m in (mask, without))
    change = (before - after).abs().unfold(2, 4, 4).unfold(3, 4, 4).mean((1, 4, 5)).flatten()
    torch.testing.assert_close(found[5], change[mask].mean())


def test_a_figure_says_what_it_shows(mae, tokenizer):
    mask = start_mask("random", 4)
    figure = painted_by_mask(mae, PICTURES[0], mask, caption="Look.")
    assert figure.caption == "Look." and "12 of 16 patches covered" in figure.alt and "dB" in figure.alt
    assert "64" not in mae_diagram(PICTURES[0], PICTURES[1], mask, 4).alt
    assert "4 by 4 tokens" in tokens_diagram(PICTURES[0], tokenizer.encode(PICTURES[:1])[0], PICTURES[0]).alt
    assert hog_pictures(PICTURES, hog(PICTURES, 4)).alt.startswith("3 pictures")
    assert table_figure({"a": [{"x": 0.5}], "b": [{"x": 0.25}]}).alt == "x: a 50, b 25."
    assert table_figure({"a": [{"y": 1.0}], "b": [{"x": 0.2, "y": 0.5}]}).alt == "x: b 20; y: a 100, b 50."


def test_a_swapped_code_is_told_and_drawn(tokenizer):
    was = int(tokenizer.encode(PICTURES[:1])[0, 2, 1])
    figure = with_one_code(tokenizer, PICTURES[0], (2, 1), (was + 1) % 16)
    assert f"row 3, column 2, code {was}, is swapped" in figure.alt
    lab = code_lab(tokenizer, PICTURES)
    before = said(lab).value
    lab.controls["code"].value = 3
    lab.controls["at"].at = at(0, 0)
    assert said(lab).value != before and "row 1, column 1" in said(lab).value


def test_the_wall_has_a_tile_for_each_code(tokenizer):
    tiles = wall(tokenizer)
    assert tiles.shape == (16, 3, 4, 4) and torch.equal(wall(tokenizer, [3, 1]), tiles[[3, 1]])
