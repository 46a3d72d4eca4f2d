"""Methods that learn from pictures alone: losses as loops, what follows what, and what is remembered."""

from itertools import pairwise
from math import exp, log, sqrt

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import world
from course_lib.epochs import Epochs
from course_lib.fit import fit
from course_lib.nn import ConvNet, MomentumEncoder, ViT, cosine_schedule, mlp, update_momentum
from course_lib.pretrain import (
    BYOL,
    DINO,
    BarlowTwins,
    MoCo,
    MoCoV3,
    SimCLR,
    SimSiam,
    SupCon,
    VICReg,
    barlow_twins_loss,
    byol_loss,
    cross_correlation,
    dino_loss,
    feature_std,
    moco_loss,
    moco_v3_loss,
    negative_cosine,
    nt_xent,
    supcon_loss,
    vicreg_loss,
)
from course_lib.views import Views

SMALL = {"dim": 16, "hidden": 32}
METHODS = {
    "SimCLR": lambda: SimCLR(ConvNet((8, 16)), **SMALL),
    "SupCon": lambda: SupCon(ConvNet((8, 16)), **SMALL),
    "MoCo": lambda: MoCo(ConvNet((8, 16)), queue=64, **SMALL),
    "MoCo v3": lambda: MoCoV3(ConvNet((8, 16)), **SMALL),
    "BYOL": lambda: BYOL(ConvNet((8, 16)), **SMALL),
    "SimSiam": lambda: SimSiam(ConvNet((8, 16)), bottleneck=8, **SMALL),
    "Barlow Twins": lambda: BarlowTwins(ConvNet((8, 16)), **SMALL),
    "VICReg": lambda: VICReg(ConvNet((8, 16)), **SMALL),
    "DINO": lambda: DINO(ViT(32, 1, 2, size=16, patch=8), 32, 32, 8, local_crops=Views(size=8, scale=(0.1, 0.4))),
}


@pytest.fixture
def views():
    g = torch.Generator().manual_seed(0)
    return [torch.randn(6, 5, generator=g).requires_grad_() for _ in range(2)]


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def test_nt_xent_as_a_loop(views):
    z = [row for view in views for row in view.tolist()]
    total = 0.0
    for i in range(12):
        others = sum(exp(cosine(z[i], z[j]) / 0.3) for j in range(12) if j != i)
        total += log(others) - cosine(z[i], z[(i + 6) % 12]) / 0.3
    assert nt_xent(*views, 0.3).item() == pytest.approx(total / 12, rel=1e-6)


def test_supcon_as_a_loop_and_with_labels_that_all_differ(views):
    z = [row for view in views for row in view.tolist()]
    labels = [2, -1, 2, 7, -1, 2] * 2
    total = 0.0
    for i in range(12):
        others = sum(exp(cosine(z[i], z[j]) / 0.3) for j in range(12) if j != i)
        partners = [j for j in range(12) if j != i and (j % 6 == i % 6 or labels[i] == labels[j] >= 0)]
        total += sum(log(others) - cosine(z[i], z[j]) / 0.3 for j in partners) / len(partners)
    assert supcon_loss(*views, torch.tensor(labels[:6]), 0.3).item() == pytest.approx(total / 12, rel=1e-6)
    for labels in (torch.arange(6), torch.full((6,), -1)):
        alone, pairs = supcon_loss(*views, labels, 0.3), nt_xent(*views, 0.3)
        assert alone.item() == pytest.approx(pairs.item(), rel=1e-6)


def test_moco_as_a_loop(views):
    query, key = (view.tolist() for view in views)
    queue = F.normalize(torch.randn(9, 5, generator=torch.Generator().manual_seed(1)), dim=1)
    total = third = 0.0
    for i in range(6):
        own = exp(cosine(query[i], key[i]) / 0.3)
        total -= log(own / (own + sum(exp(cosine(query[i], other) / 0.3) for other in queue.tolist())))
        third -= log(own / sum(exp(cosine(query[i], other) / 0.3) for other in key))
    assert moco_loss(*views, queue, 0.3).item() == pytest.approx(total / 6, rel=1e-6)
    assert moco_v3_loss(*views, 0.3).item() == pytest.approx(2 * 0.3 * third / 6, rel=1e-6)


