"""Every method's forward pass and loss run on a GPU that is not there: nothing is left on the CPU, nothing waits.

Under FakeTensorMode tensors know their shapes and their device, but have no numbers. A tensor that was left on the CPU
raises, and so does whatever asks for a number, which on a real GPU would make the step wait.
"""

from types import SimpleNamespace

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from course_lib import views, world
from course_lib.nn import BPE, ConvNet, TextTransformer, ViT, block_masking
from course_lib.nn.quantizer import Quantizer
from course_lib.pretrain import (
    BYOL,
    CLIP,
    DINO,
    IBOT,
    IJEPA,
    MAE,
    BarlowTwins,
    BEiT,
    Data2Vec,
    Distill,
    FeatureTargets,
    FeatureTokenizer,
    Labels,
    Loss,
    MaskedGlobal,
    MaskFeat,
    Method,
    MoCo,
    MoCoV3,
    SemanticSoftmax,
    SigLIP,
    SimCLR,
    SimMIM,
    SimSiam,
    SupCon,
    Tokenizer,
    UniCL,
    VICReg,
)
from course_lib.views import Views

CAPTIONS = ["a red cat", "two dogs", "a boat on the sea", "a tree", "a lamp", "an orange hat"]
TOKENIZER = BPE.learn(CAPTIONS, merges=50)


def towers():
    """A picture tower, a text tower and their tokenizer."""
    pictures = ViT(32, 2, 4, size=32, patch=8, stem="conv", drop_path=0.1, checkpointing=True)
    return pictures, TextTransformer(len(TOKENIZER), 32, 2, 4, length=16), TOKENIZER


def patches(**options):
    """A picture tower of patches, which has a mask token."""
    return ViT(32, 2, 4, **{"size": 32, "patch": 4, "mask_token": True} | options)


def some_blocks(batch, rows, columns, device):
    """Blocks as I-JEPA draws them on the CPU, where nothing waits."""
    return torch.randint(rows * columns, (4, batch, 12)), torch.randint(rows * columns, (batch, 20))


def learned_codes():
    """A tokenizer whose codes are weights."""
    tokenizer = Tokenizer()
    tokenizer.quantizer = Quantizer(tokenizer.codes, tokenizer.encoder.width, ema=False)
    return tokenizer


METHODS = {
    "SimCLR": lambda: SimCLR(ConvNet()),
    "SupCon": lambda: SupCon(ConvNet()),
    "MoCo": lambda: MoCo(ConvNet(), queue=16),
    "MoCo v3": lambda: MoCoV3(ConvNet()),
    "BYOL": lambda: BYOL(ConvNet()),
    "SimSiam": lambda: SimSiam(ConvNet()),
    "Barlow Twins": lambda: BarlowTwins(ConvNet()),
    "VICReg": lambda: VICReg(ConvNet()),
    "DINO": lambda: DINO(ViT(32, 2, 4, size=32, patch=8)),
    "ViT": lambda: Labels(ViT(32, 2, 4, size=32, patch=8, pool="mean", pos_embed=False), 50),
    "CLIP": lambda: CLIP(*towers()),
    "SigLIP": lambda: SigLIP(*towers()),
    "UniCL": lambda: UniCL(*towers(), names=["cat"] * 50),
    "labels": lambda: Labels(ConvNet(), 50, smoothing=0.1),
    "semantic softmax": lambda: SemanticSoftmax(ConvNet(), (50, 10, 4)),
    "MAE": lambda: MAE(patches(pool="mean")),
    "MAE, blocks": lambda: MAE(patches(), masking=block_masking),
    "MAE, normalized": lambda: MAE(patches(), normalize=True),
    "SimMIM": lambda: SimMIM(patches()),
    "SimMIM, ConvNet": lambda: SimMIM(ConvNet(), patch=8),
    "MaskFeat": lambda: MaskFeat(patches()),
    "BEiT": lambda: BEiT(patches(), Tokenizer()),
    "FeatureTargets": lambda: FeatureTargets(patches(), ConvNet(), standardize=True),
    "FeatureTokenizer": lambda: FeatureTokenizer(patches(), ConvNet(), codes=16),
    "Distill": lambda: Distill(ConvNet(), Labels(ConvNet(), 50), 4.0, 0.5, 1.0, 1.0),
    "Data2Vec": lambda: Data2Vec(patches()),
    "IBOT": lambda: IBOT(patches(), koleo_weight=0.1),
    "IBOT, Sinkhorn": lambda: IBOT(patches(), shared_head=False, centering="sinkhorn"),
    "IJEPA": lambda: IJEPA(patches(pool="mean"), blocks=some_blocks),
    "MaskedGlobal": lambda: MaskedGlobal(MAE(patches(pool="mean"))),
    "Tokenizer": Tokenizer,
    "Tokenizer, learned codes": learned_codes,
}


def batch(b=6, size=32):
    """A batch of the world as it would look on a GPU."""
    return SimpleNamespace(
        pictures=torch.rand(b, 3, size, size),
        labels=torch.randint(50, (b,)),
        paths=torch.randint(4, (b, 3)),
        captions=CAPTIONS[:b],
    )


@pytest.mark.parametrize("name", METHODS)
def test_a_loss_leaves_nothing_behind_and_waits_for_nothing(name, monkeypatch):
    monkeypatch.setattr(views, "color_order", lambda generator: [2, 0, 3, 1])  # drawn on the CPU, no wait for the GPU
    with FakeTensorMode(), torch.device("cuda"):
        method = METHODS[name]()
        loss = method.loss(batch())
        method.after_step(0.5)
        assert loss.total.device.type == "cuda" and loss.total.shape == ()
        assert all(value.device.type == "cuda" and value.shape == () for value in loss.metrics.values())


def test_what_is_left_behind_or_waits_is_noticed():
    class LeftBehind(Method):
        def loss(self, batch):
            return Loss((batch.pictures * torch.ones(1, 3, 1, 1, device="cpu")).mean())

    class Waits(Method):
        def loss(self, batch):
            return Loss(batch.pictures.mean() / batch.pictures.max().item())

    with FakeTensorMode(), torch.device("cuda"):
        with pytest.raises(RuntimeError, match="cpu"):
            LeftBehind().loss(batch())
        with pytest.raises(DataDependentOutputException):
            Waits().loss(batch())


def test_views_leave_nothing_behind_and_wait_for_nothing(monkeypatch):
    monkeypatch.setattr(views, "color_order", lambda generator: [2, 0, 3, 1])  # drawn on the CPU, no wait for the GPU
    with FakeTensorMode():
        seen = Views(size=24, solarize=0.2)(torch.rand(5, 3, 32, 32, device="cuda"))
        assert seen.device.type == "cuda" and seen.shape == (5, 3, 24, 24)


def test_some_of_a_batch_are_taken_without_a_wait():
    some = world.draw(6, size=16, device="meta")[torch.tensor([4, 0])]
    assert some.pictures.device.type == "meta" and len(some.captions) == 2
