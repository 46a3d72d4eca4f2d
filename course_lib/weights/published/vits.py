"""Vision Transformers that torchvision and timm publish."""

from __future__ import annotations

from collections.abc import Sequence

from ...nn import ViT
from ...nn.encoder import IMAGENET
from .convert import NotPublished, State, filled, renamed


def vit(state: State, colors: tuple[Sequence[float], Sequence[float]] | None = None) -> ViT:
    """A ViT with a class token, without its last layer, from torchvision's or timm's state dict.

    The heads are 64 wide, as in all published sizes.

    Args:
        state: torchvision's names or timm's.
        colors: mean and standard deviation that the weights expect colors to be standardized with. If left out, those
            of most weights: colors from −1 to 1 for timm's, `nn.encoder.IMAGENET` for torchvision's.
            DINO's, in timm, expect the latter.

    Raises:
        NotPublished: if these are other weights.

    >>> from torchvision.models import VisionTransformer
    >>> theirs = VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=128, mlp_dim=512)
    >>> vit(theirs.state_dict()).width
    128
    """
    by_timm = "patch_embed.proj.weight" in state
    stem = "patch_embed.proj" if by_timm else "conv_proj"
    if f"{stem}.weight" not in state:
        raise NotPublished("expected a ViT's state dict of torchvision or timm: it has no patch embedding")
    width, _, patch, _ = state[f"{stem}.weight"].shape
    if by_timm:
        names = {
            r"patch_embed\.proj": "stem", "cls_token": "cls_token", "pos_embed": "pos_embed", "norm": "norm",
            r"blocks\.(\d+)\.attn\.qkv": r"transformer.blocks.\1.attention.qkv",
            r"blocks\.(\d+)\.attn\.proj": r"transformer.blocks.\1.attention.out",
            r"blocks\.(\d+)\.mlp\.fc1": r"transformer.blocks.\1.mlp.0",
            r"blocks\.(\d+)\.mlp\.fc2": r"transformer.blocks.\1.mlp.2",
            r"blocks\.(\d+)\.norm(\d)": r"transformer.blocks.\1.norm\2",
        }  # fmt: skip
        mean, std = (0.5,) * 3, (0.5,) * 3
    else:
        block = r"encoder\.layers\.encoder_layer_(\d+)\."
        names = {
            "conv_proj": "stem", "class_token": "cls_token", r"encoder\.pos_embedding": "pos_embed",
            r"encoder\.ln": "norm",
            block + r"self_attention\.in_proj_": r"transformer.blocks.\1.attention.qkv.",
            block + r"self_attention\.out_proj": r"transformer.blocks.\1.attention.out",
            block + r"mlp\.(?:linear_1|0)": r"transformer.blocks.\1.mlp.0",
            block + r"mlp\.(?:linear_2|3)": r"transformer.blocks.\1.mlp.2",
            block + r"ln_(\d)": r"transformer.blocks.\1.norm\2",
        }  # fmt: skip
        mean, std = IMAGENET
    mean, std = colors or (mean, std)
    kind = "a ViT with a class token"
    ours = renamed(state, names, kind, ignore=[r"heads?\."])
    for key in ("cls_token", "pos_embed"):
        ours[key] = ours[key][0]
    depth = len({key.split(".")[2] for key in ours if key.startswith("transformer.blocks.")})
    side = round((len(ours["pos_embed"]) - 1) ** 0.5)
    model = ViT(width, depth, width // 64, size=side * patch, patch=patch, mean=mean, std=std)
    return filled(model, ours, kind)
