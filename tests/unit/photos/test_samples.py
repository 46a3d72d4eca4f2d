"""A few photographs are always at hand, each with a sentence."""

import pytest
import torch

from course_lib.photos.samples import SENTENCES, samples


def test_each_photograph_has_its_name_its_sentence_and_its_size():
    found = samples(24)
    assert found.names == tuple(SENTENCES) and len(found) == len(found.sentences) == 5
    assert found.pictures.shape == (5, 3, 24, 24) and found.pictures.dtype == torch.float32
    assert found.pictures.min() >= 0 and found.pictures.max() <= 1
    assert all(picture.std() > 0.05 for picture in found.pictures)  # there is something to see
    assert len({tuple(picture.flatten().tolist()) for picture in found.pictures}) == 5


def test_the_photographs_come_in_the_order_that_was_asked_for():
    some = samples(16, ("rocket", "cat"))
    assert some.names == ("rocket", "cat") and some.sentences == (SENTENCES["rocket"], SENTENCES["cat"])
    assert torch.equal(some.pictures[1], samples(16, ("cat",)).pictures[0])


@pytest.mark.parametrize(("names", "got"), [(("cat", "unicorn"), "unicorn"), ((), "none")])
def test_a_photograph_that_is_not_there_is_said(names, got):
    with pytest.raises(ValueError, match=f"expected names out of cat, coffee, .*, got '{got}'"):
        samples(16, names)


@pytest.mark.parametrize("size", [0, -1, 1.5, "32", None])
def test_a_size_that_is_none_is_said(size):
    with pytest.raises(ValueError, match="a whole number from 1 on, got"):
        samples(size, ("coffee",))
