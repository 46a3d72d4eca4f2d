"""Probes and neighbors agree with scikit-learn, and count what they say they count."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_lib import world
from course_lib.epochs import Epochs, balanced
from course_lib.evaluate import calibration, confusion, features, few_shot, knn, level_accuracy, linear_probe, neighbors
from course_lib.nn import ConvNet


@pytest.fixture(scope="module")
def clouds():
    """Five overlapping clouds of 12 numbers, labels 3 to 7, to train and to test on."""
    g = torch.Generator().manual_seed(0)
    middles = torch.randn(5, 12, generator=g)

    def some(n):
        y = torch.randint(5, (n,), generator=g)
        return middles[y] * 1.2 + 3 + torch.randn(n, 12, generator=g) * torch.linspace(0.3, 4, 12), y + 3

    return *some(400), *some(300)


@pytest.mark.parametrize("k", [1, 2, 5, 20])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_knn_is_scikit_learns(clouds, k, metric):
    x, y, queries, _ = clouds
    theirs = KNeighborsClassifier(k, metric=metric, algorithm="brute").fit(x.numpy(), y.numpy())
    assert (knn(x, y, queries, k, metric).numpy() == theirs.predict(queries.numpy())).all()
    order = theirs.kneighbors(queries.numpy(), return_distance=False)
    assert (neighbors(queries, x, k, metric).numpy() == order).mean() > 0.999


@pytest.mark.parametrize("strength", [0.01, 0.1, 1.0])
def test_the_probe_is_scikit_learns(clouds, strength):
    x, y, queries, truth = clouds
    mine = linear_probe(x, y, strength)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000, tol=1e-7))
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


def test_half_precision_around_them_changes_nothing(clouds):
    x, y, queries, _ = clouds
    with torch.autocast("cpu", torch.bfloat16):
        inside = neighbors(queries + 5, x + 5, 3), linear_probe(x, y).logits(queries)
    outside = neighbors(queries + 5, x + 5, 3), linear_probe(x, y).logits(queries)
    assert torch.equal(inside[0], outside[0]) and torch.allclose(*(pair[1] for pair in (inside, outside)))


def test_neighbors_far_from_the_origin(clouds):
    x, _, queries, _ = clouds
    near, far = (neighbors(queries + shift, x + shift, 1, "euclidean") for shift in (0, 1000))
    assert (near == far).float().mean() > 0.99


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


def test_balanced_gives_as_many_of_each():
    labels = torch.tensor([4, 9, 4, 9, 9, 4, 9])
    chosen = balanced(labels, 3, seed=2)
    assert labels[chosen].bincount().tolist()[4] == 3 == labels[chosen].bincount().tolist()[9]
    assert len(chosen.unique()) == 6 and not torch.equal(chosen, balanced(labels, 3, seed=3))
    with pytest.raises(ValueError, match="at least 4 of every class, got as few as 3"):
        balanced(labels, 4)


def test_confusion_is_scikit_learns():
    g = torch.Generator().manual_seed(1)
    a, b = torch.randint(6, (500,), generator=g), torch.randint(6, (500,), generator=g)
    assert (confusion(a, b, 6).numpy() == confusion_matrix(b.numpy(), a.numpy())).all()


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


def test_features_leave_the_encoder_as_it_was():
    net = ConvNet((8, 8))
    net.train()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    pictures = torch.rand(7, 3, 16, 16)
    x = features(net, pictures, batch_size=3)
    assert net.training and not x.requires_grad and torch.equal(x, features(net.eval(), pictures, 3))
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())


def test_epochs_show_everything_once_before_anything_twice():
    examples = world.draw(10, size=8, seed=1)
    batches = Epochs(examples, 5, seed=3)
    seen = [next(batches).scene.numbers for _ in range(6)]
    for first, second in (seen[:2], seen[2:4], seen[4:]):
        assert set(torch.cat([first, second]).tolist()) == set(examples.scene.numbers.tolist())
    assert len({tuple(s.tolist()) for s in seen}) > 4
    assert torch.equal(next(Epochs(examples, 5, seed=3).skip(4)).scene.numbers, seen[4])
    assert len(next(Epochs(examples, 50))) == 10


def test_bad_input_gets_one_clear_sentence(clouds):
    x, y, queries, _ = clouds
    for call, words in (
        (lambda: knn(x, y, queries, 401), "k from 1 to 400"),
        (lambda: knn(x, y, queries, metric="taxi"), "'cosine' or 'euclidean'"),
        (lambda: knn(x, y, queries[:, :3]), r"\(Q, D\) and \(N, D\)"),
        (lambda: linear_probe(x, y[:5]), r"features \(N, D\) and labels \(N,\)"),
        (lambda: linear_probe(x, y * 0), "at least two classes"),
        (lambda: linear_probe(x, y, strength=0), "strength above 0"),
        (lambda: Epochs(world.draw(1, size=8), 0), "some examples and a batch size"),
        (lambda: ConvNet()(torch.rand(3, 32, 32)), r"expected pictures \(B, 3, H, W\).*picture\[None\]"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
