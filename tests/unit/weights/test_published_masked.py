"""MAE and BEiT are read whole, with their authors' names or Hugging Face's: every tensor is taken or refused by name.

That they compute what the originals compute is held against these in tests/parity/test_masked_modeling.py.
"""

import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from course_lib.nn import ViT
from course_lib.nn.encoder import IMAGENET
from course_lib.pretrain import MAE, BEiT
from course_lib.weights import published
from course_lib.weights.published import NotPublished, State

SMALL: dict[str, Any] = {"size": 32, "patch": 8, "mean": (0.5,) * 3, "std": (0.5,) * 3}
Names = dict[str, Tensor]


def stirred(model: Any) -> Any:
    """The model with weights that leave nothing at 0 or 1, where a mistake would hide."""
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=g))
    return model.eval()


def our_mae() -> MAE:
    options: dict[str, Any] = SMALL | {"mean": IMAGENET[0], "std": IMAGENET[1]}
    encoder = ViT(128, 2, 2, **options, class_token=True, pos_embed="sincos")
    return stirred(MAE(encoder, width=32, depth=2, heads=4))


def our_beit() -> BEiT:
    encoder = ViT(128, 2, 2, **SMALL, mask_token=True, pos_embed=False, rel_pos_bias="shared", layer_scale=0.1)
    model = stirred(BEiT(encoder, codes=24))
    for block in model.encoder.transformer.blocks:
        block.attention.qkv.bias.data[128:256] = 0  # pyright: ignore
    return model


AUTHORS = {
    r"encoder\.|head\.(?=\w+$)": "", r"stem\.": "patch_embed.proj.", r"transformer\.": "",
    r"attention\.qkv": "attn.qkv", r"attention\.out": "attn.proj", r"mlp\.0": "mlp.fc1", r"mlp\.2": "mlp.fc2",
    r"\bls(\d)": r"gamma_\1", r"rel_pos_bias\.table": "rel_pos_bias.relative_position_bias_table",
}  # fmt: skip


def authors_names(model: MAE | BEiT) -> Names:
    """The state dict of ours under the names of facebookresearch/mae and microsoft/unilm."""
    state: Names = {}
    for key, value in model.state_dict().items():
        new = key.replace("decoder.head.", "decoder.pred.").replace("decoder.", "decoder_")
        new = re.sub("^head\\.", "lm_head.", new) if isinstance(model, BEiT) else new
        for ours, theirs in AUTHORS.items():
            new = new if new.startswith("lm_head") else re.sub(ours, theirs, new)
        new = new.replace("decoder_mask_token", "mask_token")
        state[new] = value.view(1, 1, -1) if new in ("cls_token", "mask_token") else value
    if isinstance(model, MAE):
        assert model.encoder.pos_embed is not None
        return state | {"pos_embed": model.encoder.pos_embed[None], "decoder_pos_embed": model.decoder.pos_embed[None]}
    state["rel_pos_bias.relative_position_bias_table"] = state["rel_pos_bias.relative_position_bias_table"][0]
    for key in [key for key in state if key.endswith("qkv.bias")]:
        state[key.replace("qkv.bias", "q_bias")], _, state[key.replace("qkv.bias", "v_bias")] = state.pop(key).chunk(3)
    return state


FILE = {
    "cls_token": "embeddings.cls_token", "pos_embed": "embeddings.position_embeddings",
    "mask_token": "embeddings.mask_token", "patch_embed.proj": "embeddings.patch_embeddings.projection",
    "blocks": "encoder.layer", "norm1": "layernorm_before", "norm2": "layernorm_after", "gamma_": "lambda_",
    "attn.q_bias": "attention.attention.query.bias", "attn.v_bias": "attention.attention.value.bias",
    "attn.proj": "attention.output.dense", "mlp.fc1": "intermediate.dense", "mlp.fc2": "output.dense",
    "rel_pos_bias.": "encoder.relative_position_bias.",
}  # fmt: skip
TODAY = FILE | {
    "blocks": "layers", "attn.q_bias": "attention.q_proj.bias", "attn.v_bias": "attention.v_proj.bias",
    "attn.proj": "attention.o_proj", "mlp.fc1": "mlp.fc1", "mlp.fc2": "mlp.fc2",
    "rel_pos_bias.": "shared_position_bias.",
}  # fmt: skip


