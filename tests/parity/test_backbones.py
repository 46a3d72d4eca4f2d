"""ResNet-18 and ViT compute what torchvision's and timm's do, with their weights; whole models, random weights."""

import pytest
import timm
import torch
import torchvision
from torch import nn

from course_lib.nn.encoder import IMAGENET
from course_lib.weights import published


def stirred(model):
    """The model with weights and statistics that leave nothing at 0 or 1, where a mistake would hide."""
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            spread = 0.5 * weight[0].numel() ** -0.5 if weight.ndim > 1 else 0.1
            weight.add_(spread * torch.randn(weight.shape, generator=g))
        for part in model.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean += 0.2 * torch.randn(part.running_mean.shape, generator=g)
                part.running_var += torch.rand(part.running_var.shape, generator=g)
    return model.eval()


@pytest.fixture
def pictures():
    return torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))


def close(mine, theirs):
    assert mine.shape == theirs.shape
    scale = max(1.0, theirs.abs().max().item())  # features of a stirred network may be large
    assert (mine - theirs).abs().max().item() <= 1e-5 * scale


@torch.no_grad()
def test_resnet18_is_torchvisions(pictures):
    theirs = stirred(torchvision.models.resnet18())
    mine = published.resnet18(theirs.state_dict())
    theirs.fc = nn.Identity()
    close(mine(pictures), theirs(mine.normalize(pictures)))
    assert not mine.training


@torch.no_grad()
def test_vit_base_is_torchvisions(pictures):
    theirs = stirred(torchvision.models.vit_b_16())
    mine = published.vit(theirs.state_dict())
    theirs.heads = nn.Identity()
    close(mine(pictures), theirs(mine.normalize(pictures)))


def test_dinos_published_weights_expect_the_colors_of_imagenet(pictures):
    theirs = timm.create_model("vit_small_patch16_224.dino", num_classes=0)
    colors = theirs.default_cfg["mean"], theirs.default_cfg["std"]
    mine = published.vit(theirs.state_dict(), IMAGENET)
    expected = (pictures - torch.tensor(colors[0]).view(3, 1, 1)) / torch.tensor(colors[1]).view(3, 1, 1)
    close(mine.normalize(pictures), expected)


@torch.no_grad()
@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "vit_base_patch16_224"])
def test_vit_is_timms(pictures, name):
    theirs = stirred(timm.create_model(name, num_classes=0))
    mine = published.vit(theirs.state_dict())
    close(mine(pictures), theirs(mine.normalize(pictures)))


@torch.no_grad()
def test_positions_are_stretched_as_timm_does():
    theirs = timm.create_model("vit_tiny_patch16_224", num_classes=0, dynamic_img_size=True)
    theirs.patch_embed.strict_img_size = False
    mine = published.vit(stirred(theirs).state_dict())
    for shape in ((2, 3, 160, 192), (1, 3, 384, 384)):
        pictures = torch.rand(shape)
        close(mine(pictures), theirs(mine.normalize(pictures)))


def test_gradients_are_timms(pictures):
    theirs = stirred(timm.create_model("vit_tiny_patch16_224", num_classes=0))
    mine = published.vit(theirs.state_dict())
    x, y = pictures.clone().requires_grad_(), pictures.clone().requires_grad_()
    mine(x).square().mean().backward()
    theirs(mine.normalize(y)).square().mean().backward()
    assert (x.grad - y.grad).abs().max() <= 1e-5 * y.grad.abs().max() + 1e-8
    pairs = {
        "stem.weight": "patch_embed.proj.weight",
        "transformer.blocks.3.attention.qkv.weight": "blocks.3.attn.qkv.weight",
    }
    for ours, other in pairs.items():
        a, b = mine.get_parameter(ours).grad, theirs.get_parameter(other).grad
        assert (a - b).abs().max() <= 1e-5 * b.abs().max()


def test_other_weights_are_refused():
    state = torchvision.models.resnet18().state_dict()
    with pytest.raises(published.NotPublished, match="no patch embedding"):
        published.vit(state)
    with pytest.raises(published.NotPublished, match="no visual.conv1.weight"):
        published.clip(state)
    del state["layer1.0.conv1.weight"]
    with pytest.raises(published.NotPublished, match="missing .'stages.0.conv1.weight'."):
        published.resnet18(state)