def test_barlow_twins_and_vicreg_as_loops(views):
    a, b = (view.tolist() for view in views)
    column = [[row[d] for row in view] for view in (a, b) for d in range(5)]
    middle = [sum(c) / 6 for c in column]
    around = [[x - m for x in c] for c, m in zip(column, middle, strict=True)]
    square = [sum(x * x for x in c) for c in around]
    product = [[sum(x * y for x, y in zip(c, d, strict=True)) for d in around] for c in around]
    total = 0.0
    for i in range(5):
        for j in range(5):
            c = product[i][5 + j] / sqrt((square[i] + 6e-5) * (square[5 + j] + 6e-5))
            assert cross_correlation(*views)[i, j].item() == pytest.approx(c, abs=1e-5)
            total += (c - 1) ** 2 if i == j else 0.01 * c * c
    assert barlow_twins_loss(*views, 0.01).item() == pytest.approx(total, rel=1e-5)

    near = sum((x - y) ** 2 for r, s in zip(a, b, strict=True) for x, y in zip(r, s, strict=True)) / 30
    spread = [sum(max(0.0, 1 - sqrt(square[k + d] / 5 + 1e-4)) for d in range(5)) / 5 for k in (0, 5)]
    along = [sum((product[k + i][k + j] / 5) ** 2 for i in range(5) for j in range(5) if i != j) / 5 for k in (0, 5)]
    assert vicreg_loss(*views, 2.0, 3.0, 4.0).item() == pytest.approx(
        2 * near + 3 * sum(spread) / 2 + 4 * sum(along), rel=1e-5
    )


def test_dino_as_a_loop_over_pairs_of_different_views():
    g = torch.Generator().manual_seed(2)
    student, teacher, center = torch.randn(4, 3, 6, generator=g), torch.randn(2, 3, 6, generator=g), torch.randn(6)
    total, pairs = 0.0, 0
    for t in range(2):
        for s in range(4):
            if s == t:
                continue
            told = ((teacher[t] - center) / 0.05).softmax(1)
            total += -(told * (student[s] / 0.1).log_softmax(1)).sum(1).mean().item()
            pairs += 1
    assert pairs == 6 and dino_loss(student, teacher, center, 0.1, 0.05).item() == pytest.approx(total / 6, rel=1e-5)


def test_targets_stand_still(views):
    prediction, target = views
    for loss in (byol_loss(prediction, target), negative_cosine(prediction, target), moco_v3_loss(prediction, target)):
        assert torch.autograd.grad(loss, [target], allow_unused=True, retain_graph=True)[0] is None
        assert torch.autograd.grad(loss, [prediction])[0].abs().max() > 0
    both = negative_cosine(prediction, target, stop_gradient=False)
    assert torch.autograd.grad(both, [target])[0].abs().max() > 0


def both_ways(loss, answers, targets):
    """Each view answers for the other, never for itself."""
    return loss(answers[0], targets[1]) + loss(answers[1], targets[0])


EACH_FOR_THE_OTHER = {
    "SimCLR": lambda m, z, _: nt_xent(*z, m.temperature),
    "Barlow Twins": lambda m, z, _: m.scale * barlow_twins_loss(*z, m.lambd),
    "VICReg": lambda m, z, _: vicreg_loss(*z),
    "SimSiam": lambda m, z, _: both_ways(negative_cosine, [m.predictor(one) for one in z], z) / 2,
    "BYOL": lambda m, z, views: both_ways(byol_loss, [m.predictor(one) for one in z], [m.target(v) for v in views]),
    "MoCo": lambda m, z, views: (
        both_ways(lambda q, k: moco_loss(q, k, m.queue, m.temperature), z, [m.key_encoder(v) for v in views]) / 2
    ),
    "MoCo v3": lambda m, z, views: both_ways(
        lambda q, k: moco_v3_loss(q, k, m.temperature),
        [m.predictor(one) for one in z],
        [m.key_encoder(v) for v in views],
    ),
}


@pytest.mark.parametrize("name", EACH_FOR_THE_OTHER)
def test_each_view_answers_for_the_other(name):
    batch = world.draw(8, size=16, mode="portrait", seed=4)
    views = [batch.pictures, batch.pictures.flip(3).roll(1, 1)]  # mirrored, in other colors
    method, shown = METHODS[name]().eval(), iter(views)
    method.views = lambda _: next(shown)
    g = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in method.parameters():  # so that a teacher is not its student
            weight += 0.3 * torch.randn(weight.shape, generator=g)
        found = method.loss(batch).total
        z = [method.projector(method.encoder(view)) for view in views]
        assert found.item() == pytest.approx(EACH_FOR_THE_OTHER[name](method, z, views).item(), rel=1e-5)


