"""The lab of views: what it draws, what it says, and that every control does something."""

import pytest
import torch

from course_lib import show, world
from course_lib.chapters.ch04_pulling_together_pushing_apart.lab import view_lab, views_and_matches
from course_lib.pretrain import nt_xent
from course_lib.views import Views

from ..figures import on_the_page, parts_of, words_of

UNCHANGED = Views(scale=(1, 1), ratio=(1, 1), flip=0, jitter=0, gray=0, blur=0)


def colors(pictures: torch.Tensor) -> torch.Tensor:
    """The simplest embedding there is: the mean color."""
    return pictures.mean((2, 3)) - 0.5


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    return world.draw(4, size=16, mode="portrait", seed=3).pictures


def test_views_without_change_find_each_other(pictures):
    figure = views_and_matches(colors, pictures, UNCHANGED, temperature=0.01)
    assert figure.alt.startswith("Four pictures with two views of each. 8 of 8 views are nearest to their partner;")
    assert "at temperature 0.01." in figure.alt


def test_the_loss_it_says_is_that_of_the_method(pictures):
    z = colors(pictures)
    figure = views_and_matches(colors, pictures, UNCHANGED, temperature=0.5)
    assert f"a loss of {nt_xent(z, z, 0.5):.2f} at temperature 0.5." in figure.alt


def test_cosines_instead_of_shares(pictures):
    shares, cosines = (views_and_matches(colors, pictures, UNCHANGED, t) for t in (0.2, None))
    assert "temperature" not in cosines.alt and "temperature 0.2" in shares.alt
    said = [text.get_text() for text in words_of(cosines)]
    assert any(word.startswith("cosines: a row") for word in said) and "1.0" in said  # a view and its partner
    assert any(text.get_text().startswith("shares at temperature 0.2") for text in words_of(shares))


def test_the_seed_settles_the_views(pictures):
    one, again, other = (views_and_matches(colors, pictures, Views(), seed=seed).png() for seed in (1, 1, 2))
    assert one == again != other


def test_no_view_asks_itself(pictures):
    asked = []

    def project(seen: torch.Tensor) -> torch.Tensor:
        asked.append((seen.shape, torch.is_grad_enabled()))
        return torch.ones(len(seen), 3)

    figure = views_and_matches(project, pictures, Views(size=8), temperature=1.0)
    assert asked == [((8, 3, 8, 8), False)]
    assert "gives its partner 14 % of its share, a loss of 1.95" in figure.alt  # a seventh: ln 7


@pytest.mark.parametrize("n", [1, 9])
def test_there_are_two_to_eight_pictures(n):
    with pytest.raises(ValueError, match=f"two to eight pictures, got {n}"):
        views_and_matches(colors, torch.rand(n, 3, 8, 8), Views())
    with pytest.raises(ValueError, match=f"two to eight pictures, got {n}"):
        view_lab(colors, torch.rand(n, 3, 8, 8))


def test_eight_pictures_stay_on_the_page():
    figure = views_and_matches(colors, torch.rand(8, 3, 16, 16), Views())
    assert figure.get_figwidth() == show.WIDTH
    for text in words_of(figure):
        assert on_the_page(text.get_window_extent(), figure)


@pytest.mark.slow
def test_every_control_of_the_view_lab_draws_anew():
    pictures = world.draw(4, size=24, mode="portrait", seed=3).pictures
    lab = view_lab(colors, pictures, "The lab.")
    canvas, words = parts_of(lab)[-2:]
    assert canvas.value == lab.figure.png(quick=True) and lab.figure.caption == "The lab."
    moves = {"crop": 0.9, "color": 0.2, "gray": 1.0, "flip": False, "seed": 4, "temperature": 0.05}
    assert set(moves) == set(lab.controls)
    for name, value in moves.items():
        before = canvas.value
        lab.controls[name].value = value
        assert canvas.value != before, name
        assert "Four pictures with two views of each." in words.value, name
    assert "temperature 0.05" in words.value
    lab.controls["temperature"].value = None
    assert "temperature" not in words.value


@pytest.mark.slow
def test_the_view_lab_can_leave_views_as_they_are(pictures):
    lab = view_lab(colors, pictures)
    for name, value in {"crop": 1.0, "color": 0.0, "gray": 0.0, "flip": False}.items():
        lab.controls[name].value = value
    gentle = Views(scale=(1, 1), flip=0, jitter=0.8, brightness=0, contrast=0, saturation=0, hue=0, gray=0, blur=0)
    assert parts_of(lab)[-2].value == views_and_matches(colors, pictures, gentle).png(quick=True)
