"""Confusions, levels of the hierarchy and calibration, by scikit-learn and by hand."""

import pytest
import torch
from sklearn.metrics import confusion_matrix as sklearns_confusion_matrix

from course_lib import world
from course_lib.evaluate import (
    calibration,
    confusion_matrix,
    level_accuracy,
)


def test_confusion_is_scikit_learns():
    g = torch.Generator().manual_seed(1)
    a, b = torch.randint(6, (500,), generator=g), torch.randint(6, (500,), generator=g)
    assert (confusion_matrix(a, b, 6).numpy() == sklearns_confusion_matrix(b.numpy(), a.numpy())).all()


def test_levels_of_the_hierarchy():
    cat, dog, car = (torch.tensor([world.THINGS.index(name)]) for name in ("cat", "dog", "car"))
    assert level_accuracy(dog, cat, world.PATHS).tolist() == [0, 1, 1]
    assert level_accuracy(car, cat, world.PATHS).tolist() == [0, 0, 0]
    assert level_accuracy(cat, cat, world.PATHS).tolist() == [1, 1, 1]


def test_calibration_by_hand():
    sure = torch.tensor([[0.95, 0.05], [0.95, 0.05], [0.55, 0.45], [0.3, 0.7]])
    confidence, accuracy, share, error = calibration(sure, torch.tensor([0, 1, 0, 1]), bins=10)
    assert accuracy[9] == 0.5 and accuracy[5] == 1 and accuracy[6] == 1 and accuracy[0].isnan()
    assert confidence[9].item() == pytest.approx(0.95) and share.sum() == 1
    assert error == pytest.approx(0.5 * 0.45 + 0.25 * 0.45 + 0.25 * 0.3, abs=1e-6)
