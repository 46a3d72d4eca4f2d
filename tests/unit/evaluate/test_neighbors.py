"""Nearest neighbors are scikit-learn's."""

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from course_lib.evaluate import (
    knn,
    neighbors,
)


@pytest.mark.parametrize("k", [1, 2, 5, 20])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_knn_is_scikit_learns(clouds, k, metric):
    x, y, queries, _ = clouds
    theirs = KNeighborsClassifier(k, metric=metric, algorithm="brute").fit(x.numpy(), y.numpy())
    assert (knn(x, y, queries, k, metric).numpy() == theirs.predict(queries.numpy())).all()
    order = theirs.kneighbors(queries.numpy(), return_distance=False)
    assert (neighbors(queries, x, k, metric).numpy() == order).mean() > 0.999


def test_neighbors_far_from_the_origin(clouds):
    x, _, queries, _ = clouds
    near, far = (neighbors(queries + shift, x + shift, 1, "euclidean") for shift in (0, 1000))
    assert (near == far).float().mean() > 0.99


def test_half_precision_around_neighbors_changes_nothing(clouds):
    x, _, queries, _ = clouds
    with torch.autocast("cpu", torch.bfloat16):
        inside = neighbors(queries + 5, x + 5, 3)
    assert torch.equal(inside, neighbors(queries + 5, x + 5, 3))


def test_bad_input_gets_one_clear_sentence(clouds):
    x, y, queries, _ = clouds
    for call, words in (
        (lambda: knn(x, y, queries, 401), "k from 1 to 400"),
        (lambda: knn(x, y, queries, metric="taxi"), "'cosine' or 'euclidean'"),
        (lambda: knn(x, y, queries[:, :3]), r"\(Q, D\) and \(N, D\)"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