def test_what_can_be_taken_away_from_simsiam_and_byol():
    for method in (SimSiam(ConvNet((8, 16)), predict=False), BYOL(ConvNet((8, 16)), predict=False)):
        z = torch.randn(3, 128)
        assert torch.equal(method.predictor(z), z)
    for norm in (True, False):
        method, x = SimSiam(ConvNet((8, 16)), norm=norm), torch.randn(64, 16)
        same_spread = torch.allclose(method.projector(x).var(0, correction=0), torch.ones(128), atol=1e-2)
        assert same_spread == norm  # what the paper's last batch norm sees to


def test_a_teacher_follows_with_all_that_it_has():
    student = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    teacher = MomentumEncoder(student, momentum=0.75, schedule="constant")
    assert not any(p.requires_grad for p in teacher.parameters()) and all(p.requires_grad for p in student.parameters())
    assert (
        teacher[0][0].weight.data_ptr() != student[0].weight.data_ptr()
    )  # no teacher that is the student by reference
    before = {name: value.clone() for name, value in teacher[0].state_dict().items()}
    nn.init.normal_(student[0].weight)
    student(torch.randn(8, 3) + 5)  # moves the running mean
    teacher.update(progress=0.5)
    for name, value in teacher[0].state_dict().items():
        theirs = student.state_dict()[name]
        if value.is_floating_point():
            assert torch.allclose(value, 0.75 * before[name] + 0.25 * theirs), name
        else:
            assert torch.equal(value, theirs) and theirs == 1
    assert (teacher[0].state_dict()["1.running_mean"] != before["1.running_mean"]).any()
    for momentum in (-0.1, 1.1):
        with pytest.raises(ValueError, match="momentum from 0"):
            update_momentum(teacher[0], student, momentum)
        with pytest.raises(ValueError, match="momentum from 0"):
            MomentumEncoder(student, momentum=momentum)
    assert [cosine_schedule(0.9, share) for share in (0, 1)] == [pytest.approx(0.9), 1]


def test_the_queue_goes_round_and_remembers():
    method = MoCo(ConvNet((8, 8)), dim=4, queue=6)
    first = method.queue.clone()
    assert torch.allclose(first.norm(dim=1), torch.ones(6))
    keys = torch.arange(16.0).view(4, 4)
    method.enqueue(keys)
    assert torch.equal(method.queue, torch.cat([keys, first[4:]])) and method.queue_ptr == 4
    method.enqueue(keys + 100)
    assert torch.equal(method.queue[4:], keys[:2] + 100) and torch.equal(method.queue[:2], keys[2:] + 100)
    assert torch.equal(method.queue[2:4], keys[2:]) and method.queue_ptr == 2
    with pytest.raises(ValueError, match="at least 8 keys, a batch, got 6"):
        method.loss(world.draw(4, size=16))


def test_keys_enter_the_queue_after_the_step():
    method, batch = MoCo(ConvNet((8, 8)), dim=8, queue=32), world.draw(4, size=16)
    queue = method.queue.clone()
    method.loss(batch)
    assert torch.equal(method.queue, queue) and method.queue_ptr == 0
    method.after_step(0.1)
    assert method.queue_ptr == 8 and not torch.equal(method.queue, queue)
    method.after_step(0.1)  # nothing fresh: nothing enters twice
    assert method.queue_ptr == 8


def test_dinos_teacher_warms_up_and_its_directions_thaw():
    method, batch = METHODS["DINO"](), world.draw(4, size=16)
    assert method.temperature == pytest.approx(0.04)
    slope = torch.autograd.grad(method.loss(batch).total, method.head.last_layer)[0]
    assert slope.abs().max() == 0  # frozen
    method.after_step(0.15)
    assert method.temperature.item() == pytest.approx(0.055) and method.head.freeze_last_layer == 0
    assert method.center.abs().max() > 0
    slope = torch.autograd.grad(method.loss(batch).total, method.head.last_layer)[0]
    assert slope.abs().max() > 0
    method.after_step(1.0)
    assert method.temperature.item() == pytest.approx(0.07)
    still = DINO(ViT(32, 1, 2, size=16, patch=8), 32, center_momentum=1.0, local_crops=Views(size=8))
    still.loss(batch)
    still.after_step(0.5)
    assert still.center.abs().max() == 0  # no centering


