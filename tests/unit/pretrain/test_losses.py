"""What holds for every loss: a finite number for all that is valid, of any dtype, and one sentence for the rest.

The losses stand in one table; each is asked the same questions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_lib import world
from course_lib.nn import ConvNet
from course_lib.pretrain import (
    BYOL,
    CLIP,
    DINO,
    BarlowTwins,
    Labels,
    MoCo,
    MoCoV3,
    SemanticSoftmax,
    SigLIP,
    SimCLR,
    SimSiam,
    SupCon,
    UniCL,
    VICReg,
    barlow_twins_loss,
    beit_loss,
    byol_loss,
    clip_loss,
    covariance_term,
    cross_correlation,
    dino_loss,
    feature_std,
    label_loss,
    level_weights,
    mae_loss,
    maskfeat_loss,
    moco_loss,
    moco_v3_loss,
    negative_cosine,
    nt_xent,
    semantic_loss,
    siglip_loss,
    similarity,
    simmim_loss,
    supcon_loss,
    unicl_loss,
    variance_term,
    vicreg_loss,
    wrong_labels,
)
from course_lib.pretrain.dino import entropy_of
from course_lib.pretrain.labels import share_right

from .small import ALONE, METHODS, towers

QUEUE = F.normalize(torch.randn(9, 8, generator=torch.Generator().manual_seed(9)), dim=1)
FROM_ZERO = torch.zeros(8)


def kinds(z: Tensor) -> Tensor:
    """A label for each row: 0, 1, −1, 0, 1, −1, …"""
    return (torch.arange(len(z)) + 1) % 3 - 1


def units(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return F.normalize(a, dim=1, eps=1e-6), F.normalize(b, dim=1, eps=1e-6)


def one_patch(loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A loss of covered patches, of pictures that have one each."""
    return lambda a, b: loss(a[:, None], b[:, None], torch.ones(len(a), 1))


@dataclass(frozen=True)
class Asked:
    """A loss of two lists of embeddings (B, 8), and what is true of it."""

    of: Callable[..., Tensor]
    least: int = 2  # how many pictures it needs
    turns: bool = True  # the order of the pictures makes no difference
    directions: bool = False  # lengths make no difference
    divided: str = ""  # the temperature or the scale by its name


LOSSES = {
    "nt_xent": Asked(nt_xent, directions=True, divided="temperature"),
    "supcon": Asked(lambda a, b, **o: supcon_loss(a, b, kinds(a), **o), 2, False, True, "temperature"),
    "moco": Asked(lambda a, b, **o: moco_loss(a, b, QUEUE.to(a.dtype), **o), 1, True, True, "temperature"),
    "moco v3": Asked(moco_v3_loss, directions=True, divided="temperature"),
    "byol": Asked(byol_loss, 1, directions=True),
    "simsiam": Asked(negative_cosine, 1, directions=True),
    "simsiam, both move": Asked(lambda a, b: negative_cosine(a, b, stop_gradient=False), 1, directions=True),
    "barlow": Asked(barlow_twins_loss),
    "vicreg": Asked(vicreg_loss),
    "variance": Asked(lambda a, b: variance_term(a) + variance_term(b)),
    "covariance": Asked(lambda a, b: covariance_term(a) + covariance_term(b)),
    "clip": Asked(lambda a, b, scale=9.0: clip_loss(*units(a, b), scale), divided="scale"),
    "siglip": Asked(lambda a, b, scale=9.0: siglip_loss(*units(a, b), scale, -2.0), divided="scale"),
    "unicl": Asked(lambda a, b, scale=9.0: unicl_loss(*units(a, b), scale, kinds(a)), 2, False, divided="scale"),
    "label": Asked(lambda a, b: label_loss(a + b, kinds(a), 0.1), 1, False),
    "semantic": Asked(
        lambda a, b: semantic_loss([a, b], torch.stack([kinds(a), kinds(b)], 1), torch.tensor([1.0, 2.0])), 1, False
    ),
    "dino": Asked(
        lambda a, b, **o: dino_loss(torch.stack([a, b, a]), torch.stack([b, a]), FROM_ZERO.to(a.dtype), **o), 1
    ),
    "dino, student": Asked(
        lambda a, b, t=0.1: dino_loss(torch.stack([a, b]), torch.stack([b, a]), FROM_ZERO.to(a.dtype), t),
        1,
        divided="t",
    ),
    "dino, teacher": Asked(
        lambda a, b, t=0.04: dino_loss(torch.stack([a, b]), torch.stack([b, a]), FROM_ZERO.to(a.dtype), 0.1, t),
        1,
        divided="t",
    ),
    "mae": Asked(one_patch(mae_loss), 1),
    "mae, normalized": Asked(one_patch(lambda *given: mae_loss(*given, normalize=True)), 1),
    "simmim": Asked(one_patch(simmim_loss), 1),
    "maskfeat": Asked(one_patch(maskfeat_loss), 1),
    "beit": Asked(
        lambda a, b: beit_loss((a + b)[:, None], torch.arange(len(a))[:, None] % 8, a[:, :1] == a[:, :1]), 1, False
    ),
}
each_loss = pytest.mark.parametrize("name", LOSSES)


