"""ResNet-18 and ViT compute what torchvision's and timm's do, with their weights; whole models, random weights."""

from typing import Any

import pytest
import timm
import torch
import torchvision
from lightly.models.modules import MaskedVisionTransformerTIMM
from lightly.models.utils import get_2d_sincos_pos_embed
from timm.data.config import resolve_model_data_config
from timm.layers.patch_embed import PatchEmbed
from timm.layers.pos_embed_rel import resize_rel_pos_bias_table_simple
from timm.layers.pos_embed_sincos import build_sincos2d_pos_embed
from timm.models.beit import Beit
from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn
from torch import nn

from course_lib.nn import RelativePositionBias, sincos_pos_embed
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
                assert part.running_mean is not None and part.running_var is not None
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
    theirs.register_module("fc", nn.Identity())
    close(mine(pictures), theirs(mine.normalize(pictures)))
    assert not mine.training


@pytest.mark.slow
@torch.no_grad()
def test_vit_base_is_torchvisions(pictures):
    theirs = stirred(torchvision.models.vit_b_16())
    mine = published.vit(theirs.state_dict())
    theirs.register_module("heads", nn.Identity())
    close(mine(pictures), theirs(mine.normalize(pictures)))


def test_dinos_published_weights_expect_the_colors_of_imagenet(pictures):
    theirs = timm.create_model("vit_small_patch16_224.dino", num_classes=0)
    colors = resolve_model_data_config(theirs)
    mine = published.vit(theirs.state_dict(), IMAGENET)
    expected = (pictures - torch.tensor(colors["mean"]).view(3, 1, 1)) / torch.tensor(colors["std"]).view(3, 1, 1)
    close(mine.normalize(pictures), expected)


@torch.no_grad()
@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", pytest.param("vit_base_patch16_224", marks=pytest.mark.slow)])
def test_vit_is_timms(pictures, name):
    theirs = stirred(timm.create_model(name, num_classes=0))
    mine = published.vit(theirs.state_dict())
    close(mine(pictures), theirs(mine.normalize(pictures)))


@torch.no_grad()
def test_positions_are_stretched_as_timm_does():
    theirs = timm.create_model("vit_tiny_patch16_224", num_classes=0, dynamic_img_size=True)
    assert isinstance(theirs.patch_embed, PatchEmbed)
    theirs.patch_embed.strict_img_size = False
    mine = published.vit(stirred(theirs).state_dict())
    for shape in ((2, 3, 160, 192), (1, 3, 384, 384)):
        pictures = torch.rand(shape)
        close(mine(pictures), theirs(mine.normalize(pictures)))


def gradient(model: nn.Module, key: str) -> torch.Tensor:
    found = model.get_parameter(key).grad
    assert found is not None
    return found


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
        a, b = gradient(mine, ours), gradient(theirs, other)
        assert (a - b).abs().max() <= 1e-5 * b.abs().max()


# --- What masked and self-distilling methods add: layer scale, registers, a part of the patches, relative positions


SMALL: dict[str, Any] = {"img_size": 32, "patch_size": 8, "num_classes": 0}
SMALL |= {"embed_dim": 128, "depth": 3, "num_heads": 2}


def small(**options):
    return stirred(VisionTransformer(**SMALL, **options))


def agree(mine, theirs, pictures=None):
    pictures = torch.rand(2, 3, 32, 32) if pictures is None else pictures
    close(mine(pictures), theirs(mine.normalize(pictures)))
    close(mine.tokens(pictures), theirs.forward_features(mine.normalize(pictures)))


@torch.no_grad()
@pytest.mark.parametrize("registers", [0, 4])
@pytest.mark.parametrize("no_embed_class", [False, True])
def test_layer_scale_and_registers_are_timms(registers, no_embed_class):
    theirs = small(init_values=0.1, reg_tokens=registers, no_embed_class=no_embed_class)
    mine = published.vit(theirs.state_dict())
    assert mine.num_prefix_tokens == 1 + registers
    agree(mine, theirs)


