"""The linear probe is scikit-learn's logistic regression."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_lib.evaluate import (
    few_shot,
    linear_probe,
)


@pytest.mark.parametrize("C", [0.01, 0.1, 1.0])
def test_the_probe_is_scikit_learns(clouds, C):
    x, y, queries, truth = clouds
    mine = linear_probe(x, y, C)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000, tol=1e-7))
    theirs.fit(x.double().numpy(), y.numpy())
    p = torch.from_numpy(theirs.predict_proba(queries.double().numpy()))
    assert (mine.logits(queries).softmax(1) - p).abs().max() < 2e-3
    assert (mine(queries).numpy() == theirs.predict(queries.numpy())).mean() > 0.995
    assert (mine(queries) == truth).float().mean() > 0.5


def test_the_probe_of_two_classes_is_scikit_learns(clouds):
    x, y, queries, _ = clouds
    two = y < 5
    mine = linear_probe(x, two.long(), 0.1)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, tol=1e-7))
    theirs.fit(x.double().numpy(), two.numpy())
    p = torch.from_numpy(theirs.predict_proba(queries.double().numpy()))
    assert (mine.logits(queries).softmax(1) - p).abs().max() < 2e-3


def test_half_precision_around_a_probe_changes_nothing(clouds):
    x, y, queries, _ = clouds
    with torch.autocast("cpu", torch.bfloat16):
        inside = linear_probe(x, y).logits(queries)
    assert torch.allclose(inside, linear_probe(x, y).logits(queries))


def test_the_probe_takes_its_mean_from_its_own_examples_alone(clouds):
    x, y, queries, _ = clouds
    probe = linear_probe(x, y)
    alone = torch.cat([probe(query[None]) for query in queries])
    assert torch.equal(alone, probe(queries)) and torch.allclose(probe.mean, x.mean(0))


def test_a_feature_that_never_changes_does_no_harm(clouds):
    x, y, queries, _ = clouds
    still = torch.cat([x, torch.full((len(x), 1), 7.0)], 1)
    probe = linear_probe(still, y)
    assert probe.weight.isfinite().all()
    assert torch.equal(probe(torch.cat([queries, torch.full((300, 1), 7.0)], 1)), linear_probe(x, y)(queries))


def test_few_shot_gets_better_with_more_labels(clouds):
    x, y, queries, truth = clouds
    few, more = (few_shot(x, y, queries, truth, each, range(4)) for each in (1, 40))
    assert few.shape == (4,) and len(few.unique()) > 1 and more.mean() > few.mean() + 0.1


def test_bad_input_gets_one_clear_sentence(clouds):
    x, y, _, _ = clouds
    for call, words in (
        (lambda: linear_probe(x, y[:5]), r"features \(N, D\) and labels \(N,\)"),
        (lambda: linear_probe(x, y * 0), "at least two classes"),
        (lambda: linear_probe(x, y, C=0), "C above 0"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
