"""Attention of every kind against PyTorch's own, the block around it, and paths that are left out."""

import pytest
import torch
from torch import nn
from torchvision.ops import StochasticDepth

from course_lib.nn import Attention, Block, Transformer


def theirs_of(mine, width, context_width=None):
    """PyTorch's attention with the same weights."""
    other = None if context_width is None else context_width
    theirs = nn.MultiheadAttention(width, mine.heads, batch_first=True, kdim=other, vdim=other)
    with torch.no_grad():
        if context_width is None:
            theirs.in_proj_weight.copy_(mine.qkv.weight)
            theirs.in_proj_bias.copy_(mine.qkv.bias)
        else:
            k, v = mine.kv.weight.chunk(2)
            for weight, value in ((theirs.q_proj_weight, mine.q.weight), (theirs.k_proj_weight, k)):
                weight.copy_(value)
            theirs.v_proj_weight.copy_(v)
            theirs.in_proj_bias.copy_(torch.cat([mine.q.bias, mine.kv.bias]))
        theirs.out_proj.load_state_dict(mine.out.state_dict())
    return theirs


@pytest.fixture(params=[None, 16], ids=["self", "cross"])
def given(request):
    """Our attention, PyTorch's with the same weights, tokens, and what they attend to if it is something else."""
    torch.manual_seed(0)
    mine = Attention(24, 3, context_width=request.param)
    nn.init.normal_(mine.out.bias)
    context = None if request.param is None else torch.randn(2, 5, request.param)
    return mine, theirs_of(mine, 24, request.param), torch.randn(2, 7, 24), context


def agree(given, theirs_mask=None, **limits):
    mine, theirs, x, context = given
    others = x if context is None else context
    y, weights = theirs(x, others, others, attn_mask=theirs_mask, average_attn_weights=False)
    assert (mine(x, context, **limits) - y).abs().max() < 1e-6
    assert (mine.weights(x, context, **limits) - weights).abs().max() < 1e-6


def test_attention_is_pytorchs(given):
    agree(given)


@pytest.mark.parametrize("shape", [(2, 3), (1, 1), (2, 1), (1, 3)])
def test_masked_attention_is_pytorchs(given, shape):
    mine, _, x, context = given
    m = 7 if context is None else 5
    mask = torch.rand(*shape, 7, m) < 0.6
    mask[..., 0] = True
    agree(given, ~mask.expand(2, 3, 7, m).flatten(0, 1), mask=mask)
    padding = torch.tensor([True, True, False, True, False, True, True])[:m].view(1, 1, 1, m)
    agree(given, ~padding.expand(2, 3, 7, m).flatten(0, 1), mask=padding)


def test_causal_attention_is_pytorchs():
    torch.manual_seed(0)
    mine, x = Attention(24, 3), torch.randn(2, 7, 24)
    later = torch.ones(7, 7, dtype=torch.bool).triu(1)
    given = mine, theirs_of(mine, 24), x, None
    agree(given, later, causal=True)
    mask = torch.rand(2, 1, 7, 7) < 0.5
    mask |= torch.eye(7, dtype=torch.bool)
    agree(given, (~mask | later).expand(2, 3, 7, 7).flatten(0, 1), causal=True, mask=mask)


def test_a_bias_is_added_to_the_scores(given):
    _, _, x, context = given
    m = 7 if context is None else 5
    bias, mask = torch.randn(1, 3, 7, m), torch.rand(2, 1, 7, m) < 0.6
    mask[..., 0] = True
    agree(given, bias.expand(2, -1, -1, -1).flatten(0, 1), bias=bias)
    both = bias.masked_fill(~mask, float("-inf")).flatten(0, 1)
    agree(given, both, bias=bias, mask=mask)
    if context is None:
        causal = bias.masked_fill(torch.ones(7, 7, dtype=torch.bool).triu(1), float("-inf"))
        agree(given, causal.expand(2, -1, -1, -1).flatten(0, 1), bias=bias, causal=True)


def test_who_may_attend_to_nothing_gathers_zeros(given):
    mine, _, x, context = given
    m = 7 if context is None else 5
    mask = torch.ones(2, 1, 7, m, dtype=torch.bool)
    mask[1, 0, 3] = False
    x = x.requires_grad_()
    y, weights = mine(x, context, mask=mask), mine.weights(x, context, mask=mask)
    assert torch.allclose(y[1, 3], mine.out.bias) and not weights[1, :, 3].any()
    assert (y[0] - mine(x, context)[0]).abs().max() < 1e-6
    y.square().sum().backward()
    assert x.grad.isfinite().all() and all(p.grad.isfinite().all() for p in mine.parameters())


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_its_weights_times_its_values(causal):
    attention, x = Attention(24, 3), torch.randn(2, 7, 24)
    values = attention.split(x)[2]
    by_weights = attention.out((attention.weights(x, causal=causal) @ values).transpose(1, 2).flatten(2))
    assert (attention(x, causal=causal) - by_weights).abs().max() < 1e-5


