"""Networks: what they promise about sizes, positions, memory, chance and wrong input."""

import pytest
import torch
import torch.nn.functional as F

from course_lib.nn import (
    BPE,
    Attention,
    ConvNet,
    DropPath,
    TextTransformer,
    Transformer,
    ViT,
    conv_stem,
    resize_pos_embed,
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


def test_stretched_positions_keep_the_class_token_and_a_slope():
    slope = torch.cat([torch.full((1, 1), 9.0), torch.arange(16.0)[:, None] // 4])
    larger = resize_pos_embed(slope, 1, 8, 8)
    assert larger[0] == 9 and larger[1:].reshape(8, 8)[:, 3].diff().min() >= 0
    assert resize_pos_embed(slope, 1, 4, 4) is slope


def test_without_positions_a_vit_sees_a_bag():
    pictures = torch.rand(2, 3, 32, 32)
    shuffled = torch.cat([pictures[..., 16:], pictures[..., :16]], -1)  # whole patches change places
    for positions, same in ((False, True), (True, False)):
        network = small(pool="mean", positions=positions).eval()
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


def test_drop_path_leaves_whole_pictures_out_and_keeps_the_mean():
    torch.manual_seed(0)
    seen = DropPath(0.25).train()(torch.ones(4000, 2, 3))
    assert seen.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (seen.amax((1, 2)) == seen.amin((1, 2))).all() and seen.mean().item() == pytest.approx(1, abs=0.05)
    shares = [block.drop_path.share for block in Transformer(8, 3, 2, drop_path=0.2).blocks]
    assert shares == pytest.approx([0, 0.1, 0.2])


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_its_weights_times_its_values(causal):
    attention, x = Attention(24, 3), torch.randn(2, 7, 24)
    values = attention.split(x)[2]
    by_weights = attention.out((attention.weights(x, causal) @ values).transpose(1, 2).flatten(2))
    assert (attention(x, causal) - by_weights).abs().max() < 1e-5


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


# --- Text


def test_bpe_merges_what_is_frequent_first():
    bpe = BPE.learn(["aa aa aa ab", "aa b"], merges=2)
    assert bpe.vocabulary[512:] == ["aa</w>", "ab</w>"]
    assert len(bpe) == 256 + 256 + 2 + 2 and bpe.start == 514 and bpe.end == 515


def test_bpe_knows_every_text_and_gives_it_back():
    bpe = BPE.learn(["a red cat"], merges=50)
    assert len(bpe.encode("a red cat")) == 3
    for text in ("a blue dog!", "猫 and ñandú", "🏳️‍🌈 1 2 3"):
        assert bpe.decode(bpe.encode(text)).replace(" ", "") == text.replace(" ", "")


def test_bpe_rows():
    bpe = BPE.learn(["a red cat"], merges=50)
    rows = bpe(["a red cat", "cat"], length=4)
    assert rows.shape == (2, 4) and rows[0, 0] == bpe.start
    assert rows[0].tolist()[-1] == bpe.end and rows[1].tolist()[-1] == 0
    assert bpe(["a red cat", "cat"], length=9, trim=True).shape == (2, 5)


def test_bpe_refuses_another_file(tmp_path):
    path = tmp_path / "merges.txt"
    path.write_text("#version: 0.2\na b\n", encoding="utf-8")
    with pytest.raises(ValueError, match="expected 48894 merges in .*merges.txt, got 1"):
        BPE.read(path)


def test_text_knows_only_what_came_before_and_nothing_after_the_end():
    text = TextTransformer(20, 32, 2, 4, length=8, seed=1).eval()
    ids = torch.tensor([[18, 3, 4, 19, 0, 0]])
    assert torch.allclose(text(ids), text(ids[:, :4]), atol=1e-6)
    changed = ids.clone()
    changed[0, 2] = 7
    a, b = text.tokens(ids), text.tokens(changed)
    assert torch.allclose(a[:, :2], b[:, :2], atol=1e-6) and (a[:, 2:] - b[:, 2:]).abs().max() > 1e-3
    assert F.cosine_similarity(text(ids), text(changed)).item() < 0.9999
    with pytest.raises(ValueError, match="T at most 8, got .1, 9.*bpe.texts, length=8."):
        text(torch.zeros(1, 9, dtype=torch.long))