def test_dinos_head_may_have_norms_that_follow_and_small_views_may_be_left_out():
    method, batch = DINO(ConvNet((8, 8)), 32, norm=True, num_local_crops=0, momentum=0.5), world.draw(4, size=16)
    assert torch.isfinite(method.loss(batch).total)
    sides = method.head, method.teacher
    norms = [[m for m in side.modules() if isinstance(m, torch.nn.BatchNorm1d)] for side in sides]
    assert [len(side) for side in norms] == [2, 2]
    ours, theirs = norms[0][0].running_mean, norms[1][0].running_mean.clone()
    method.after_step(0.0)
    torch.testing.assert_close(norms[1][0].running_mean, (ours + theirs) / 2)
    assert not any(isinstance(m, torch.nn.BatchNorm1d) for m in DINO(ConvNet((8, 8)), 32).head.modules())


def test_dinos_views_are_made_one_by_one():
    drawn: dict[str, list[Tensor]] = {"large": [], "small": []}

    def draw(kind: str, views: Views):
        return lambda pictures: drawn[kind].append(views(pictures)) or drawn[kind][-1]

    method = DINO(
        ConvNet((8, 8)),
        32,
        global_crops=draw("large", Views()),
        local_crops=draw("small", Views(size=8)),
        num_local_crops=3,
    )
    entered: list[Tensor] = []
    method.encoder.register_forward_pre_hook(lambda _, given: entered.append(given[0]))
    method.loss(world.draw(4, size=16))
    assert [len(views) for views in drawn.values()] == [2, 3]
    for views, seen in zip(drawn.values(), entered, strict=True):
        assert torch.equal(torch.cat(views), seen)
        assert not any(torch.equal(one, other) for one, other in pairwise(views))


@pytest.mark.parametrize("name", METHODS)
def test_each_method_makes_its_loss_smaller_and_moves_on_where_it_stopped(name, tmp_path):
    examples = world.draw(32, size=16, mode="portrait")
    histories = []
    for _ in range(2):
        method = METHODS[name]()
        histories.append(fit(method, Epochs(examples, 32), 12, lr=3e-3, progress=False, folder=tmp_path).loss)
    assert histories[0] == histories[1]  # all chance follows from the seed
    # MoCo's queue begins with strangers that are easy to tell apart, and DINO's teacher says more and more: their
    # losses rise at first.
    if name not in ("MoCo", "DINO"):
        assert sum(histories[0][-3:]) < sum(histories[0][:3])


def test_the_spread_of_features():
    g = torch.Generator().manual_seed(0)
    assert feature_std(torch.randn(4000, 16, generator=g)).item() == pytest.approx(1, abs=0.01)
    assert feature_std(7 * torch.randn(4000, 16, generator=g)).item() == pytest.approx(1, abs=0.01)
    assert feature_std(torch.randn(16, generator=g).expand(9, 16)).item() == pytest.approx(0, abs=1e-6)


def test_perceptrons():
    plain = mlp((4, 8, 2), norm=False)
    assert [type(layer).__name__ for layer in plain] == ["Linear", "ReLU", "Linear"] and plain[0].bias is not None
    normed = mlp((4, 8, 8, 2), last="norm")
    assert [type(layer).__name__[:9] for layer in normed] == ["Linear", "BatchNorm", "ReLU"] * 2 + [
        "Linear",
        "BatchNorm",
    ]
    assert normed[0].bias is None and normed[-1].weight is None
    assert torch.equal(mlp((4, 2), seed=3)[0].weight, mlp((4, 2), seed=3)[0].weight)
    with pytest.raises(ValueError, match="width of the input and of at least one layer"):
        mlp((4,))


def test_bad_input_gets_one_clear_sentence():
    z = torch.randn(4, 3)
    for loss in (nt_xent, moco_v3_loss, byol_loss, negative_cosine, barlow_twins_loss, vicreg_loss):
        with pytest.raises(ValueError, match=r"expected two lists of embeddings \(B, D\), got \(4, 3\) and \(3, 3\)"):
            loss(z, z[:3])
    for call, words in (
        (lambda: nt_xent(z, z, 0.0), "temperature above 0"),
        (lambda: supcon_loss(z, z, torch.zeros(4), -1.0), "temperature above 0"),
        (lambda: supcon_loss(z, z, torch.zeros(3)), r"a label for each picture, \(B,\), got \(3,\) for 4"),
        (lambda: dino_loss(z, z, torch.zeros(3)), r"expected scores \(V, B, K\) and \(T, B, K\)"),
        (lambda: dino_loss(z[None], z[None], torch.zeros(3)), "at least two views"),
        (lambda: dino_loss(z[None], torch.stack([z, z]), torch.zeros(3)), "at least two views"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
