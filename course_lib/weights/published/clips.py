"""CLIP with a ViT, as OpenAI and open_clip publish it, and the vocabulary that it reads with."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from torch import nn

from ...nn import BPE, QuickGELU, TextTransformer, ViT
from ...pretrain import CLIP
from .convert import HEADS, NotPublished, State, count_heads, expect_axes, expect_tensors, filled, renamed
from .files import fetch

CLIP_COLORS = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
"""Mean and standard deviation of the colors that CLIP's published weights expect."""


def clip(state: State, tokenizer: BPE | None = None, quick: bool = True) -> CLIP:
    """CLIP with a ViT, from open_clip's state dict or OpenAI's.

    Args:
        state: open_clip's names, "visual.conv1.weight" and so on; OpenAI's are the same.
        tokenizer: left out, `vocabulary()`.
        quick: QuickGELU, for OpenAI's weights and those of open_clip whose name ends in "quickgelu"; else GELU.

    A state dict says nothing of some options. That pictures are read off at the class token and texts at their last
    token, that tokens of a text see only those before them, that norms add 1e-5, and that heads are as many as in
    open_clip's published sizes, is taken for granted.

    Raises:
        NotPublished: if these are other weights, or hold tensors that this CLIP does not have, by name, or the
            tokenizer has another number of pieces.
    """
    kind = "CLIP with a ViT"
    expect_tensors(state, kind)
    if "visual.conv1.weight" not in state:
        raise NotPublished("expected CLIP's state dict as open_clip writes it: it has no visual.conv1.weight")
    names = {}
    for prefix, target in ((r"visual\.", "encoder."), ("", "text_encoder.")):
        block = prefix + r"transformer\.resblocks\.(\d+)\."
        names |= {
            block + r"attn\.in_proj_": target + r"transformer.blocks.\1.attention.qkv.",
            block + r"attn\.out_proj": target + r"transformer.blocks.\1.attention.out",
            block + r"mlp\.c_fc": target + r"transformer.blocks.\1.mlp.0",
            block + r"mlp\.c_proj": target + r"transformer.blocks.\1.mlp.2",
            block + r"ln_(\d)": target + r"transformer.blocks.\1.norm\2",
        }
    names |= {
        r"visual\.conv1": "encoder.stem", r"visual\.class_embedding": "encoder.cls_token",
        r"visual\.positional_embedding": "encoder.pos_embed", r"visual\.ln_pre": "encoder.pre_norm",
        r"visual\.ln_post": "encoder.norm", r"visual\.proj$": "image_projection.weight",
        r"token_embedding": "text_encoder.token_embedding", r"positional_embedding": "text_encoder.pos_embed",
        r"ln_final": "text_encoder.norm", r"text_projection": "text_projection.weight", r"logit_scale": "logit_scale",
    }  # fmt: skip
    ours = renamed(state, names, kind, ignore=["input_resolution$", "context_length$", "vocab_size$", "attn_mask$"])
    axes = {
        "encoder.stem.weight": 4, "encoder.cls_token": 1, "encoder.pos_embed": 2, "image_projection.weight": 2,
        "text_encoder.token_embedding.weight": 2, "text_encoder.pos_embed": 2, "text_projection.weight": 2,
    }  # fmt: skip
    expect_axes(ours, axes, kind)
    ours["encoder.cls_token"] = ours["encoder.cls_token"][None]
    for key in ("image_projection.weight", "text_projection.weight"):
        ours[key] = ours[key].T
    width, _, patch, _ = ours["encoder.stem.weight"].shape
    vocabulary_size, text_width = ours["text_encoder.token_embedding.weight"].shape
    side = round((len(ours["encoder.pos_embed"]) - 1) ** 0.5)
    if side < 1 or side**2 + 1 != len(ours["encoder.pos_embed"]):
        raise NotPublished(f"expected {kind} on a square of patches, got {len(ours['encoder.pos_embed'])} positions")
    tokenizer = tokenizer or vocabulary()
    if len(tokenizer) != vocabulary_size:
        raise NotPublished(
            f"expected a tokenizer of {vocabulary_size} pieces, as these weights have, got {len(tokenizer)}"
        )
    depths = {
        tower: len({key.split(".")[3] for key in ours if key.startswith(f"{tower}.transformer.blocks.")})
        for tower in ("encoder", "text_encoder")
    }
    activation = QuickGELU if quick else nn.GELU
    pictures = ViT(
        width, depths["encoder"], count_heads(width, HEADS),
        size=side * patch, patch=patch, pre_norm=True, activation=activation, eps=1e-5,
        mean=CLIP_COLORS[0], std=CLIP_COLORS[1],
    )  # fmt: skip
    texts = TextTransformer(
        vocabulary_size, text_width, depths["text_encoder"], count_heads(text_width),
        length=len(ours["text_encoder.pos_embed"]), activation=activation,
    )  # fmt: skip
    model = CLIP(pictures, texts, tokenizer, dim=len(ours["image_projection.weight"]))
    return filled(model, ours, kind)


def vocabulary(download: bool = True) -> BPE:
    """OpenAI's 49,408 pieces of words: those that open_clip brings where it is installed, else downloaded.

    Raises:
        FileNotFoundError: if they are nowhere to be had.
    """
    spec = find_spec("open_clip")
    path = Path(spec.origin).with_name("bpe_simple_vocab_16e6.txt.gz") if spec and spec.origin else None
    if path is None or not path.exists():
        path = fetch("openai/clip-vit-base-patch32", "merges.txt", download)
    if path is None:
        raise FileNotFoundError("CLIP's vocabulary is missing: connect to the internet or pip install open_clip_torch")
    return BPE.read(path)