@torch.no_grad()
@pytest.mark.parametrize("options", [{}, {"class_token": False}, {"reg_tokens": 2}])
def test_the_normed_mean_is_timms(options):
    theirs = small(global_pool="avg", **options)
    mine, pictures = published.vit(theirs.state_dict()), torch.rand(2, 3, 32, 32)
    assert mine.pool == "mean" and mine.fc_norm
    close(mine(pictures), theirs(mine.normalize(pictures)))


@torch.no_grad()
@pytest.mark.parametrize("registers", [0, 4])
def test_dinov2s_own_names_are_read_as_timm_reads_them(registers):
    theirs = small(init_values=1e-5, reg_tokens=registers, no_embed_class=registers > 0)
    state = {key: value.clone() for key, value in theirs.state_dict().items()}
    if registers:  # its own layout: positions for the class token and the patches
        state["register_tokens"] = state.pop("reg_token")
        state["pos_embed"] = torch.cat([torch.randn(1, 1, 128), state["pos_embed"]], 1)
    state["mask_token"] = torch.randn(1, 128)
    mine = published.vit(state, IMAGENET)
    assert mine.mask_token is not None and torch.equal(mine.mask_token, state["mask_token"][0])
    theirs.load_state_dict(checkpoint_filter_fn(dict(state), theirs))
    agree(mine, theirs)


@torch.no_grad()
def test_maes_encoder_is_read_and_its_decoder_left_out_on_request():
    theirs = small()
    decoder = {"decoder_embed.weight": torch.zeros(64, 128), "mask_token": torch.zeros(1, 1, 64)}
    with pytest.raises(published.NotPublished, match="does not have: decoder_embed.weight"):
        published.vit(theirs.state_dict() | decoder)
    agree(published.vit(theirs.state_dict() | decoder, IMAGENET, ignore=["decoder_", "mask_token"]), theirs)


@torch.no_grad()
@pytest.mark.parametrize("pool", ["token", "avg"])
@pytest.mark.parametrize("positions", ["use_rel_pos_bias", "use_shared_rel_pos_bias"])
def test_beit_is_timms(pool, positions):
    options = {positions: True, "use_abs_pos_emb": False, "init_values": 0.1, "global_pool": pool}
    theirs = stirred(Beit(**SMALL, **options))
    mine, pictures = published.vit(theirs.state_dict()), torch.rand(2, 3, 32, 32)
    assert mine.pos_embed is None and mine.rel_pos_bias is not None and mine.rel_pos_bias.table.std() > 0.05
    close(mine(pictures), theirs(mine.normalize(pictures)))
    if pool == "token":
        close(mine.tokens(pictures), theirs.forward_features(mine.normalize(pictures)))


def test_beits_gradients_are_timms_and_its_keys_need_no_bias():
    theirs = stirred(Beit(**SMALL, use_rel_pos_bias=True, use_abs_pos_emb=False, init_values=0.1, global_pool="token"))
    mine, pictures = published.vit(theirs.state_dict()), torch.rand(2, 3, 32, 32)
    mine(pictures).square().mean().backward()
    theirs(mine.normalize(pictures)).square().mean().backward()
    ours, other = "transformer.blocks.1.", "blocks.1."
    tables = gradient(mine, "rel_pos_bias.table"), gradient(theirs, other + "attn.relative_position_bias_table")
    pairs = [(tables[0][1], tables[1])]
    pairs += [(gradient(mine, ours + "ls1"), gradient(theirs, other + "gamma_1"))]
    pairs += [(gradient(mine, ours + "attention.qkv.weight"), gradient(theirs, other + "attn.qkv.weight"))]
    for a, b in pairs:
        assert (a - b).abs().max() <= 1e-5 * b.abs().max()
    of_bias = gradient(mine, ours + "attention.qkv.bias")
    assert of_bias[128:256].abs().max() <= 1e-5 * of_bias.abs().max()
    with torch.no_grad():
        before = mine(pictures)
        mine.get_parameter(ours + "attention.qkv.bias")[128:256] += torch.randn(128)
        close(mine(pictures), before)


