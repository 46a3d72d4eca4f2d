"""MAE with the decoder that it was pre-trained with, as its authors and Hugging Face publish it."""

from __future__ import annotations

from ...nn.encoder import IMAGENET
from ...pretrain import MAE
from .convert import NotPublished, State, expect_axes, expect_tensors, filled, renamed
from .hugging_face import as_timm
from .vits import TIMM, expect_waves, vit

KIND = "MAE with its decoder"

DECODER = {"mask_token$": "mask_token", "decoder_pos_embed$": "pos_embed"}
DECODER |= {r"decoder_embed\.": "embed.", r"decoder_norm\.": "norm.", r"decoder_pred\.": "head."}
DECODER |= {"decoder_" + old: new for old, new in TIMM.items() if new.startswith("transformer.")}


def mae(state: State, normalize: bool = False, *, heads: int | None = None, decoder_heads: int = 16) -> MAE:
    """MAE's encoder and decoder (He and others, 2021, arXiv 2111.06377), whose pictures show what it imagines.

    Its `forward` takes pictures (B, 3, H, W) in [0, 1] and a mask (B, N), and predicts pixels (B, N, patch² · 3) in
    ImageNet's colors. A file is got with `fetch`, once.

    Args:
        state: of facebookresearch/mae, what lies under "model" in its file, or of Hugging Face's
            `ViTMAEForPreTraining`.
        normalize: whether they predict normalized pixels, of which a state dict says nothing: those of
            facebook/vit-mae-base do not.
        heads: of the encoder, as in `vit`.
        decoder_heads: of the decoder, 16 in all published sizes.

    Raises:
        NotPublished: if these are other weights, or hold tensors that this MAE does not have, by name, or their
            positions are not MAE's fixed waves.

    >>> from safetensors.torch import load_file
    >>> from course_lib.weights import published
    >>> file = published.fetch("facebook/vit-mae-base", "model.safetensors", download=False)
    >>> method = mae(load_file(file)) if file else None
    """
    expect_tensors(state, KIND)
    if "decoder.decoder_embed.weight" in state:
        state = as_timm(state, KIND)
    theirs = {key: value for key, value in state.items() if key == "mask_token" or key.startswith("decoder_")}
    if "decoder_embed.weight" not in theirs:
        raise NotPublished(f"expected the weights of {KIND}, got none of a decoder: an encoder alone is read by vit")
    encoder = vit({k: v for k, v in state.items() if k not in theirs}, IMAGENET, heads=heads, fixed=True)
    ours = renamed(theirs, DECODER, KIND)
    expect_axes(ours, {"embed.weight": 2, "mask_token": 3, "pos_embed": 3}, KIND)
    width = len(ours["embed.weight"])
    if width % 4 or width % decoder_heads:
        raise NotPublished(f"expected {decoder_heads} heads that share the decoder's width of {width} evenly")
    depth = len({key.split(".")[2] for key in ours if key.startswith("transformer.")})
    model = MAE(encoder, normalize=normalize, width=width, depth=max(1, depth), heads=decoder_heads)
    expect_waves(ours.pop("pos_embed").flatten(0, -2), model.decoder.pos_embed, KIND)
    ours["mask_token"] = ours["mask_token"].flatten()
    filled(model.decoder, ours, KIND)
    return model.eval()
