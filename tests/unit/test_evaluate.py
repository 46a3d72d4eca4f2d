"""Probes and neighbors agree with scikit-learn, and count what they say they count."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix as sklearns_confusion_matrix
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_lib import world
from course_lib.epochs import Epochs, balanced
from course_lib.evaluate import (
    attention_distance,
    attention_on,
    calibration,
    confusion_matrix,
    cost,
    features,
    few_shot,
    knn,
    level_accuracy,
    linear_probe,
    neighbors,
    prompt_classes,
    ranks,
    retrieval,
    rollout,
    zero_shot,
)
from course_lib.nn import ConvNet, ViT


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
        (lambda: linear_probe(x, y, C=0), "C above 0"),
        (lambda: Epochs(world.draw(1, size=8), 0), "some examples and a batch size"),
        (lambda: ConvNet()(torch.rand(3, 32, 32)), r"expected pictures \(B, 3, H, W\).*picture\[None\]"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


# --- Attention


def test_rollout_as_a_loop():
    attention = torch.rand(3, 2, 4, 5, 5, generator=torch.Generator().manual_seed(0)).softmax(-1)
    for b in range(2):
        through = torch.eye(5)
        for block in range(3):
            through = (0.5 * attention[block, b].mean(0) + 0.5 * torch.eye(5)) @ through
        assert torch.allclose(rollout(attention)[b], through, atol=1e-6)
    with pytest.raises(ValueError, match="expected attention .blocks, B, heads, N, N., got"):
        rollout(attention[0])


def test_distance_counts_patches():
    to_the_right = torch.eye(6).roll(1, 1)  # 2 rows of 3: the last patch of a row looks at the next row's first
    far = attention_distance(to_the_right.expand(1, 1, 1, 6, 6), columns=3)
    steps = [1, 1, 5**0.5, 1, 1, 5**0.5]
    assert far.item() == pytest.approx(sum(steps) / 6)
    with_class = torch.zeros(1, 1, 1, 7, 7)
    with_class[..., 1:, 1:], with_class[..., 0] = 0.5 * to_the_right, 0.5
    assert attention_distance(with_class, columns=3, num_prefix_tokens=1).item() == pytest.approx(sum(steps) / 6)


def test_attention_spread_evenly_falls_on_a_thing_as_often_as_it_is_there():
    masks = world.draw(5, size=32, mode="portrait").masks[:, 0]
    on, area = attention_on(torch.ones(3, 5, 4, 4), masks)
    assert on.shape == area.shape == (3, 5) and torch.allclose(on, area)
    assert torch.allclose(area[0], masks.float().mean((1, 2)))
    with pytest.raises(ValueError, match="that divide into 3 by 3 patches"):
        attention_on(torch.ones(5, 3, 3), masks)


# --- What it costs


def test_cost_is_what_a_pencil_says():
    n, d = 16, 32
    network = ViT(d, 3, 4, size=32, patch=8, pool="mean", seed=0).train()
    found = cost(network, torch.rand(2, 3, 32, 32))
    assert found.parameters == sum(p.numel() for p in network.parameters())
    assert found.flops == 2 * (3 * (24 * n * d * d + 4 * n * n * d) + 2 * n * 192 * d)
    assert network.training and cost(network, torch.rand(4, 3, 32, 32)).remembered > 1.9 * found.remembered
    line = torch.nn.Linear(10, 4, bias=False)
    assert cost(line, torch.rand(8, 10)).remembered == 8 * 10 * 4  # the input, for the weights' gradient


# --- Pictures and texts


def test_ranks_and_recall():
    similarity = torch.tensor([[0.9, 0.1, 0.0], [0.8, 0.5, 0.6], [0.2, 0.3, 0.3]])
    assert ranks(similarity).tolist() == [1, 3, 2]  # equal scores count against the right answer
    found = retrieval(similarity, at=(1, 2))
    assert found == {"recall@1": pytest.approx(1 / 3), "recall@2": pytest.approx(2 / 3), "median rank": 2.0}
    with pytest.raises(ValueError, match="expected similarities .N, N., got .2, 3."):
        ranks(similarity[:2])


def test_prompts_are_averaged_as_directions():
    said = {"a cat": [1.0, 0.0], "the cat": [0.0, 1.0], "a dog": [-1.0, 0.0], "the dog": [-1.0, 0.0]}
    text = lambda texts: torch.tensor([said[text] for text in texts])  # noqa: E731
    classes = prompt_classes(text, ["cat", "dog"], ["a {}", "the {}"])
    assert torch.allclose(classes, torch.tensor([[0.5**0.5, 0.5**0.5], [-1.0, 0.0]]))
    assert zero_shot(torch.tensor([[5.0, 1.0], [-0.1, 0.0]]), classes).tolist() == [0, 1]
    with pytest.raises(ValueError, match="prompts with {} for the name"):
        prompt_classes(lambda texts: torch.eye(2), ["cat"], ["a picture"])