@torch.no_grad()
def test_a_larger_table_of_relative_positions_is_timms():
    mine = RelativePositionBias(heads=3, side=4, num_prefix_tokens=1)
    mine.table.copy_(torch.randn(mine.table.shape))
    larger = RelativePositionBias(heads=3, side=6, num_prefix_tokens=1)
    larger.table.copy_(resize_rel_pos_bias_table_simple(mine.table[0], (6, 6), larger.table.shape[1:])[None])
    close(mine(6, 6), larger(6, 6))


@pytest.mark.parametrize("width", [32, 64, 192])
def test_sine_cosine_positions_are_maes(width):
    theirs = torch.from_numpy(get_2d_sincos_pos_embed(width, 14, cls_token=False)).float()
    close(sincos_pos_embed(width, 14, 14), theirs)
    oblong = build_sincos2d_pos_embed(
        [5, 3], width
    )  # the same numbers in the order sine or cosine, row or column, wave
    close(sincos_pos_embed(width, 5, 3), oblong.view(15, 2, 2, -1).transpose(1, 2).flip(1).flatten(1))


@torch.no_grad()
@pytest.mark.parametrize("registers", [0, 2])
def test_a_part_of_the_patches_and_masked_ones_are_lightlys(registers):
    theirs = small(reg_tokens=registers, no_embed_class=registers > 0)
    token = nn.Parameter(torch.randn(1, 1, 128))
    masked = MaskedVisionTransformerTIMM(theirs, token, "skip", pos_embed_initialization="skip").eval()
    mine = published.vit(theirs.state_dict() | {"mask_token": token[0]})
    pictures, prefix = torch.rand(3, 3, 32, 32), 1 + registers
    keep = torch.rand(3, 16).argsort(1)[:, :5]
    mask = torch.rand(3, 16) < 0.4
    front = torch.arange(prefix).expand(3, -1)
    with_front = torch.cat([front, keep + prefix], 1)
    all_masks = torch.cat([torch.zeros(3, prefix, dtype=torch.bool), mask], 1)
    seen = mine.normalize(pictures)
    close(mine.tokens(pictures, keep=keep), masked.encode(seen, idx_keep=with_front))
    close(mine.tokens(pictures, mask=mask), masked.encode(seen, mask=all_masks))
    close(mine.tokens(pictures, keep=keep, mask=mask), masked.encode(seen, idx_keep=with_front, mask=all_masks))


@torch.no_grad()
@pytest.mark.parametrize("norm", [False, True])
def test_tokens_between_the_blocks_are_timms(norm):
    theirs = small(init_values=0.1)
    mine, pictures = published.vit(theirs.state_dict()), torch.rand(2, 3, 32, 32)
    options = {"norm": norm, "output_fmt": "NLC", "intermediates_only": True, "return_prefix_tokens": True}
    expected: Any  # timm's annotation knows nothing of prefix tokens
    expected = theirs.forward_intermediates(mine.normalize(pictures), [0, 2], **options)
    for found, (patches, prefix) in zip(mine.intermediate(pictures, [0, -1], norm), expected, strict=True):
        close(found, torch.cat([prefix, patches], 1))


def test_other_weights_are_refused():
    state = torchvision.models.resnet18().state_dict()
    with pytest.raises(published.NotPublished, match="no patch embedding"):
        published.vit(state)
    with pytest.raises(published.NotPublished, match="no visual.conv1.weight"):
        published.clip(state)
    del state["layer1.0.conv1.weight"]
    with pytest.raises(published.NotPublished, match="missing .'stages.0.conv1.weight'."):
        published.resnet18(state)