def two(rows: int, seed: int = 0, scale: float = 1.0) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    one, other = (scale * torch.randn(rows, 8, generator=g) for _ in range(2))
    return one, other


@each_loss
@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    rows=st.integers(2, 9),
    seed=st.integers(0, 99),
    scale=st.sampled_from([0.0, 1e-8, 1e-3, 1.0, 30.0, 1e8]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_what_is_valid_has_a_loss_and_a_gradient(name, rows, seed, scale, dtype):
    a, b = (z.to(dtype).requires_grad_() for z in two(rows, seed, scale))
    loss = LOSSES[name].of(a, b)
    assert loss.shape == () and loss.dtype == dtype and loss.isfinite()
    slopes = torch.autograd.grad(loss, (a, b), allow_unused=True)
    assert slopes[0] is not None and all(slope is None or slope.isfinite().all() for slope in slopes)


@each_loss
@settings(max_examples=10, deadline=None, derandomize=True)
@given(rows=st.integers(2, 9), seed=st.integers(0, 99), scale=st.sampled_from([0.0, 1.0, 60.0]))
def test_half_precision_costs_precision_and_nothing_else(name, rows, seed, scale):
    for dtype, near in ((torch.float16, 1e-2), (torch.bfloat16, 1e-1)):
        a, b = (z.to(dtype) for z in two(rows, seed, scale))
        half, full = LOSSES[name].of(a, b), LOSSES[name].of(a.float(), b.float())
        assert half.dtype == torch.float32 and half.isfinite()
        assert half.item() == pytest.approx(full.item(), rel=near, abs=near)


@each_loss
def test_mixed_precision_leaves_a_loss_alone(name):
    a, b = two(6)
    a, b = units(a, b) if LOSSES[name].divided == "scale" else (a, b)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = LOSSES[name].of(a, b)
    assert torch.equal(mixed, LOSSES[name].of(a, b))


@each_loss
def test_dtypes_may_be_mixed(name):
    a, b = two(6)
    assert LOSSES[name].of(a.half(), b.half().float()).dtype == torch.float32


@pytest.mark.parametrize("name", [name for name, asked in LOSSES.items() if asked.turns])
@settings(max_examples=10, deadline=None, derandomize=True)
@given(order=st.permutations(range(6)), seed=st.integers(0, 99))
def test_the_order_of_the_pictures_makes_no_difference(name, order, seed):
    a, b = two(6, seed)
    turned = LOSSES[name].of(a[order], b[order])
    assert turned.item() == pytest.approx(LOSSES[name].of(a, b).item(), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", [name for name, asked in LOSSES.items() if asked.directions])
@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_lengths_make_no_difference_to_directions(name, scale):
    a, b = two(6)
    assert LOSSES[name].of(scale * a, scale * b).item() == pytest.approx(LOSSES[name].of(a, b).item(), rel=1e-4)


@each_loss
def test_too_few_pictures_get_a_sentence(name):
    a, b = two(3)
    least = LOSSES[name].least
    assert LOSSES[name].of(a[:least], b[:least]).isfinite()
    with pytest.raises(ValueError, match="expected at least|expected scores|expected a mask") as told:
        LOSSES[name].of(a[: least - 1], b[: least - 1])
    assert ("at least two pictures" in str(told.value)) == (least == 2)


OF_TWO: dict[str, Callable[[Any, Any], Tensor]] = {
    "nt_xent": nt_xent,
    "supcon": lambda a, b: supcon_loss(a, b, torch.zeros(4, dtype=torch.long)),
    "moco": lambda a, b: moco_loss(a, b, QUEUE),
    "moco v3": moco_v3_loss,
    "byol": byol_loss,
    "simsiam": negative_cosine,
    "correlation": cross_correlation,
    "barlow": barlow_twins_loss,
    "vicreg": vicreg_loss,
    "similarity": similarity,
    "clip": lambda a, b: clip_loss(a, b, 9.0),
    "siglip": lambda a, b: siglip_loss(a, b, 9.0, -2.0),
    "unicl": lambda a, b: unicl_loss(a, b, 9.0, torch.zeros(4, dtype=torch.long)),
    "label": lambda a, b: label_loss(a, b),
    "dino": lambda a, b: dino_loss(a, b, FROM_ZERO),
}


@pytest.mark.parametrize("of", OF_TWO.values(), ids=OF_TWO)
def test_what_does_not_fit_gets_a_sentence(of):
    a, b = two(4)
    pairs = [(a, b[:3]), (a[:, :7], b), (a[None], b[None]), (a[0], b[0]), (a[:, :0], b[:, :0])]
    pairs += [(a.long(), b.long()), (a > 0, b > 0), (a, b.numpy()), (a.tolist(), b.tolist()), (None, None)]
    for one, other in pairs:
        with pytest.raises(ValueError, match="expected .*got"):
            of(one, other)


@pytest.mark.parametrize("name", [name for name, asked in LOSSES.items() if asked.divided])
@pytest.mark.parametrize("value", [0, -0.1, nan, inf, None, "warm", torch.ones(4)])
def test_a_temperature_is_above_0(name, value):
    asked = LOSSES[name]
    what = "scale" if asked.divided == "scale" else "temperature"
    with pytest.raises(ValueError, match=f"expected a {what} above 0, got"):
        asked.of(*two(4), **{asked.divided: value})


@pytest.mark.parametrize("name", [name for name, asked in LOSSES.items() if asked.divided])
def test_a_temperature_may_be_learned(name):
    asked, learned = LOSSES[name], torch.tensor(0.5, requires_grad=True)
    loss = asked.of(*two(4), **{asked.divided: learned})
    assert loss.item() == pytest.approx(asked.of(*two(4), **{asked.divided: 0.5}).item(), rel=1e-5)
    slope = torch.autograd.grad(loss, learned, allow_unused=True)[0]
    assert slope is None or slope.isfinite()


@pytest.mark.parametrize(
    "of",
    [
        lambda y: label_loss(torch.zeros(4, 8), y),
        lambda y: share_right(torch.zeros(4, 8), y),
        lambda y: supcon_loss(*two(4), y),
        lambda y: unicl_loss(*units(*two(4)), 5.0, y),
        lambda y: semantic_loss([torch.zeros(4, 8)], y[:, None] if isinstance(y, Tensor) else y, torch.ones(1)),
    ],
    ids=["label", "share", "supcon", "unicl", "semantic"],
)
def test_labels_are_whole_numbers_from_0_or_minus_1(of):
    assert of(torch.tensor([0, 1, 7, -1])).isfinite()
    for y, told in (
        (torch.tensor([0.0, 1, 2, 3]), "expected labels as int64, got torch.float32"),
        (torch.tensor([True, False, True, True]), "expected labels as int64, got torch.bool"),
        (torch.tensor([0, 1, 2, -2]), "or −1 where none is known, got -2 to 2"),
        (torch.tensor([0, 1, 2]), "label|logits"),
    ):
        with pytest.raises(ValueError, match=told):
            of(y)


def test_a_label_without_a_score_gets_a_sentence():
    with pytest.raises(ValueError, match="expected labels from 0 to 3, or −1 where none is known, got 1 to 4"):
        label_loss(torch.zeros(2, 4), torch.tensor([1, 4]))


@pytest.mark.parametrize("nothing", [-inf, inf, nan])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_what_has_no_label_counts_for_nothing_whatever_its_scores(nothing, smoothing):
    scores = torch.tensor([[nothing, 0, 0], [0, 0, 0]], requires_grad=True)
    loss = label_loss(scores, torch.tensor([-1, 0]), smoothing)
    assert loss.item() == pytest.approx(1.0986, abs=1e-4)
    assert torch.autograd.grad(loss, scores)[0][0].abs().max() == 0


def test_numbers_that_do_not_go_get_a_sentence():
    z, y, one = torch.randn(4, 8), torch.zeros(4, dtype=torch.long), ConvNet((8, 8))
    examples = world.draw(4, size=8, mode="portrait")
    pair = towers(examples)
    calls: list[tuple[Callable[[], Any], str]] = [
        (lambda: barlow_twins_loss(z, z, nan), "lambd from 0, got nan"),
        (lambda: BarlowTwins(one, lambd=-1), "lambd from 0, got -1"),
        (lambda: BarlowTwins(one, scale=0), "a scale above 0"),
        (lambda: vicreg_loss(z, z, -1.0), "a weight from 0, got -1"),
        (lambda: VICReg(one, covariance=nan), "a weight from 0, got nan"),
        (lambda: moco_loss(z, z, z[:0]), r"a queue of at least one key \(K, 8\)"),
        (lambda: moco_loss(z, z, z[:, :7]), r"a queue of at least one key \(K, 8\)"),
        (lambda: MoCo(one, queue=0), "a queue, whole and from 1"),
        (lambda: MoCo(one, queue=2.5), "a queue, whole and from 1"),  # pyright: ignore[reportArgumentType]
        (lambda: MoCo(one, dim=3, queue=4).enqueue(torch.rand(5, 3)), r"keys \(B, 3\), at most 4, got \(5, 3\)"),
        (lambda: MoCo(one, momentum=1.1), "momentum from 0"),
        (lambda: BYOL(one, momentum=nan), "momentum from 0"),
        (lambda: BYOL(one, dim=0), "a width, whole and from 1"),
        (lambda: DINO(one, prototypes=1), "a number of prototypes, whole and from 2, got 1"),
        (lambda: DINO(one, num_local_crops=-1), "a number of local crops, whole and from 0"),
        (lambda: DINO(one, warmup=1.5), "warmup from 0 to 1"),
        (lambda: DINO(one, center_momentum=-1), "center_momentum from 0 to 1"),
        (lambda: DINO(one, student_temperature=0), "a temperature above 0"),
        (lambda: DINO(one, teacher_temperature=(0.1, nan)), "a temperature above 0, got nan"),
        (lambda: DINO(one, teacher_temperature=0.1), "at first and later"),  # pyright: ignore[reportArgumentType]
        (lambda: dino_loss(z[None].repeat(2, 1, 1), z[None], z[0, :7]), "a center"),
        (lambda: entropy_of(z, z, 0.1), "a center"),
        (lambda: entropy_of(z[:, :1], z[0, :1], 0.1), "two scores at least"),
        (lambda: entropy_of(z, z[0], 0.0), "a temperature above 0"),
        (lambda: Labels(one, 0), "a number of classes, whole and from 1"),
        (lambda: Labels(one, 5, smoothing=2), "smoothing between 0"),
        (lambda: SemanticSoftmax(one, ()), "got no level"),
        (lambda: SemanticSoftmax(one, (5, 2), torch.tensor([1.0, nan])), "a weight from 0 for each of 2 levels"),
        (lambda: SemanticSoftmax(one, (5, 2), torch.ones(3)), "a weight from 0 for each of 2 levels"),
        (lambda: level_weights(y), r"paths \(N, levels\)"),
        (lambda: level_weights(y[:, None], 0), "a limit above 0"),
        (lambda: wrong_labels(y, 0.5, torch.tensor([0, 0, 1])), "at least two classes .C,., each once"),
        (lambda: wrong_labels(y.float(), 0.5, torch.arange(3)), "labels as int64"),
        (lambda: feature_std(z[:1]), "at least two pictures"),
        (lambda: cross_correlation(z[:1], z[:1]), "at least two pictures"),
        (lambda: similarity(z.long(), z.long()), "floating dtype, got torch.int64"),
        (lambda: CLIP(*pair, scale=0), "a scale above 0, and no more than max_scale=100.0, got 0"),
        (lambda: CLIP(*pair, scale=200), "a scale above 0, and no more than max_scale=100.0, got 200"),
        (lambda: CLIP(*pair, max_scale=0.5), "max_scale from 1"),
        (lambda: CLIP(*pair, dim=0), "dim, whole and from 1"),
        (lambda: SigLIP(*pair, bias=nan), "a bias from -inf, got nan"),
        (lambda: UniCL(*pair, names="cat"), "names as a list of at least one text, got 'cat'"),
        (lambda: UniCL(*pair, names=[]), "names as a list of at least one text"),
        (lambda: UniCL(*pair, names=["cat"], prompts="a {}"), "prompts as a list of at least one text"),
        (lambda: UniCL(*pair, names=["cat"], prompts=["a cat"]), "prompts with a place for the name"),
        (lambda: UniCL(*pair, names=["cat"], prompts=["a {b}"]), "prompts with a place for the name"),
        (lambda: UniCL(*pair, names=["cat"], share=nan), "a share of labeled pictures from 0 to 1"),
        (lambda: UniCL(*pair, names=["cat"]).loss(examples), "expected labels from 0 to 0"),
    ]
    for method in (SimCLR, SupCon, MoCo, MoCoV3):
        calls.append((lambda method=method: method(one, temperature=0), "a temperature above 0"))
    for call, told in calls:
        with pytest.raises(ValueError, match=told):
            call()


def test_a_bias_may_be_a_whole_number():
    assert SigLIP(*towers(world.draw(4, size=8, mode="portrait")), bias=-10).bias.item() == -10


BATCHES: dict[str, Callable[[], Any]] = METHODS | {
    "Labels": lambda: Labels(ConvNet((8, 16)), 50),
    "semantic": lambda: SemanticSoftmax(ConvNet((8, 16)), (50, 10, 4)),
    "CLIP": lambda: CLIP(*towers(world.draw(4, size=16, mode="portrait"))),
    "SigLIP": lambda: SigLIP(*towers(world.draw(4, size=16, mode="portrait"))),
    "UniCL": lambda: UniCL(*towers(world.draw(4, size=16, mode="portrait")), names=world.THINGS),
    "SimSiam, no norm": lambda: SimSiam(ConvNet((8, 16)), norm=False),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_of_one_has_a_loss_or_a_sentence(name):
    one = world.draw(1, size=16, mode="portrait")
    if name in (*ALONE, "Labels", "semantic"):  # each picture learns for itself
        least = -1 if name.startswith("Feature") else 0  # what is made smaller there is −cosine
        assert least < BATCHES[name]().loss(one).total.item() < inf
    else:
        for method in (BATCHES[name](), BATCHES[name]().eval()):
            with pytest.raises(ValueError, match="expected at least two pictures, which learn from each other, got 1"):
                method.loss(one)


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_pictures_of_every_floating_dtype_have_a_loss(name, dtype):
    batch = world.draw(4, size=16, mode="portrait")
    batch.pictures = batch.pictures.to(dtype)
    method = BATCHES[name]()
    loss = method.loss(batch)
    method.after_step(0.5)
    assert loss.total.isfinite() and all(value.isfinite() for value in loss.metrics.values())


@pytest.mark.parametrize("name", BATCHES)
def test_the_users_default_dtype_does_no_harm(name):
    before, made = torch.get_default_dtype(), BATCHES[name]()
    try:
        torch.set_default_dtype(torch.float64)
        for method in (made, BATCHES[name]()):
            assert method.loss(world.draw(4, size=16, mode="portrait")).total.isfinite()
            method.after_step(0.5)
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize("name", BATCHES)
def test_a_method_in_half_precision_takes_its_step(name):
    method, batch = BATCHES[name]().bfloat16(), world.draw(4, size=16, mode="portrait")
    assert method.loss(batch).total.isfinite()
    method.after_step(0.5)


def test_losses_are_found_on_any_device():
    a = b = torch.zeros(4, 8, device="meta")
    for of in (nt_xent, moco_v3_loss, byol_loss, negative_cosine, barlow_twins_loss, vicreg_loss):
        assert of(a, b).device.type == "meta"
    with torch.device("meta"):
        assert MoCo(ConvNet((8, 8)), queue=8).queue.device.type == "meta"


def test_a_label_of_the_labeled_share_has_a_name():
    batch = world.draw(4, size=16, mode="portrait")
    batch.labels = torch.tensor([-1, 3, 4, 5])
    with pytest.raises(ValueError, match="a label for each picture of the labeled share, got some −1"):
        BATCHES["UniCL"]().loss(batch)