def hugging_faces_names(model: MAE | BEiT, names: dict[str, str]) -> Names:
    """The state dict of ours under the names of Hugging Face's published files, or those of its models of today."""
    state: Names = {}
    parts = ("query", "key", "value") if names is FILE else ("q_proj", "k_proj", "v_proj")
    inside = "attention.attention." if names is FILE else "attention."
    for key, value in authors_names(model).items():
        ours = key.startswith("decoder_") or (isinstance(model, MAE) and key == "mask_token")
        prefix = "decoder." if ours else "vit." if isinstance(model, MAE) else "beit."
        new = key
        if ours:
            new = new.replace("decoder_blocks", "decoder_layers")
        for theirs, other in names.items():
            if not (ours and theirs in ("mask_token", "pos_embed", "blocks")):
                new = new.replace(theirs, other)
        if new.startswith("lm_head.") or (new.startswith("norm.") and isinstance(model, BEiT)):
            prefix = ""
        new = prefix + re.sub(r"^norm\.", "layernorm.", new)
        if "attn.qkv" in new:
            for part, piece in zip(parts, value.chunk(3), strict=True):
                state[new.replace("attn.qkv", inside + part)] = piece
        else:
            state[new] = value
    return state


MAE_LAYOUTS = {
    "authors": authors_names,
    "file": lambda model: hugging_faces_names(model, FILE),
    "today": lambda model: hugging_faces_names(model, TODAY),
}


def read_mae(state: Any, **options: Any) -> MAE:
    return published.mae(state, decoder_heads=4, **options)


def same(mine: nn.Module, ours: nn.Module) -> None:
    assert mine.state_dict().keys() == ours.state_dict().keys() and not mine.training
    for key, value in ours.state_dict().items():
        assert torch.equal(mine.state_dict()[key], value), key


@pytest.mark.parametrize("layout", MAE_LAYOUTS)
@torch.no_grad()
def test_mae_is_read_whole(layout):
    ours = our_mae()
    mine = read_mae(MAE_LAYOUTS[layout](ours), normalize=True)
    same(mine, ours)
    pictures, mask = torch.rand(2, 3, 32, 32), torch.rand(1, 16).argsort(1).expand(2, -1) < 12
    assert torch.equal(mine(pictures, mask)[0], ours(pictures, mask)[0])
    assert mine.normalize and not read_mae(MAE_LAYOUTS[layout](ours)).normalize
    assert not any("pos_embed" in name for name, _ in mine.named_parameters())  # fixed, as they were


def test_the_names_are_the_ones_that_are_published():
    """A few of each, as they stand in the files; what the others are follows."""
    authors, file = authors_names(our_mae()), hugging_faces_names(our_mae(), FILE)
    assert {"decoder_blocks.1.attn.qkv.weight", "decoder_pred.bias", "mask_token", "blocks.0.norm1.weight"} <= set(
        authors
    )
    assert {
        "vit.encoder.layer.0.attention.attention.query.weight", "vit.layernorm.weight", "decoder.mask_token",
        "decoder.decoder_layers.1.attention.output.dense.bias", "decoder.decoder_pred.weight",
        "vit.embeddings.patch_embeddings.projection.weight", "decoder.decoder_pos_embed",
    } <= set(file)  # fmt: skip
    authors, file = authors_names(our_beit()), hugging_faces_names(our_beit(), FILE)
    assert {"blocks.0.gamma_1", "blocks.1.attn.q_bias", "lm_head.weight", "norm.bias"} <= set(authors)
    assert {
        "beit.encoder.relative_position_bias.relative_position_bias_table", "beit.embeddings.mask_token",
        "beit.encoder.layer.1.attention.attention.value.bias", "beit.encoder.layer.0.lambda_2", "layernorm.weight",
        "beit.encoder.layer.0.attention.attention.key.weight", "lm_head.bias",
    } <= set(file)  # fmt: skip


@pytest.mark.parametrize("layout", MAE_LAYOUTS)
def test_maes_file_may_be_of_half_precision(layout):
    state = {key: value.half() for key, value in MAE_LAYOUTS[layout](our_mae()).items()}
    assert {value.dtype for value in read_mae(state).parameters()} == {torch.float32}


def without(state: State, *names: str) -> Names:
    return {key: value for key, value in state.items() if key not in names}


