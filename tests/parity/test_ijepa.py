"""I-JEPA's predictor and loss are what lightly computes, value and gradient; its blocks are what the paper says."""

from math import sqrt
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from lightly.models.modules import IJEPAPredictorTIMM
from torch import Tensor, nn

from course_lib.nn import ViT
from course_lib.pretrain.ijepa import Predictor, ijepa_blocks, ijepa_loss, pick

NAMES = {
    "predictor_embed.": "embed.",
    "predictor_proj.": "head.",
    "decoder.norm.": "norm.",
    "decoder.blocks.": "transformer.blocks.",
    "attn.qkv.": "attention.qkv.",
    "attn.proj.": "attention.out.",
    "mlp.fc1.": "mlp.0.",
    "mlp.fc2.": "mlp.2.",
    "decoder.mask_token": "mask_token",
}
"""What is called how: lightly's names and ours."""


def ours(name: str) -> str:
    for theirs, mine in NAMES.items():
        name = name.replace(theirs, mine)
    return name


def lightlys(side: int, width: int, inside: int, depth: int, heads: int) -> Any:
    """lightly's predictor with weights that leave nothing at 0, where a mistake would hide; its places stay."""
    theirs = IJEPAPredictorTIMM(side**2, depth, width, inside, heads)
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in theirs.parameters():
            if weight.requires_grad:
                spread = 0.5 * weight[0].numel() ** -0.5 if weight.ndim > 1 else 0.1
                weight += spread * torch.randn(weight.shape, generator=g)
    return theirs.eval()


def pair(side: int = 8, width: int = 64, inside: int = 32, depth: int = 2, heads: int = 4) -> tuple[Predictor, Any]:
    """Our predictor with lightly's weights, and lightly's."""
    theirs = lightlys(side, width, inside, depth, heads)
    mine = Predictor(ViT(width, 1, 2, size=4 * side, patch=4, pool="mean"), inside, depth, heads).eval()
    state = {ours(name): x for name, x in theirs.state_dict().items() if name != "decoder.pos_embed"}
    state["mask_token"] = state["mask_token"].flatten()
    mine.load_state_dict(state)  # strict: no weight is left over, on neither side
    return mine, theirs


def close(mine: Tensor, theirs: Tensor) -> None:
    assert mine.shape == theirs.shape
    assert (mine - theirs).abs().max().item() <= 1e-5 * max(1.0, theirs.abs().max().item())


@pytest.mark.parametrize("sizes", [{}, {"side": 14, "width": 96, "inside": 48, "depth": 3, "heads": 3}])
def test_the_predictor_and_its_loss_are_lightlys(sizes):
    mine, theirs = pair(**sizes)
    g, side, width = torch.Generator().manual_seed(1), sizes.get("side", 8), sizes.get("width", 64)
    targets, context = ijepa_blocks(3, side, side, generator=g)
    seen = torch.randn(3, context.shape[1], width, generator=g)
    whole = 3 * torch.randn(3, side**2, width, generator=g)
    mine_seen, their_seen = seen.clone().requires_grad_(), seen.clone().requires_grad_()
    prediction = mine(mine_seen, context, targets, side, side)
    expected = theirs(their_seen, [context], list(targets))  # one target after the other, (M · B, T, D)
    close(prediction.flatten(0, 1), expected)
    # The recipe of lightly's example: normalize the teacher's tokens, then take those of the targets
    normalized = F.layer_norm(whole, (width,))
    wanted = torch.cat([torch.stack([normalized[b, block[b]] for b in range(3)]) for block in targets])
    loss, their_loss = ijepa_loss(prediction, pick(whole, targets)), nn.SmoothL1Loss()(expected, wanted)
    assert loss.item() == pytest.approx(their_loss.item(), rel=1e-6)
    loss.backward()
    their_loss.backward()
    grads = {ours(name): weight.grad for name, weight in theirs.named_parameters() if weight.requires_grad}
    assert grads.keys() == dict(mine.named_parameters()).keys()
    grads["the context's tokens"] = their_seen.grad
    for name, weight in [*mine.named_parameters(), ("the context's tokens", mine_seen)]:
        a, b = weight.grad, grads[name]
        assert a is not None and b is not None
        assert b.abs().max() > 1e-6 and (a - b.view_as(a)).abs().max() <= 1e-5 * b.abs().max(), name


def test_places_are_lightlys():
    for side in (4, 8, 14):
        mine, theirs = pair(side)
        close(mine.pos_embed, theirs.decoder.pos_embed[0])
        assert not theirs.decoder.pos_embed.requires_grad


def sides(block: Tensor, columns: int) -> tuple[int, int]:
    row, column = block // columns, block % columns
    return int(row.max() - row.min()) + 1, int(column.max() - column.min()) + 1


def test_blocks_have_the_sizes_and_ratios_of_the_paper():
    """Section 3: targets of 0.15 to 0.2 of the picture and ratios of 0.75 to 1.5; a context of 0.85 to 1."""
    shares, ratios, contexts = [], [], []
    for number in range(200):  # on a grid so fine that rounding hardly matters
        g = torch.Generator().manual_seed(number)
        targets, _ = ijepa_blocks(1, 100, 100, generator=g)
        assert len(targets) == 4
        height, width = sides(targets[0, 0], 100)
        shares.append(height * width / 100**2)
        ratios.append(height / width)
        # With targets of one patch, hardly anything is taken out of the context
        contexts.append(ijepa_blocks(1, 100, 100, 1, (1e-4, 1e-4), (1, 1), generator=g)[1].shape[1] / 100**2)
    for found, low, high, off in ((shares, 0.15, 0.2, 0.002), (ratios, 0.75, 1.5, 0.03), (contexts, 0.85, 1, 0.006)):
        assert low - off <= min(found) < low + 0.1 * (high - low) + off
        assert high - 0.1 * (high - low) - off < max(found) <= high + off
        spread = (high - low) / sqrt(12)  # drawn evenly
        assert abs(sum(found) / len(found) - (low + high) / 2) < 4 * spread / sqrt(len(found)) + off


def test_size_and_ratio_are_drawn_apart():
    drawn = []
    for number in range(300):
        targets, _ = ijepa_blocks(1, 60, 60, generator=torch.Generator().manual_seed(number))
        height, width = sides(targets[0, 0], 60)
        drawn.append([height * width, height / width])
    assert torch.tensor(drawn).T.corrcoef()[0, 1].abs() < 0.2


def test_on_the_papers_grid_contexts_are_as_large_as_chance_says():
    """On 14 × 14 patches, with places drawn by plain chance: the mean share that four targets leave of a context."""
    g = torch.Generator().manual_seed(0)
    kept, expected = [], []
    for _ in range(150):
        targets, context = ijepa_blocks(1, 14, 14, generator=g)
        height, width = sides(targets[0, 0], 14)
        kept.append(context.shape[1])
        side = sqrt(196 * (0.85 + 0.15 * torch.rand((), generator=g).item()))
        left = torch.zeros(14, 14, dtype=torch.bool)
        for high, wide, there in ((round(side), round(side), True), *[(height, width, False)] * 4):
            top = int(torch.randint(14 - high + 1, (), generator=g))
            start = int(torch.randint(14 - wide + 1, (), generator=g))
            left[top : top + high, start : start + wide] = there
        expected.append(int(left.sum()))
    mean, other = sum(kept) / len(kept), sum(expected) / len(expected)
    assert abs(mean - other) < 6 and 75 < mean < 110
