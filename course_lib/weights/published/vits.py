"""Vision Transformers that torchvision, timm and the authors of DINO, DINOv2, MAE and BEiT publish."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isqrt

import torch
from torch import Tensor

from ...nn import ViT
from ...nn.encoder import IMAGENET
from .convert import HEADS, NotPublished, State, count_heads, expect_axes, expect_tensors, filled, renamed

KIND = "a ViT"

TIMM = {
    r"patch_embed\.proj\.": "stem.", r"cls_token$": "cls_token", r"pos_embed$": "pos_embed",
    r"(?:reg_token|register_tokens)$": "register_tokens", r"mask_token$": "mask_token",
    r"norm\.": "norm.", r"fc_norm\.": "fc_norm.",
    r"blocks\.(\d+)\.attn\.qkv\.": r"transformer.blocks.\1.attention.qkv.",
    r"blocks\.(\d+)\.attn\.([qv])_bias$": r"transformer.blocks.\1.attention.\2_bias",
    r"blocks\.(\d+)\.attn\.proj\.": r"transformer.blocks.\1.attention.out.",
    r"blocks\.(\d+)\.mlp\.fc1\.": r"transformer.blocks.\1.mlp.0.",
    r"blocks\.(\d+)\.mlp\.fc2\.": r"transformer.blocks.\1.mlp.2.",
    r"blocks\.(\d+)\.norm(\d)\.": r"transformer.blocks.\1.norm\2.",
    r"blocks\.(\d+)\.(?:ls(\d)\.gamma|gamma_(\d))$": r"transformer.blocks.\1.ls\2\3",
    r"blocks\.(\d+)\.attn\.relative_position_bias_table$": r"transformer.blocks.\1.attention.table",
    r"rel_pos_bias\.relative_position_bias_table$": "rel_pos_bias.table",
}  # fmt: skip
"""The names of timm, which the authors of DINO, DINOv2, MAE and BEiT use as well, with a few of their own."""

TORCHVISION = {
    "conv_proj": "stem", "class_token": "cls_token", r"encoder\.pos_embedding": "pos_embed", r"encoder\.ln": "norm",
    r"encoder\.layers\.encoder_layer_(\d+)\.self_attention\.in_proj_": r"transformer.blocks.\1.attention.qkv.",
    r"encoder\.layers\.encoder_layer_(\d+)\.self_attention\.out_proj": r"transformer.blocks.\1.attention.out",
    r"encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:linear_1|0)": r"transformer.blocks.\1.mlp.0",
    r"encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:linear_2|3)": r"transformer.blocks.\1.mlp.2",
    r"encoder\.layers\.encoder_layer_(\d+)\.ln_(\d)": r"transformer.blocks.\1.norm\2",
}  # fmt: skip

UNUSED = [r"heads?\.", r"(?:blocks\.\d+\.attn|rel_pos_bias)\.relative_position_index$"]
"""A classifier's last layer, and which line of BEiT's table is for whom, which follows from the size."""

AXES = {
    "cls_token": 3, "pos_embed": 3, "register_tokens": 3,
    "rel_pos_bias.table": 2, "transformer.blocks.0.attention.table": 2,
}  # fmt: skip
"""How many axes these have, of which the last is the width, or the heads in a table."""


def vit(
    state: State,
    colors: tuple[Sequence[float], Sequence[float]] | None = None,
    *,
    heads: int | None = None,
    ignore: Sequence[str] = (),
    fixed: bool = False,
) -> ViT:
    """A ViT without its last layer, from the state dict of torchvision, timm, DINO, DINOv2, MAE or BEiT.

    Its features are the class token, or, where the weights have none or norm the mean (timm's `fc_norm`), the mean over
    the patches. On pictures of another size positions are resized as timm does.

    Args:
        state: torchvision's names or timm's; DINOv2's and BEiT's own too, and MAE's encoder.
        colors: mean and standard deviation that the weights expect colors to be standardized with. If left out, those
            of most weights: colors from −1 to 1 for timm's names, `nn.encoder.IMAGENET` for torchvision's.
            DINO, DINOv2, MAE and BEiT v2 expect the latter.
        heads: of each attention. If left out, as many as are 64 wide, as in all published sizes but those 1152, 1280,
            1408 and 1664 wide, which have 16; BEiT's weights say it themselves.
        ignore: patterns that names begin with of tensors to leave out, such as MAE's decoder: ["decoder_",
            "mask_token"]. Without, what our ViT does not have is refused.
        fixed: the positions are the waves of `sincos_pos_embed` and stay so, as while MAE is pre-trained; others are
            refused. Without, they are learned, whatever they begin with.

    A state dict says nothing of some options. That blocks normalize first, with 1e-6 in each norm, that GELU is the
    activation, that features are pooled as said above (a mean of a class token's weights, or the greatest value, leaves
    no trace) and that the weights were trained on square pictures is taken for granted.

    Raises:
        NotPublished: if these are other weights, or hold tensors that this ViT does not have, by name.

    >>> from torchvision.models import VisionTransformer
    >>> theirs = VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=128, mlp_dim=512)
    >>> vit(theirs.state_dict()).width
    128
    """
    expect_tensors(state, KIND)
    by_timm = "patch_embed.proj.weight" in state
    if not by_timm and "conv_proj.weight" not in state:
        raise NotPublished("expected a ViT's state dict of torchvision or timm: it has no patch embedding")
    ours = renamed(state, TIMM if by_timm else TORCHVISION, KIND, ignore=[*UNUSED, *ignore])
    expect_axes(ours, {"stem.weight": 4, **{key: count for key, count in AXES.items() if key in ours}}, KIND)
    _expect_positions(state, ours)
    width, _, patch, _ = ours["stem.weight"].shape
    odd = [key for key in AXES if key in ours and "table" not in key and ours[key].shape[-1] != width]
    if odd:
        raise NotPublished(
            f"expected tokens {width} wide, as the patches are, got {tuple(ours[odd[0]].shape)} as {odd[0]!r}"
        )
    depth = len({key.split(".")[2] for key in ours if key.startswith("transformer.blocks.")})

    # Tokens and positions without the axis of the batch
    class_token = "cls_token" in ours
    ours.setdefault("cls_token", torch.zeros(1, 0, width))
    for key in ours.keys() & {"cls_token", "pos_embed", "register_tokens"}:
        ours[key] = ours[key].flatten(0, -2)
    if "mask_token" in ours:
        ours["mask_token"] = ours["mask_token"].flatten()
    _place_prefix(ours)
    _merge_beit(ours, depth)
    side = 1
    if "pos_embed" in ours:
        side = round((len(ours["pos_embed"]) - class_token) ** 0.5)
    elif "rel_pos_bias.table" in ours:
        side = (round(max(ours["rel_pos_bias.table"].shape[1] - 3 * class_token, 1) ** 0.5) + 1) // 2

    # Either each token is normed, or the mean of the patches
    fc_norm = "fc_norm.weight" in ours
    for key in ("norm.weight", "norm.bias"):
        if key not in ours and f"fc_{key}" in ours:
            ours[key] = ours.pop(f"fc_{key}")

    tables = ours.get("rel_pos_bias.table")
    if heads is None:
        heads = count_heads(width, HEADS) if tables is None else tables.shape[-1]
    if heads < 1 or width % heads:
        raise NotPublished(f"expected heads that share a width of {width} evenly, got {heads}: say heads=…")
    rel_pos_bias = None if tables is None else "shared" if len(tables) == 1 else "block"
    mean, std = colors or (((0.5,) * 3, (0.5,) * 3) if by_timm else IMAGENET)
    model = ViT(
        width, depth, heads,
        size=side * patch, patch=patch, mean=mean, std=std,
        pool="mean" if fc_norm or not class_token else "class", fc_norm=fc_norm, class_token=class_token,
        registers=len(ours.get("register_tokens", ())), mask_token="mask_token" in ours,
        pos_embed="sincos" if fixed else "pos_embed" in ours, rel_pos_bias=rel_pos_bias,
        layer_scale=1.0 if "transformer.blocks.0.ls1" in ours else None,
    )  # fmt: skip
    if fixed:
        expect_waves(ours.pop("pos_embed", None), model.pos_embed, KIND)
    return filled(model, ours, KIND)


def expect_waves(found: Tensor | None, waves: Tensor | None, kind: str) -> None:
    """Raise NotPublished unless these positions are the waves that ours are, up to the rounding of half precision.

    >>> expect_waves(torch.zeros(1, 4), torch.ones(1, 4), "a ViT")
    Traceback (most recent call last):
    course_lib.weights.published.convert.NotPublished: expected the weights of a ViT whose positions are fixed waves,
    got others
    """
    if found is None or waves is None or found.shape != waves.shape or not (found - waves).abs().max() <= 0.01:
        raise NotPublished(f"expected the weights of {kind} whose positions are fixed waves, got others")


def _expect_positions(state: State, ours: Mapping[str, Tensor]) -> None:
    """Refuse weights that may be those of a ViT whose queries and keys are rotated, of which a state dict says nothing.

    EVA and its heirs have no positions, or they have names that else only BEiT has, whose positions are relative.
    """
    if any("relative_position_bias_table" in key for key in state):
        return
    heirs = [key for key in state if re.search(r"attn\.[qv]_bias$|\.gamma_\d$", key)]
    if heirs or "pos_embed" not in ours:
        named = f"{heirs[0]} without a table of relative positions" if heirs else "no positions"
        raise NotPublished(f"expected the weights of {KIND} that learned where its patches are, got {named}")


def _place_prefix(ours: dict[str, Tensor]) -> None:
    """Positions for the class token and the patches, as ours are: timm has them for all tokens or for patches alone.

    A register's position is added to the register; the class token gets zeros where it has none.
    """
    if "pos_embed" not in ours:
        return
    positions, classes = ours["pos_embed"], len(ours["cls_token"])
    registers = ours.get("register_tokens")
    prefix = classes + (0 if registers is None else len(registers))
    found = len(positions)
    fits = [count for count in {0, classes, prefix} if count < found and isqrt(found - count) ** 2 == found - count]
    if len(fits) != 1:
        raise NotPublished(f"expected the weights of {KIND} on a square of patches, got {found} positions")
    front, patches = positions[: fits[0]], positions[fits[0] :]
    if registers is not None and fits[0] == prefix:
        ours["register_tokens"] = registers + front[classes:]
    front = front[:classes] if len(front) else positions.new_zeros(classes, positions.shape[1])
    ours["pos_embed"] = torch.cat([front, patches])


def _merge_beit(ours: dict[str, Tensor], depth: int) -> None:
    """BEiT's biases and tables as ours: one bias for queries, keys and values, all tables in one.

    BEiT's keys have no bias, so it is 0 here. Nothing is lost: a bias of the keys adds the same number to all scores of
    a query, and a softmax does not see that.
    """
    blocks = [f"transformer.blocks.{i}.attention." for i in range(depth)]
    for block in blocks:
        if f"{block}qkv.bias" not in ours and {f"{block}q_bias", f"{block}v_bias"} <= ours.keys():
            q, v = ours.pop(f"{block}q_bias"), ours.pop(f"{block}v_bias")
            ours[f"{block}qkv.bias"] = torch.cat([q, torch.zeros_like(q), v])
    tables = [ours[f"{block}table"] for block in blocks if f"{block}table" in ours]
    if "rel_pos_bias.table" in ours:
        ours["rel_pos_bias.table"] = ours["rel_pos_bias.table"][None]
    elif blocks and len(tables) == depth and len({table.shape for table in tables}) == 1:
        ours["rel_pos_bias.table"] = torch.stack([ours.pop(f"{block}table") for block in blocks])