def test_what_is_no_mae_is_refused_by_name():
    authors, file = authors_names(our_mae()), hugging_faces_names(our_mae(), FILE)
    key_bias = "vit.encoder.layer.0.attention.attention.key."
    gate, layer = torch.zeros(3), "decoder.decoder_layers.0.attention.attention."
    for state, told in (
        ({"model": authors}, r"give state\['model'\]"),
        (authors | {"decoder_gate": gate}, "does not have: decoder_gate"),
        (authors | {"blocks.0.gate": gate}, "does not have: blocks.0.gate"),
        (authors | {"decoder_blocks.0.ls1.gamma": torch.zeros(32)}, "odd .'transformer.blocks.0.ls1'"),
        (file | {"vit.pooler.dense.weight": gate}, "does not have: vit.pooler.dense.weight"),
        (file | {"decoder.decoder_layers.0.lambda_3": gate}, "odd .'transformer.blocks.0.ls3'"),
        (without(authors, "decoder_norm.bias"), "missing .'norm.bias'"),
        (without(authors, "decoder_pos_embed"), "missing 'pos_embed'"),
        (without(authors, "pos_embed"), "got no positions"),
        (without(file, key_bias + "bias"), r"blocks\.0\.attn\.q_bias without a table"),
        (without(file, key_bias + "weight"), r"does not have: blocks\.0\.attn\.q\.weight"),
        (file | {key_bias + "weight": torch.zeros(1)}, r"does not have: blocks\.0\.attn\.k\.weight"),
        (without(file, layer + "key.bias"), "odd .'transformer.blocks.0.attention.q_bias'"),
        (authors | {"decoder_pos_embed": torch.randn(1, 17, 32)}, "positions are fixed waves, got others"),
        (authors | {"pos_embed": torch.randn(1, 17, 128)}, "positions are fixed waves, got others"),
        (authors | {"pos_embed": torch.full((1, 17, 128), torch.nan)}, "positions are fixed waves, got others"),
        (authors | {"decoder_pos_embed": torch.zeros(1, 10, 32)}, "positions are fixed waves, got others"),
        (authors | {"mask_token": torch.zeros(1, 1, 128)}, "odd .'mask_token'"),
        ({key: value for key, value in authors.items() if "decoder" not in key}, "got none of a decoder: .*vit"),
        (authors_names(our_beit()), "got none of a decoder"),
    ):
        with pytest.raises(NotPublished, match=told) as raised:
            read_mae(state)
        assert "\n" not in str(raised.value)
    with pytest.raises(NotPublished, match="5 heads that share the decoder's width of 32 evenly"):
        published.mae(authors, decoder_heads=5)


@pytest.mark.parametrize("layout", MAE_LAYOUTS)
@torch.no_grad()
def test_beit_is_read_whole(layout):
    ours = our_beit()
    index = "beit.encoder.relative_position_bias." if layout == "file" else "rel_pos_bias."
    known = {} if layout == "today" else {f"{index}relative_position_index": torch.zeros(17, 17, dtype=torch.int64)}
    mine = published.beit(MAE_LAYOUTS[layout](ours) | known)
    same(mine, ours)
    pictures, mask = torch.rand(2, 3, 32, 32), torch.rand(2, 16) < 0.4
    assert torch.equal(mine(pictures, mask)[0], ours(pictures, mask)[0])


def test_what_is_no_beit_is_refused_by_name():
    authors, file = authors_names(our_beit()), hugging_faces_names(our_beit(), FILE)
    state: Any
    for state, told in (
        ({"model": authors}, r"give state\['model'\]"),
        (without(authors, "mask_token"), "missing 'mask_token'"),
        (without(authors, "lm_head.weight"), "lm_head: missing 'weight'"),
        (authors | {"lm_head.gate": torch.zeros(1)}, "odd .'gate'"),
        (authors | {"lm_head.bias": torch.zeros(9)}, "odd .'bias'"),
        (authors | {"cls_pt_layers.0.norm1.weight": torch.zeros(128)}, "does not have: cls_pt_layers.0.norm1.weight"),
        (file | {"beit.layernorm.weight": torch.zeros(128)}, "does not have: beit.layernorm.weight"),
        (file | {"beit.pooler.layernorm.weight": torch.zeros(128)}, "does not have: beit.pooler.layernorm.weight"),
        (without(file, "beit.encoder.layer.1.attention.attention.value.bias"), "attn.q_bias|attention.q_bias"),
        (authors_names(our_mae()), "missing 'weight'"),
    ):
        with pytest.raises(NotPublished, match=told) as raised:
            published.beit(state)
        assert "\n" not in str(raised.value)