def test_wrong_contexts_and_masks_get_a_sentence():
    x, context, own, cross = torch.rand(2, 7, 24), torch.rand(2, 5, 16), Attention(24, 3), Attention(24, 3, 16)
    with pytest.raises(ValueError, match=r"no context in self-attention, got \(2, 5, 16\).*context_width=16"):
        own(x, context)
    for wrong, got in (
        (None, "none"),
        (x, r"\(2, 7, 24\)"),
        (context[0], r"\(5, 16\)"),
        (context[:1], r"\(1, 5, 16\)"),
    ):
        with pytest.raises(ValueError, match=rf"expected a context \(2, M, 16\), got {got}"):
            cross(x, wrong)
    with pytest.raises(ValueError, match="as many keys as queries for causal attention, got 5 and 7"):
        cross(x, context, causal=True)
    with pytest.raises(ValueError, match="a mask of bool, True where a token may attend, got torch.float32"):
        own(x, mask=torch.ones(1, 1, 7, 7))
    for wrong in (torch.ones(7, 7), torch.ones(1, 1, 5, 7), torch.ones(2, 2, 7, 7)):
        with pytest.raises(ValueError, match=r"a mask \(B, heads, N, M\) = \(2, 3, 7, 7\), or 1 in place of any, got"):
            own.weights(x, mask=wrong.bool())


@pytest.mark.parametrize("checkpointing", [False, True])
def test_masks_and_biases_reach_every_block(checkpointing):
    torch.manual_seed(0)
    network = Transformer(24, 3, 3, checkpointing=checkpointing).train()
    x, mask = torch.randn(2, 7, 24), torch.ones(1, 1, 1, 7, dtype=torch.bool)
    mask[..., 5:] = False  # the last two are padding
    assert (network(x, mask)[:, :5] - network(x[:, :5])).abs().max() < 1e-5
    bias = torch.zeros(3, 1, 3, 7, 7)
    bias[..., 5:] = float("-inf")
    assert (network(x, bias=bias)[:, :5] - network(x[:, :5])).abs().max() < 1e-5
    assert (network(x, bias=bias[:1]) - network(x, bias=bias)).abs().max() < 1e-6
    bias[1] = 0  # the second block sees the padding
    assert (network(x, bias=bias)[:, :5] - network(x[:, :5])).abs().max() > 1e-3
    assert not network.weights(x, mask)[..., 5:].any()


def test_drop_path_leaves_whole_pictures_out_and_keeps_the_mean():
    torch.manual_seed(0)
    seen = Block(8, 2, drop_path=0.25).drop_path.train()(torch.ones(4000, 2, 3))
    assert seen.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (seen.amax((1, 2)) == seen.amin((1, 2))).all() and seen.mean().item() == pytest.approx(1, abs=0.05)
    parts = Transformer(8, 3, 2, drop_path=0.2).modules()
    shares = [part.p for part in parts if isinstance(part, StochasticDepth)]
    assert shares == pytest.approx([0, 0.1, 0.2])
    x = torch.rand(2, 3, 8)
    assert torch.equal(Block(8, 2, drop_path=0.9).eval().drop_path(x), x)


def test_tokens_and_biases_that_do_not_fit_get_a_sentence():
    own, network, x = Attention(24, 3), Transformer(24, 2, 3), torch.rand(2, 7, 24)
    for wrong in (x[0], x[..., :20]):
        with pytest.raises(ValueError, match=r"expected tokens \(B, N, 24\), got"):
            own(wrong)
    for call in (own, own.weights):
        with pytest.raises(ValueError, match=r"a bias \(B, heads, N, M\) = \(2, 3, 7, 7\), or 1 in place of any, got"):
            call(x, bias=torch.rand(1, 3, 7, 5))
    with pytest.raises(ValueError, match="a bias for each of 2 blocks, or one for all, got 3"):
        network(x, bias=torch.rand(3, 1, 3, 7, 7))
    for layers in (0, [0.5], None, ["0"]):
        with pytest.raises(ValueError, match="expected layers from -2 to 1, at least one, got"):
            network.intermediate(x, layers)  # pyright: ignore[reportArgumentType]


def test_wrong_settings_get_a_sentence():
    for make, told in (
        (lambda: Attention(24, 0), "a number of heads, whole and from 1, got 0"),
        (lambda: Attention(24, 3, 0), "a context's width, whole and from 1, got 0"),
        (lambda: Transformer(24, 0, 3), "a depth, whole and from 1, got 0"),
        (lambda: Transformer(24, 2, 3, drop_path=1.5), "a drop_path from 0 to 1, got 1.5"),
        (lambda: Block(24, 3, layer_scale=float("nan")), "a layer_scale from -inf, got nan"),
        (lambda: Block(24, 3, mlp=0), "mlp above 0, got 0"),
        (lambda: Block(24, 3, eps=-1), "eps from 0, got -1"),
    ):
        with pytest.raises(ValueError, match=told):
            make()
