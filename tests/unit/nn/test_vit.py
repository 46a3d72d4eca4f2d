"""The Vision Transformer: its sizes and shapes, any part of its patches, masks, registers, every kind of position."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from course_lib.nn import (
    ConvNet,
    Encoder,
    MomentumEncoder,
    ViT,
    conv_stem,
    sincos_pos_embed,
    vit,
)
from course_lib.nn.vit import SIZES


def small(**options):
    return ViT(**{"width": 32, "depth": 2, "heads": 4, "size": 32, "patch": 8, **options})


@pytest.mark.parametrize("pool", ["class", "mean"])
@pytest.mark.parametrize("stem", ["patch", "conv"])
def test_a_vit_has_the_shapes_it_says(pool, stem):
    network, extra = small(pool=pool, stem=stem), int(pool == "class")
    pictures = torch.rand(3, 3, 32, 32)
    assert network(pictures).shape == (3, 32)
    assert network.tokens(pictures).shape == (3, extra + 16, 32)
    assert network.feature_map(pictures).shape == (3, 32, 4, 4)
    attention = network.attention(pictures)
    assert attention.shape == (2, 3, 4, extra + 16, extra + 16)
    assert torch.allclose(attention.sum(-1), torch.ones(2, 3, 4, extra + 16), atol=1e-5)


@pytest.mark.parametrize("name", SIZES)
def test_sizes_have_the_parameters_that_are_known(name):
    known = {"tiny": 5.5e6, "small": 21.7e6, "base": 85.8e6, "large": 303.3e6, "mini": 0.9e6}
    with torch.device("meta"):
        network = vit(name)
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(known[name], rel=0.02)


def test_other_sizes_of_pictures_are_read():
    network = small().eval()
    assert network(torch.rand(1, 3, 48, 64)).shape == (1, 32)
    with pytest.raises(ValueError, match="patches of 8 pixels divide evenly, got .1, 3, 30, 32.: crop"):
        network(torch.rand(1, 3, 30, 32))


def test_without_positions_a_vit_sees_a_bag():
    pictures = torch.rand(2, 3, 32, 32)
    shuffled = torch.cat([pictures[..., 16:], pictures[..., :16]], -1)  # whole patches change places
    for pos_embed, same in ((False, True), (True, False), ("none", True), ("learned", False), ("sincos", False)):
        network = small(pool="mean", pos_embed=pos_embed).eval()
        assert ((network(pictures) - network(shuffled)).abs().max() < 1e-5) == same


def test_less_memory_and_the_same_gradient():
    pictures, gradients = torch.rand(2, 3, 32, 32), []
    for checkpointing in (False, True):
        network = small(checkpointing=checkpointing, drop_path=0.5).train()
        torch.manual_seed(3)
        network(pictures).square().sum().backward()
        gradients.append([p.grad for p in network.parameters() if p.grad is not None])
    assert len(gradients[0]) == len(gradients[1]) > 20
    for a, b in zip(*gradients, strict=True):
        assert torch.equal(a, b)


def test_the_same_seed_gives_the_same_weights_and_leaves_no_trace():
    before = torch.get_rng_state()
    one, same, other = (small(seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["stem.weight"], other["stem.weight"])


def test_wrong_settings_get_a_sentence():
    with pytest.raises(ValueError, match="patches of 8 pixels divide evenly, got 30"):
        small(size=30)
    with pytest.raises(ValueError, match="3 heads can share evenly, got 32"):
        small(heads=3)
    with pytest.raises(ValueError, match="a patch of 2, 4, 8, 16 … pixels for a convolutional stem, got 6"):
        conv_stem(32, 6)
    with pytest.raises(ValueError, match="expected a size out of mini, tiny"):
        vit("huge")
    for network in (small(), ConvNet()):
        with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\) in \[0, 1\], got \(32, 32, 3\)"):
            network(torch.rand(32, 32, 3))


# --- Which tokens there are


OPTIONS = {
    "plain": {},
    "mean": {"pool": "mean"},
    "registers": {"registers": 3},
    "sincos": {"pos_embed": "sincos", "pool": "mean", "class_token": True},
    "BEiT": {"pos_embed": "none", "rel_pos_bias": "shared", "layer_scale": 0.1},
    "BEiT, fine-tuned": {"pos_embed": "none", "rel_pos_bias": "block", "pool": "mean", "fc_norm": True},
    "all": {"registers": 2, "rel_pos_bias": "block", "mask_token": True, "layer_scale": 0.1, "stem": "conv"},
}


def stirred(**options):
    """A small ViT whose learned tables are not the zeros that they begin with."""
    network = small(**options).eval()
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(5)
        for weight in network.parameters():
            weight.add_(0.1 * torch.randn(weight.shape))
    return network


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@torch.no_grad()
def test_keeping_every_patch_is_the_full_pass(options):
    for side, rows, columns in ((32, 4, 4), (24, 3, 5)):
        network, pictures = stirred(size=side, **options), torch.rand(2, 3, 8 * rows, 8 * columns)
        every = torch.arange(rows * columns).expand(2, -1)
        full = network.tokens(pictures)
        assert full.shape == (2, network.num_prefix_tokens + rows * columns, 32)
        assert (network.tokens(pictures, keep=every) - full).abs().max() < 1e-5
        # in another order they are the same tokens
        order = torch.stack([torch.randperm(rows * columns) for _ in range(2)])
        mixed, prefix = network.tokens(pictures, keep=order), network.num_prefix_tokens
        assert torch.allclose(mixed[:, :prefix], full[:, :prefix], atol=1e-5)
        back = mixed[:, prefix:].gather(1, order.argsort(1)[..., None].expand(-1, -1, 32))
        assert (back - full[:, prefix:]).abs().max() < 1e-5


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@torch.no_grad()
def test_what_is_not_kept_is_not_seen(options):
    network, pictures = stirred(**options), torch.rand(2, 3, 32, 32)
    keep = torch.tensor([[5, 0, 9], [12, 3, 15]])
    tokens = network.tokens(pictures, keep)
    assert tokens.shape == (2, network.num_prefix_tokens + 3, 32)
    changed = pictures.clone()
    changed[0, :, 8:16, 16:24] = 0  # patch 6 of the first picture
    again = network.tokens(changed, keep)
    if options.get("stem") != "conv":  # there patches overlap
        assert torch.equal(tokens, again)
    swapped = network.tokens(pictures, keep[:, [2, 0, 1]])
    pooled, other = (t[:, network.num_prefix_tokens :].mean(1) for t in (tokens, swapped))
    assert (pooled - other).abs().max() < 1e-5
    assert (network.tokens(pictures, keep.flip(0))[0] - tokens[0]).abs().max() > 1e-3


@torch.no_grad()
def test_masked_patches_become_the_mask_token_at_their_place():
    network, pictures = stirred(mask_token=True, registers=1), torch.rand(2, 3, 32, 32)
    mask = torch.zeros(2, 16, dtype=torch.bool)
    mask[0, [2, 7]] = True
    plain, masked = network.embed(pictures), network.embed(pictures, mask=mask)
    assert network.mask_token is not None and network.pos_embed is not None
    expected = network.mask_token + network.pos_embed[1 + torch.tensor([2, 7])]
    assert (masked[0, 2 + torch.tensor([2, 7])] - expected).abs().max() < 1e-6
    assert (masked != plain).any(-1).sum() == 2
    assert torch.equal(network.tokens(pictures, mask=~mask & mask), network.tokens(pictures))
    # what a masked patch showed is gone, from the class token too
    changed = pictures.clone()
    changed[0, :, 8:16, 24:32] = 1  # patch 7
    assert torch.equal(network.tokens(changed, mask=mask), network.tokens(pictures, mask=mask))
    # masked patches may be kept
    keep = torch.tensor([[7, 1], [0, 4]])
    assert (network.embed(pictures, keep, mask)[0, 2] - expected[1]).abs().max() < 1e-6


def test_gradient_reaches_the_mask_token_only_where_something_is_masked():
    network, pictures = small(mask_token=True), torch.rand(2, 3, 32, 32)
    token, stem = network.get_parameter("mask_token"), network.get_parameter("stem.weight")
    network.tokens(pictures).square().sum().backward()
    assert token.grad is None
    for hidden in (False, True):
        network.zero_grad()
        network.tokens(pictures, mask=torch.full((2, 16), hidden)).square().sum().backward()
        assert token.grad is not None and token.grad.any() == hidden
        assert stem.grad is not None and stem.grad.any() != hidden


def test_prefix_tokens_are_the_class_token_and_the_registers():
    network, pictures = small(registers=4, mask_token=True), torch.rand(2, 3, 32, 32)
    assert network.num_prefix_tokens == 5
    assert network.pos_embed is not None and network.pos_embed.shape == (17, 32)
    assert network.register_tokens is not None and network.register_tokens.shape == (4, 32)
    assert network.mask_token is not None and network.mask_token.shape == (32,)
    embedded = network.embed(pictures)
    assert torch.equal(embedded[:, 0], (network.cls_token + network.pos_embed[:1]).expand(2, -1))
    assert torch.equal(embedded[:, 1:5], network.register_tokens.expand(2, -1, -1))  # no positions
    assert network.feature_map(pictures).shape == (2, 32, 4, 4)
    without = small(pool="mean", registers=4)
    assert without.num_prefix_tokens == 4 and without.cls_token.shape == (0, 32)
    pooled = without.tokens(pictures)[:, 4:].mean(1)
    assert (without(pictures) - pooled).abs().max() < 1e-6


def test_the_keys_of_weights():
    plain = ["cls_token", "pos_embed", "stem.weight", "stem.bias"]
    plain += [f"transformer.blocks.{i}.{name}.{part}" for i in range(2) for part in ("weight", "bias")
              for name in ("norm1", "attention.qkv", "attention.out", "norm2", "mlp.0", "mlp.2")]  # fmt: skip
    plain += ["norm.weight", "norm.bias"]
    assert sorted(small().state_dict()) == sorted(plain)
    more = small(**OPTIONS["all"] | {"stem": "patch"}).state_dict().keys() - set(plain)
    scales = {f"transformer.blocks.{i}.ls{j}" for i in range(2) for j in (1, 2)}
    assert more == scales | {"register_tokens", "mask_token", "rel_pos_bias.table"}
    assert "pos_embed" not in small(pos_embed="sincos").state_dict()


def test_what_a_seed_gives_does_not_depend_on_what_else_there_is():
    plain, more = small().state_dict(), small(registers=2, mask_token=True, rel_pos_bias="block", layer_scale=0.1)
    assert all(torch.equal(value, more.state_dict()[key]) for key, value in plain.items())


@torch.no_grad()
def test_a_teacher_follows_whatever_there_is():
    student = stirred(**OPTIONS["all"])
    teacher = MomentumEncoder(student, momentum=0.0, schedule="constant")
    student.get_parameter("mask_token").add_(1)
    student.get_parameter("rel_pos_bias.table").add_(1)
    teacher.update(0.5)
    followed = teacher[0]
    assert isinstance(followed, ViT)
    pictures, mask = torch.rand(2, 3, 32, 32), torch.rand(2, 16) < 0.5
    assert (followed.tokens(pictures, mask=mask) - student.tokens(pictures, mask=mask)).abs().max() < 1e-5


@torch.no_grad()
def test_layer_scale_scales_both_branches():
    pictures = torch.rand(2, 3, 32, 32)
    still = small(layer_scale=0.0)
    assert torch.equal(still.tokens(pictures), still.norm(still.embed(pictures)))
    assert torch.equal(small(layer_scale=1.0)(pictures), small()(pictures))


# --- Between the blocks


@torch.no_grad()
def test_tokens_between_the_blocks():
    network, pictures = stirred(depth=3, registers=1, rel_pos_bias="block"), torch.rand(2, 3, 32, 32)
    first, last, again = network.intermediate(pictures, [0, -1, 2])
    assert first.shape == (2, 18, 32) and torch.equal(last, again)
    assert torch.equal(network.norm(last), network.tokens(pictures))
    assert torch.equal(network.intermediate(pictures, [0], norm=True)[0], network.norm(first))
    keep = torch.tensor([[1, 2], [3, 4]])
    assert torch.equal(network.intermediate(pictures, [2], True, keep)[0], network.tokens(pictures, keep))
    for layers in ([], [3], [-4]):
        with pytest.raises(ValueError, match="expected layers from -3 to 2, at least one, got"):
            network.intermediate(pictures, layers)


@torch.no_grad()
def test_blocks_behind_the_last_one_asked_for_are_left_out():
    network, ran = small(depth=4), []
    for i, block in enumerate(network.transformer.blocks):
        block.register_forward_hook(lambda *_, i=i: ran.append(i))
    network.intermediate(torch.rand(1, 3, 32, 32), [1, 0])
    assert ran == [0, 1]


# --- Positions


def test_sine_cosine_positions_are_fixed():
    network = small(pos_embed="sincos")
    assert "pos_embed" not in dict(network.named_parameters())
    assert network.pos_embed is not None and network.pos_embed.shape == (17, 32)
    assert not network.pos_embed[0].any() and torch.equal(network.pos_embed[1:], sincos_pos_embed(32, 4, 4))


@torch.no_grad()
def test_relative_positions_are_in_attention():
    network, pictures = stirred(pos_embed="none", rel_pos_bias="block"), torch.rand(2, 3, 32, 32)
    attention = network.attention(pictures)
    assert torch.allclose(attention.sum(-1), torch.ones(2, 2, 4, 17), atol=1e-5)
    assert network.rel_pos_bias is not None
    network.rel_pos_bias.table[0, -3, 1] = 50.0  # in the first block, head 1's class token looks at patches alone
    changed = network.attention(pictures)
    assert changed[0, :, 1, 0, 0].max() < 1e-6 and torch.equal(changed[0, :, 0], attention[0, :, 0])


@torch.no_grad()
def test_other_sizes_with_every_kind_of_position():
    for options in OPTIONS.values():
        assert stirred(**options)(torch.rand(1, 3, 40, 24)).isfinite().all()


# --- What else may happen to it


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["plain", "all"])
def test_half_precision(dtype, name):
    network, pictures = stirred(**OPTIONS[name]), torch.rand(2, 3, 32, 32)
    given = {"keep": torch.tensor([[1, 2, 9], [3, 4, 5]])}
    if network.mask_token is not None:
        given["mask"] = torch.rand(2, 16) < 0.5
    full = network.tokens(pictures, **given)
    with torch.autocast("cpu", dtype):
        half = network.tokens(pictures, **given)
        half.float().square().mean().backward()
    assert (half - full).abs().max() < 0.2
    assert all(p.grad is None or p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("checkpointing", [False, True])
def test_nothing_waits_on_a_gpu_that_is_not_there(checkpointing):
    with FakeTensorMode(), torch.device("cuda"):
        network = small(**OPTIONS["all"], checkpointing=checkpointing, drop_path=0.1).train()
        pictures, keep = torch.rand(2, 3, 40, 24), torch.zeros(2, 3, dtype=torch.int64)
        mask = torch.zeros(2, 15, dtype=torch.bool)
        found = [network.tokens(pictures, keep, mask), *network.intermediate(pictures, [0, -1], True, keep)]
        found += [network.attention(pictures), network.feature_map(pictures), network(pictures)]
        assert all(x.device.type == "cuda" for x in found)


def test_less_memory_and_the_same_gradient_with_all_there_is():
    pictures, mask = torch.rand(2, 3, 32, 32), torch.rand(2, 16) < 0.5
    gradients = []
    for checkpointing in (False, True):
        network = small(**OPTIONS["all"], checkpointing=checkpointing).train()
        network.tokens(pictures, torch.tensor([[1, 2], [3, 9]]), mask).square().sum().backward()
        keys = "rel_pos_bias.table", "transformer.blocks.0.ls1"
        gradients.append([network.get_parameter(key).grad for key in keys])
    assert all(torch.equal(*pair) and pair[0].any() for pair in zip(*gradients, strict=True))


def test_what_does_not_go_together_gets_a_sentence():
    pictures, mask = torch.rand(2, 3, 32, 32), torch.ones(2, 16, dtype=torch.bool)
    with pytest.raises(ValueError, match="a ViT that has a mask token, got one without: make it with mask_token=True"):
        small().tokens(pictures, mask=mask)
    network = small(mask_token=True)
    for wrong in (mask.float(), mask[:1], mask[:, :15]):
        with pytest.raises(ValueError, match=r"expected a mask \(2, 16\) of bool, True where a patch is hidden, got"):
            network.tokens(pictures, mask=wrong)
    for keep in (torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64), torch.zeros(1, 3, dtype=torch.int64)):
        with pytest.raises(ValueError, match=r"expected the patches to keep \(2, K\) as int64, got"):
            network.tokens(pictures, keep=keep)
    with pytest.raises(ValueError, match="pool='class' with a class token and without fc_norm, got pool='class', cl"):
        small(class_token=False)
    with pytest.raises(ValueError, match="got pool='class', class_token=True, fc_norm=True"):
        small(fc_norm=True)
    with pytest.raises(ValueError, match="expected pos_embed 'learned', 'sincos' or 'none', got 'rope'"):
        small(pos_embed="rope")
    with pytest.raises(ValueError, match="expected rel_pos_bias 'shared', 'block' or None, got True"):
        small(rel_pos_bias=True)


@torch.no_grad()
def test_every_encoder_has_a_feature_map():
    for network in (small(), small(pool="mean"), ConvNet()):
        assert network.feature_map(torch.rand(2, 3, 32, 32)).shape == (2, network.width, 4, 4)
    with pytest.raises(NotImplementedError, match="Encoder has no map of features: def feature_map"):
        Encoder().feature_map(torch.rand(1, 3, 8, 8))


def test_pictures_and_patches_that_do_not_fit_get_a_sentence():
    network = small()
    for wrong in (torch.rand(2, 3, 4, 8), torch.rand(2, 3, 0, 0)):
        for call in (network, network.feature_map, network.attention, network.tokens):
            with pytest.raises(ValueError, match="whose sides patches of 8 pixels divide evenly"):
                call(wrong)
    with pytest.raises(ValueError, match=r"expected pictures \(B, 3, H, W\)"):
        network.feature_map(torch.rand(3, 32))
    for keep in (torch.tensor([[0, 16]]), torch.tensor([[-1, 3]])):
        with pytest.raises(ValueError, match="expected to keep patches from 0 to 15, got"):
            network.tokens(torch.rand(1, 3, 32, 32), keep=keep)


def test_numbers_that_are_none_get_a_sentence():
    for options, told in (
        ({"stem": "dense"}, "a stem 'patch' or 'conv', got 'dense'"),
        ({"registers": -1}, "a number of registers, whole and from 0, got -1"),
        ({"patch": 0}, "a patch, whole and from 1, got 0"),
        ({"size": 32.0}, "a size, whole and from 1, got 32.0"),
        ({"width": 0}, "a width, whole and from 1, got 0"),
        ({"depth": 0}, "a depth, whole and from 1, got 0"),
        ({"drop_path": -0.1}, "a drop_path from 0 to 1, got -0.1"),
    ):
        with pytest.raises(ValueError, match=told):
            small(**options)
    with pytest.raises(ValueError, match="a width of at least 8 for patches of 16 pixels, got 4"):
        conv_stem(4, 16)


@torch.no_grad()
def test_pictures_of_every_floating_dtype_are_read_in_the_networks_own():
    network, pictures = small(), torch.rand(2, 3, 32, 32)
    assert torch.equal(network(pictures.double()), network(pictures))
    assert small().half().feature_map(pictures).dtype == torch.float16
