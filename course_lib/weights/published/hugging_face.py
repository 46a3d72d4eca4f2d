"""The names of Hugging Face's transformers, those of its files and those of its models of today, as timm has them."""

from __future__ import annotations

import torch
from torch import Tensor

from .convert import State, renamed

LAYER = {
    r"layernorm_before\.": "norm1.", r"layernorm_after\.": "norm2.",
    r"attention\.(?:attention\.query|q_proj)\.": "attn.q.",
    r"attention\.(?:attention\.key|k_proj)\.": "attn.k.",
    r"attention\.(?:attention\.value|v_proj)\.": "attn.v.",
    r"attention\.(?:output\.dense|o_proj)\.": "attn.proj.",
    r"(?:intermediate\.dense|mlp\.fc1)\.": "mlp.fc1.",
    r"(?:output\.dense|mlp\.fc2)\.": "mlp.fc2.",
    r"lambda_(\d)$": r"gamma_\2",
}  # fmt: skip
"""What there is in each layer of ViTMAE and BEiT; the first group of each pattern is the layer's number."""

NAMES = {
    r"(?:vit|beit)\.embeddings\.(cls_token|mask_token)$": r"\1",
    r"(?:vit|beit)\.embeddings\.position_embeddings$": "pos_embed",
    r"(?:vit|beit)\.embeddings\.patch_embeddings\.projection\.": "patch_embed.proj.",
    r"beit\.(?:encoder\.relative_position_bias|shared_position_bias)\.": "rel_pos_bias.",
    r"(?:vit\.)?layernorm\.": "norm.", r"lm_head\.": "lm_head.",
    r"decoder\.mask_token$": "mask_token", r"decoder\.decoder_(pos_embed$|embed\.|norm\.|pred\.)": r"decoder_\1",
}  # fmt: skip
NAMES |= {
    stack + r"(?:encoder\.layer|layers)\.(\d+)\." + old: ours + r"\1." + new
    for stack, ours in ((r"(?:vit|beit)\.", "blocks."), (r"decoder\.decoder_", "decoder_blocks."))
    for old, new in LAYER.items()
}


def as_timm(state: State, kind: str) -> dict[str, Tensor]:
    """ViTMAE's or BEiT's tensors under timm's names, with queries, keys and values in one matrix.

    Args:
        state: the state dict of `ViTMAEForPreTraining` or `BeitForMaskedImageModeling`, or of a file of theirs.
        kind: what the weights should be, for the message.

    Raises:
        NotPublished: for a tensor that is not known, by name.

    >>> layer = "vit.encoder.layer.0.attention.attention."
    >>> parts = {f"{layer}{part}.weight": torch.zeros(4, 4) for part in ("query", "key", "value")}
    >>> {key: tuple(value.shape) for key, value in as_timm(parts, "MAE").items()}
    {'blocks.0.attn.qkv.weight': (12, 4)}
    """
    found = renamed(state, NAMES, kind, ignore=[r"beit\..*relative_position_index$"])
    for attention in [key.removesuffix("q.weight") for key in found if key.endswith(".attn.q.weight")]:
        for name in ("weight", "bias"):
            parts = [f"{attention}{part}.{name}" for part in "qkv"]
            shapes = {found[part].shape if part in found else None for part in parts}
            if len(shapes) == 1 and any(shapes):
                found[f"{attention}qkv.{name}"] = torch.cat([found.pop(part) for part in parts])
        if f"{attention}k.bias" not in found:  # BEiT's keys have none, see `vit`
            for part in "qv":
                if f"{attention}{part}.bias" in found:
                    found[f"{attention}{part}_bias"] = found.pop(f"{attention}{part}.bias")
    return found
